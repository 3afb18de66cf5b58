// A YAML file while it is read: strict, without aliases, and for each node its line. Pure. Loaded with tenant-file only.

import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { type Problem, problem } from '../domain/errors.ts';
import { nearestName, spellOut } from '../domain/names.ts';

export type Value = string | number | boolean | null;

const TOO_DEEP = 'it is nested too deeply';

const shorten = (value: unknown): string => spellOut(String(value));

/** The library speaks to programmers at times; what is wrong with the text it says well. */
const sayWrong = ({ code, message }: YAMLError): string => {
  if (code === 'MULTIPLE_DOCS') return 'it holds more than one document (---): make it one, or one file of each';
  return message.includes('call stack') ? TOO_DEEP : message;
};

/** A file while it is read: for each node its place. */
export class Reading {
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
    if (first) throw this.invalid(first.pos[0], sayWrong(first));
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

/** One spelling, with "-": `cpuWeight` is read as `cpu-weight`. */
export const spell = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export interface Field {
  readonly keyNode: Node;
  readonly key: string;
  readonly value: Node | null;
}

/** Pairs of a mapping, in order, with each key as text. */
export const listFields = (reading: Reading, node: Node | null, what: string): Field[] => {
  if (!isMap(node)) throw reading.invalid(node, `${what} must be a mapping of keys to values`);
  return node.items.map(({ key, value }) => {
    if (!isScalar(key) || typeof key.value !== 'string')
      throw reading.invalid(isScalar(key) || isMap(key) || isSeq(key) ? key : node, 'a key must be a word');
    const isNode = isScalar(value) || isMap(value) || isSeq(value);
    return { keyNode: key, key: key.value, value: isNode ? value : null };
  });
};

export const readScalar = (reading: Reading, { keyNode, key, value }: Field): Value => {
  if (value === null) return null;
  if (!isScalar(value)) throw reading.wrong(keyNode, key, '…', 'one value is expected');
  const plain: unknown = value.value;
  if (plain === null || typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean')
    return plain;
  throw reading.wrong(keyNode, key, plain, 'a word or a number is expected');
};

/** @throws Problem FILE_INVALID */
export const openReading = (text: string, path: string): Reading => {
  try {
    const reading = new Reading(text, path);
    refuseAliases(reading);
    return reading;
  } catch (error) {
    if (error instanceof RangeError) throw problem('FILE_INVALID', { path, why: TOO_DEEP });
    throw error;
  }
};
