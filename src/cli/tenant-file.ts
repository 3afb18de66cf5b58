// tenants/*.yaml -> the requests of `apply`, or the first mistake with its line. Pure. Loaded by apply only.

import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { AddRequest } from '../api/contract.ts';
import { Problem, problem } from '../domain/errors.ts';
import { LIMIT_FLAGS, type LimitName, parseLimits } from '../domain/limits.ts';
import { nearestName, whyNotName } from '../domain/names.ts';

/** The API takes no more. */
const MAX_TENANTS = 1024;

type Value = string | number | boolean | null;

interface Key {
  /** As in the API: a limit, or a field of the request. */
  readonly field: LimitName | 'name' | 'template' | 'start' | 'restart' | 'bestEffort' | 'overcommit';
  readonly type: 'limit' | 'text' | 'switch' | 'policy';
}

const LIMIT_KEYS: readonly (readonly [string, Key])[] = (Object.entries(LIMIT_FLAGS) as [LimitName, string][]).map(
  ([field, flag]) => [flag, { field, type: 'limit' }],
);

/** One spelling each, with "-"; `cpuWeight` is read as `cpu-weight`. */
export const KEYS: ReadonlyMap<string, Key> = new Map<string, Key>([
  ['name', { field: 'name', type: 'text' }],
  ['template', { field: 'template', type: 'text' }],
  ...LIMIT_KEYS,
  ['start', { field: 'start', type: 'switch' }],
  ['restart-policy', { field: 'restart', type: 'policy' }],
  ['best-effort', { field: 'bestEffort', type: 'switch' }],
  ['overcommit', { field: 'overcommit', type: 'switch' }],
]);

const POLICIES: readonly string[] = ['always', 'on-failure', 'never'];

const shorten = (value: unknown): string =>
  String(value)
    .slice(0, 80)
    .replace(/[^\x20-\x7e]/g, '?');

/** A file while it is read: for each node its place. */
class Reading {
  readonly #path: string;
  readonly #lines = new LineCounter();
  readonly document: Document.Parsed;

  constructor(text: string, path: string) {
    this.#path = path;
    this.document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      uniqueKeys: true,
      merge: false,
      lineCounter: this.#lines,
      prettyErrors: false,
    });
    const first = [...this.document.errors, ...this.document.warnings][0];
    if (first) throw this.invalid(first.pos[0], first.message);
  }

  where(offset: number): string {
    return `${this.#path}:${Math.max(1, this.#lines.linePos(offset).line)}`;
  }

  invalid(at: number | Node | null | undefined, why: string): Problem {
    const offset = typeof at === 'number' ? at : (at?.range?.[0] ?? 0);
    return problem('FILE_INVALID', { path: this.where(offset), why: shorten(why) });
  }

  unknown(at: Node, key: string, known: readonly string[]): Problem {
    const near = nearestName(key, known);
    const list = known.join(', ') + (near === undefined ? '' : ` (did you mean ${near}?)`);
    return problem('FIELD_UNKNOWN', { where: this.where(at.range?.[0] ?? 0), key: shorten(key), known: list });
  }

  wrong(at: Node, key: string, value: unknown, why: string): Problem {
    return problem('FIELD_INVALID', { where: this.where(at.range?.[0] ?? 0), key, value: shorten(value), why });
  }
}

/** Aliases are how a few lines become gigabytes; a list of tenants needs none. */
const refuseAliases = (reading: Reading): void =>
  visit(reading.document, {
    Alias: (_key, node) => {
      throw reading.invalid(node, 'aliases (*name) are not taken: write the values out');
    },
  });

const spell = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

interface Field {
  readonly keyNode: Node;
  readonly key: string;
  readonly value: Node | null;
}

/** Pairs of a mapping, in order, with each key as text. */
const listFields = (reading: Reading, node: Node | null, what: string): Field[] => {
  if (!isMap(node)) throw reading.invalid(node, `${what} must be a mapping of keys to values`);
  return node.items.map(({ key, value }) => {
    if (!isScalar(key) || typeof key.value !== 'string')
      throw reading.invalid(isScalar(key) || isMap(key) || isSeq(key) ? key : node, 'a key must be a word');
    const isNode = isScalar(value) || isMap(value) || isSeq(value);
    return { keyNode: key, key: key.value, value: isNode ? value : null };
  });
};

const readScalar = (reading: Reading, { keyNode, key, value }: Field): Value => {
  if (value === null) return null;
  if (!isScalar(value)) throw reading.wrong(keyNode, key, '…', 'one value is expected');
  const plain: unknown = value.value;
  if (plain === null || typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean')
    return plain;
  throw reading.wrong(keyNode, key, plain, 'a word or a number is expected');
};

const checkLimit = (field: LimitName, value: Value): string | undefined => {
  if (typeof value === 'boolean') return 'a size or a number is expected';
  try {
    parseLimits({ [field]: value });
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
};

/** Why a value does not fit its key, or undefined. */
const whyWrong = ({ field, type }: Key, value: Value): string | undefined => {
  if (type === 'limit') return checkLimit(field as LimitName, value);
  if (type === 'switch') return typeof value === 'boolean' ? undefined : 'write true or false';
  if (type === 'policy')
    return POLICIES.includes(String(value)) ? undefined : `it must be one of: ${POLICIES.join(', ')}`;
  if (typeof value !== 'string') return 'a word is expected';
  return field === 'name' ? whyNotName(value) : undefined;
};

const readEntry = (reading: Reading, node: Node | null, name: Field | undefined): AddRequest => {
  const fields = listFields(reading, node, 'a tenant');
  const request: Record<string, unknown> = {};
  const limits: Record<string, Value> = {};
  const seen = new Set<string>();
  for (const field of fields) {
    const key = spell(field.key);
    const known = KEYS.get(key);
    if (!known || (known.field === 'name' && name)) throw reading.unknown(field.keyNode, field.key, [...KEYS.keys()]);
    if (seen.has(key)) throw reading.invalid(field.keyNode, `${key} is given twice`);
    seen.add(key);
    const value = readScalar(reading, field);
    const why = whyWrong(known, value);
    if (why !== undefined) throw reading.wrong(field.keyNode, field.key, value, why);
    if (known.type === 'limit') limits[known.field] = value;
    else request[known.field] = value;
  }
  if (name) request['name'] = name.key;
  if (request['name'] === undefined) throw reading.invalid(node, 'a tenant needs a name');
  return { ...request, ...(Object.keys(limits).length > 0 ? { limits } : {}) } as AddRequest;
};

const readNamed = (reading: Reading, field: Field): AddRequest => {
  const why = whyNotName(field.key);
  if (why !== undefined) throw reading.wrong(field.keyNode, 'name', field.key, why);
  return field.value === null || (isScalar(field.value) && field.value.value === null)
    ? { name: field.key }
    : readEntry(reading, field.value, field);
};

const listEntries = (reading: Reading, tenants: Node | null): { node: Node | null; request: AddRequest }[] => {
  if (isSeq(tenants)) {
    return tenants.items.map((item) => {
      const node = isMap(item) || isScalar(item) || isSeq(item) ? item : null;
      return { node, request: readEntry(reading, node ?? tenants, undefined) };
    });
  }
  if (!isMap(tenants)) throw reading.invalid(tenants, 'tenants must be a list, or a mapping of names to tenants');
  return listFields(reading, tenants, 'tenants').map((field) => ({
    node: field.keyNode,
    request: readNamed(reading, field),
  }));
};

const openReading = (text: string, path: string): Reading => {
  try {
    const reading = new Reading(text, path);
    refuseAliases(reading);
    return reading;
  } catch (error) {
    if (error instanceof RangeError) throw problem('FILE_INVALID', { path, why: 'it is nested too deeply' });
    throw error;
  }
};

/**
 * @param path for messages
 * @throws Problem FILE_INVALID, FIELD_UNKNOWN, FIELD_INVALID, each with the line
 */
export const parseTenantFile = (text: string, path: string): AddRequest[] => {
  const reading = openReading(text, path);
  const { contents } = reading.document;
  if (isAlias(contents) || contents === null) throw reading.invalid(0, 'the file is empty; tenants: is expected');
  const fields = listFields(reading, contents, 'the file');
  const tenants = fields.find(({ key }) => key === 'tenants');
  const other = fields.find(({ key }) => key !== 'tenants');
  if (other) throw reading.unknown(other.keyNode, other.key, ['tenants']);
  if (!tenants) throw reading.invalid(0, 'tenants: is missing');
  const entries = listEntries(reading, tenants.value);
  if (entries.length > MAX_TENANTS) throw reading.invalid(tenants.keyNode, `more than ${MAX_TENANTS} tenants`);
  const names = new Set<string>();
  for (const { node, request } of entries) {
    if (names.has(request.name)) throw reading.invalid(node, `tenant "${request.name}" is there twice`);
    names.add(request.name);
  }
  return entries.map(({ request }) => request);
};
