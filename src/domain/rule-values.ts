// The rules as people type them: the name of each key, and the one reader and writer of its value.

import { problem } from './errors.ts';
import { nearestName, spellOut } from './names.ts';
import { WHY_NOT } from './rule-bounds.ts';
import {
  type Read,
  readCpu,
  readCpuBudget,
  readCredits,
  readEgressBudget,
  readMemoryBudget,
  readNames,
  readShare,
  readWindows,
  writeCpuBudget,
  writeCredits,
  writeEgressBudget,
  writeMemoryBudget,
  writeNames,
  writeShare,
  writeWindows,
} from './rule-texts.ts';
import type { RuleKey, RuleSet, Rules } from './rules.ts';
import { formatCpu } from './units.ts';
import { findConflicts } from './windows.ts';

/** Each key as it is typed on the command line and in YAML. */
export const RULE_FLAGS: { readonly [K in RuleKey]: string } = {
  share: 'share',
  shareMode: 'share-mode',
  credits: 'credits',
  creditsMode: 'credits-mode',
  budgetCpu: 'budget-cpu',
  budgetMemory: 'budget-memory',
  budgetEgress: 'budget-egress',
  budgetMode: 'budget-mode',
  budgetFloor: 'budget-floor',
  scoreMode: 'score',
  ladderEnd: 'ladder-end',
  exempt: 'exempt',
  guardMode: 'guard',
  windows: 'windows',
  windowsMode: 'windows-mode',
};

export const RULE_KEYS = Object.keys(RULE_FLAGS) as readonly RuleKey[];

const KEY_BY_FLAG: ReadonlyMap<string, RuleKey> = new Map(RULE_KEYS.map((key) => [RULE_FLAGS[key], key]));

interface Codec<T> {
  readonly read: (text: string) => Read<T>;
  readonly write: (value: T) => string;
  /** For hints and for the help. */
  readonly example: string;
}

/** A word of a few: which ones, WHY_NOT says. */
const word = <T extends string>(example: string): Codec<T> => ({
  read: (text) => ({ value: text as T }),
  write: (value) => value,
  example,
});

const CODECS: { readonly [K in RuleKey]: Codec<Rules[K]> } = {
  share: { read: readShare, write: writeShare, example: '1/3' },
  shareMode: word('enforce'),
  credits: { read: readCredits, write: writeCredits, example: 'baseline=0.5,burst=2' },
  creditsMode: word('enforce'),
  budgetCpu: { read: readCpuBudget, write: writeCpuBudget, example: '40h/week' },
  budgetMemory: { read: readMemoryBudget, write: writeMemoryBudget, example: '200GBh/month' },
  budgetEgress: { read: readEgressBudget, write: writeEgressBudget, example: '500G/month' },
  budgetMode: word('enforce'),
  budgetFloor: { read: readCpu, write: formatCpu, example: '0.05' },
  scoreMode: word('watch'),
  ladderEnd: word('repeat'),
  exempt: { read: readNames, write: writeNames, example: 'gcc,cc1,clang' },
  guardMode: word('enforce'),
  windows: { read: readWindows, write: writeWindows, example: 'nights: * 22-23,0-5 * * * cpu=max share=50%' },
  windowsMode: word('enforce'),
};

/** The same as the API allows (rulesInputSchema); regular expressions see nothing longer. */
const MOST_TEXT = 4096;

/** What to write for a key, for help and hints. */
export const exampleOf = (key: RuleKey): string => CODECS[key].example;

/** A value as people write it: what parseRules reads back as the same value. */
export const formatRule = <K extends RuleKey>(key: K, value: Rules[K]): string => CODECS[key].write(value);

/**
 * The key that a flag or a key of a file names.
 * @throws Problem RULE_UNKNOWN
 */
export const parseRuleKey = (flag: string): RuleKey => {
  const key = KEY_BY_FLAG.get(flag);
  if (key !== undefined) return key;
  const known = [...KEY_BY_FLAG.keys()];
  throw problem('RULE_UNKNOWN', { key: spellOut(flag), near: nearestName(flag, known), known: known.join(', ') });
};

const refuse = (key: RuleKey, value: string, why: string): never => {
  throw problem('RULE_INVALID', { key: RULE_FLAGS[key], value: spellOut(value), why, example: exampleOf(key) });
};

/**
 * Reads one value and holds it against the bounds.
 * @throws Problem RULE_INVALID, WINDOWS_CONFLICT
 */
export const parseRule = <K extends RuleKey>(key: K, input: string): Rules[K] => {
  if (input.length > MOST_TEXT) return refuse(key, input, `it has more than ${MOST_TEXT} characters`);
  const text = input.trim();
  const result = CODECS[key].read(text);
  if ('why' in result) return refuse(key, text, result.why);
  const why = WHY_NOT[key](result.value);
  if (why !== undefined) return refuse(key, text, why);
  if (key === 'windows') checkConflicts(result.value as Rules['windows']);
  return result.value;
};

const checkConflicts = (windows: Rules['windows']): void => {
  const [conflict] = findConflicts(windows);
  if (conflict) {
    const { first, second, what, when } = conflict;
    throw problem('WINDOWS_CONFLICT', { first, second, what, when });
  }
};

/**
 * Rules with changes as people type them; null takes a key out, so that the layer below shows.
 * @throws Problem RULE_UNKNOWN, RULE_INVALID, WINDOWS_CONFLICT; then nothing has changed
 */
export const parseRules = (input: Readonly<Record<string, string | null>>, base: RuleSet): RuleSet => {
  const changes = Object.entries(input).map(([flag, text]) => [parseRuleKey(flag), text] as const);
  const gone = new Set(changes.filter(([, text]) => text === null).map(([key]) => key));
  const kept = Object.entries(base).filter(([key]) => !gone.has(key as RuleKey));
  const set = changes.flatMap(([key, text]) => (text === null ? [] : [[key, parseRule(key, text)] as const]));
  return Object.fromEntries([...kept, ...set]);
};

/**
 * Refuses amounts of CPU that this host does not have.
 * @throws Problem RULE_INVALID
 */
export const checkRulesFit = (rules: RuleSet, { cpus }: { readonly cpus: number }): void => {
  const asked = {
    credits: rules.credits?.burst,
    budgetFloor: rules.budgetFloor,
    windows: Math.max(0, ...(rules.windows ?? []).map(({ cpu }) => cpu ?? 0)),
  };
  for (const key of ['credits', 'budgetFloor', 'windows'] as const) {
    const value = rules[key];
    if (value === undefined || (asked[key] ?? 0) <= cpus * 1000) continue;
    const has = `${formatCpu(asked[key] ?? 0)} cores are more than this host has (${cpus})`;
    refuse(key, formatRule<RuleKey>(key, value), has);
  }
};
