// The rules and plans in a file: `rules:` of a tenant and `plans:` at the top, each value checked at its line. Pure.

import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { Problem } from '../domain/errors.ts';
import { whyNotPlanName } from '../domain/plan-names.ts';
import { parseRules, RULE_FLAGS } from '../domain/rule-values.ts';
import { type Field, listFields, type Reading, readScalar, spell } from './yaml-reading.ts';

/** As the API takes it: values as people type them, null = the layer below. */
export type FileRules = Record<string, string | null>;

export interface FilePlan {
  readonly name: string;
  readonly rules: FileRules;
}

/** The API takes no more. */
const MAX_PLANS = 256;

const FLAGS: readonly string[] = Object.values(RULE_FLAGS);

/** Keys that may be lists, with what joins the parts to one value. */
const JOINTS: ReadonlyMap<string, string> = new Map([
  [RULE_FLAGS.exempt, ','],
  [RULE_FLAGS.windows, '; '],
]);

const readParts = (reading: Reading, field: Field): string | null => {
  const { key, keyNode, value } = field;
  const joint = JOINTS.get(spell(key));
  if (!isSeq(value) || joint === undefined) {
    const plain = readScalar(reading, field);
    return plain === null || plain === 'inherit' ? null : String(plain);
  }
  const parts = value.items.map((item) => {
    const one = readScalar(reading, {
      keyNode,
      key,
      value: isScalar(item) || isMap(item) || isSeq(item) ? item : null,
    });
    return String(one ?? '');
  });
  return parts.length === 0 ? 'none' : parts.join(joint);
};

const checkRule = (reading: Reading, { keyNode, key }: Field, text: string | null): void => {
  try {
    parseRules({ [spell(key)]: text }, {});
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { why } = error.data;
    throw reading.wrong(keyNode, key, text, typeof why === 'string' ? why : error.message);
  }
};

/** @throws Problem FILE_INVALID, FIELD_UNKNOWN, FIELD_INVALID, each with the line */
export const readFileRules = (reading: Reading, node: Node | null, what: string): FileRules => {
  const rules: FileRules = {};
  for (const field of listFields(reading, node, what)) {
    const key = spell(field.key);
    if (!FLAGS.includes(key)) throw reading.unknown(field.keyNode, field.key, FLAGS);
    if (Object.hasOwn(rules, key)) throw reading.invalid(field.keyNode, `${key} is given twice`);
    const text = readParts(reading, field);
    checkRule(reading, field, text);
    rules[key] = text;
  }
  return rules;
};

/**
 * `plans:`, a mapping of names to rules.
 * @throws Problem FILE_INVALID, FIELD_UNKNOWN, FIELD_INVALID, each with the line
 */
export const readFilePlans = (reading: Reading, { keyNode, value }: Field): FilePlan[] => {
  const fields = listFields(reading, value, 'plans');
  if (fields.length > MAX_PLANS) throw reading.invalid(keyNode, `more than ${MAX_PLANS} plans`);
  return fields.map((field) => {
    const why = whyNotPlanName(field.key);
    if (why !== undefined) throw reading.wrong(field.keyNode, 'plan', field.key, why);
    return { name: field.key, rules: readFileRules(reading, field.value, `plan ${field.key}`) };
  });
};
