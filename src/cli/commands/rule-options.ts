// The options that name rules, one for each key there is, shared by add and set, and how they become a request.

import type { AddRequest } from '../../api/contract.ts';
import { problem } from '../../domain/errors.ts';
import { spellOut } from '../../domain/names.ts';
import { parsePlanName } from '../../domain/plan-names.ts';
import { exampleOf, parseRules, RULE_FLAGS, RULE_KEYS } from '../../domain/rule-values.ts';
import type { RuleKey } from '../../domain/rules.ts';
import { type Input, listOption, type OptionDef, textOption } from '../definition.ts';

/** The value that takes a rule out again, so that the layer below shows. */
const INHERIT = 'inherit';

const MODES: readonly string[] = ['off', 'watch', 'enforce', INHERIT];

type Words = Pick<OptionDef, 'summary' | 'choices'> & { readonly value: string };

const mode = (what: string): Words => ({ value: 'MODE', summary: `${what}: off, watch or enforce`, choices: MODES });

const WORDS: { readonly [K in RuleKey]: Words } = {
  share: { value: 'PART', summary: 'part of the house it owns: a fraction, a percentage, or auto for an equal part' },
  shareMode: mode('whether its share is kept'),
  credits: { value: 'RULE', summary: 'CPU above a baseline is paid with credits earned below it; none for no bank' },
  creditsMode: mode('whether an empty bank lowers the cap'),
  budgetCpu: { value: 'BUDGET', summary: 'CPU time per hour, day, week or month; none for no budget' },
  budgetMemory: { value: 'BUDGET', summary: 'memory held, times hours, per hour, day, week or month; none' },
  budgetEgress: { value: 'BUDGET', summary: 'bytes sent per hour, day, week or month; none' },
  budgetMode: mode('whether a budget that runs out lowers the cap'),
  budgetFloor: { value: 'CORES', summary: 'where the ramp of a spent budget ends' },
  scoreMode: mode('penalties for being above its share while others are hurt'),
  ladderEnd: {
    value: 'END',
    summary: 'what follows the last penalty: repeat, freeze or stop',
    choices: ['repeat', 'freeze', 'stop', INHERIT],
  },
  exempt: { value: 'NAMES', summary: 'names of processes whose CPU does not feed the score, with commas; none' },
  guardMode: mode('the memory guard, which acts when it stalls'),
  windows: { value: 'WINDOWS', summary: 'times at which a cap or a share differs, five fields as in crontab(5); none' },
  windowsMode: mode('whether its windows are kept'),
};

/** As a shell wants it. */
const shellExample = (key: RuleKey): string => {
  const example = exampleOf(key);
  return example.includes(' ') ? `"${example}"` : example;
};

const optionOf = (key: RuleKey): OptionDef => {
  const { summary, ...words } = WORDS[key];
  return {
    long: RULE_FLAGS[key],
    ...words,
    summary: words.choices ? summary : `${summary}; e.g. ${shellExample(key)}`,
  };
};

export const RULE_OPTIONS: readonly OptionDef[] = [
  { long: 'plan', value: 'NAME', summary: 'the plan whose rules it lives by; none for no plan', completes: 'plan' },
  {
    long: 'budget',
    value: 'RESOURCE=BUDGET',
    summary: 'short for --budget-cpu, --budget-memory, --budget-egress; e.g. cpu=40h/week; may be repeated',
    repeats: true,
  },
  ...RULE_KEYS.map(optionOf),
];

export const RULE_DETAILS =
  'Rules: "inherit" takes a rule out again, so that the plan\'s value holds, or the default. In mode watch a rule only records what it would have done. All rules: docs/quotas.md.';

const BUDGETS: readonly string[] = ['cpu', 'memory', 'egress'];

/** `cpu=40h/week` -> the option it is short for. */
const readBudget = (text: string, command: string): readonly [flag: string, value: string] => {
  const at = text.indexOf('=');
  const resource = text.slice(0, Math.max(0, at));
  if (BUDGETS.includes(resource) && at < text.length - 1) return [`budget-${resource}`, text.slice(at + 1)];
  const shown = spellOut(text);
  const what = `--budget is "${shown}", but must be RESOURCE=BUDGET with one of: ${BUDGETS.join(', ')}; for example --budget cpu=40h/week`;
  throw problem('USAGE', { what, command });
};

type RulesRequest = NonNullable<AddRequest['rules']>;

/**
 * Only what was typed, null for "inherit"; checked here as well, so that a mistake is told before a daemon is needed.
 * @throws Problem USAGE, RULE_INVALID, WINDOWS_CONFLICT
 */
export const readRules = (input: Input, command: string): RulesRequest | undefined => {
  const long = RULE_KEYS.map((key) => [RULE_FLAGS[key], textOption(input, RULE_FLAGS[key])] as const);
  const short = listOption(input, 'budget').map((text) => readBudget(text, command));
  const rules: Record<string, string | null> = {};
  for (const [flag, text] of [...long, ...short]) {
    if (text === undefined) continue;
    if (flag in rules) throw problem('USAGE', { what: `${flag} is given twice`, command });
    rules[flag] = text.trim() === INHERIT ? null : text;
  }
  if (Object.keys(rules).length === 0) return undefined;
  parseRules(rules, {});
  return rules;
};

/**
 * A name, null for "none", undefined when the plan stays.
 * @throws Problem PLAN_INVALID
 */
export const readPlan = (input: Input): string | null | undefined => {
  const text = textOption(input, 'plan');
  if (text === undefined) return undefined;
  return text === 'none' ? null : parsePlanName(text);
};
