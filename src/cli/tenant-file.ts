// tenants/*.yaml -> plans and tenants as requests, or the first mistake with its line. Pure. Loaded only for a file.

import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import type { AddRequest } from '../api/contract.ts';
import { Problem } from '../domain/errors.ts';
import { LIMIT_FLAGS, type LimitName, parseLimits } from '../domain/limits.ts';
import { whyNotName } from '../domain/names.ts';
import { whyNotPlanName } from '../domain/plan-names.ts';
import { type FilePlan, readFilePlans, readFileRules } from './file-rules.ts';
import { type Field, listFields, openReading, type Reading, readScalar, spell, type Value } from './yaml-reading.ts';

export interface TenantFile {
  readonly plans: readonly FilePlan[];
  readonly tenants: readonly AddRequest[];
}

/** The API takes no more. */
const MAX_TENANTS = 1024;

interface Key {
  /** As in the API: a limit, or a field of the request. */
  readonly field:
    | LimitName
    | 'name'
    | 'template'
    | 'start'
    | 'restart'
    | 'bestEffort'
    | 'overcommit'
    | 'plan'
    | 'rules';
  readonly type: 'limit' | 'text' | 'switch' | 'policy' | 'plan' | 'rules';
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
  ['plan', { field: 'plan', type: 'plan' }],
  ['rules', { field: 'rules', type: 'rules' }],
]);

const POLICIES: readonly string[] = ['always', 'on-failure', 'never'];

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
  if (type === 'plan' && (value === null || value === 'none')) return undefined;
  if (type === 'switch') return typeof value === 'boolean' ? undefined : 'write true or false';
  if (type === 'policy')
    return POLICIES.includes(String(value)) ? undefined : `it must be one of: ${POLICIES.join(', ')}`;
  if (typeof value !== 'string') return 'a word is expected';
  if (type === 'plan') return whyNotPlanName(value);
  return field === 'name' ? whyNotName(value) : undefined;
};

/** The value of a key in the request. */
const readField = (reading: Reading, field: Field, known: Key): unknown => {
  if (known.type === 'rules') return readFileRules(reading, field.value, 'rules');
  const value = readScalar(reading, field);
  const why = whyWrong(known, value);
  if (why !== undefined) throw reading.wrong(field.keyNode, field.key, value, why);
  return known.type === 'plan' && value === 'none' ? null : value;
};

const readEntry = (reading: Reading, node: Node | null, name: Field | undefined): AddRequest => {
  const fields = listFields(reading, node, 'a tenant');
  const request: Record<string, unknown> = {};
  const limits: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const field of fields) {
    const key = spell(field.key);
    const known = KEYS.get(key);
    if (!known || (known.field === 'name' && name)) throw reading.unknown(field.keyNode, field.key, [...KEYS.keys()]);
    if (seen.has(key)) throw reading.invalid(field.keyNode, `${key} is given twice`);
    seen.add(key);
    const value = readField(reading, field, known);
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

const readTenants = (reading: Reading, { keyNode, value }: Field): AddRequest[] => {
  const entries = listEntries(reading, value);
  if (entries.length > MAX_TENANTS) throw reading.invalid(keyNode, `more than ${MAX_TENANTS} tenants`);
  const names = new Set<string>();
  for (const { node, request } of entries) {
    if (names.has(request.name)) throw reading.invalid(node, `tenant "${request.name}" is there twice`);
    names.add(request.name);
  }
  return entries.map(({ request }) => request);
};

/**
 * @param path for messages
 * @throws Problem FILE_INVALID, FIELD_UNKNOWN, FIELD_INVALID, each with the line
 */
export const parseTenantFile = (text: string, path: string): TenantFile => {
  const reading = openReading(text, path);
  const { contents } = reading.document;
  if (isAlias(contents) || contents === null)
    throw reading.invalid(0, 'the file is empty; tenants: or plans: is expected');
  const fields = listFields(reading, contents, 'the file');
  const other = fields.find(({ key }) => key !== 'tenants' && key !== 'plans');
  if (other) throw reading.unknown(other.keyNode, other.key, ['plans', 'tenants']);
  const plans = fields.find(({ key }) => key === 'plans');
  const tenants = fields.find(({ key }) => key === 'tenants');
  if (!tenants && !plans) throw reading.invalid(0, 'tenants: or plans: is missing');
  return {
    plans: plans ? readFilePlans(reading, plans) : [],
    tenants: tenants ? readTenants(reading, tenants) : [],
  };
};
