// From three layers (default, plan, tenant) to the rules in force, and the shapes of the upper two in the registry.

import * as z from 'zod';
import { WHY_NOT } from './rule-bounds.ts';
import { RULE_KEYS } from './rule-values.ts';
import { DEFAULT_RULES, type RuleKey, type RuleOrigin, type RuleSet, type Rules } from './rules.ts';
import { findConflicts } from './windows.ts';

export interface ResolvedRules {
  readonly rules: Rules;
  readonly origins: Readonly<Record<RuleKey, RuleOrigin>>;
}

/** The value of each key from the uppermost layer that sets it; null and an empty list are values as well. */
export const resolveRules = (plan: RuleSet | undefined, tenant: RuleSet): ResolvedRules => {
  const pick = (key: RuleKey): readonly [RuleOrigin, unknown] => {
    if (tenant[key] !== undefined) return ['tenant', tenant[key]];
    if (plan?.[key] !== undefined) return ['plan', plan[key]];
    return ['default', DEFAULT_RULES[key]];
  };
  const picked = RULE_KEYS.map((key) => [key, ...pick(key)] as const);
  return {
    rules: Object.fromEntries(picked.map(([key, , value]) => [key, value])) as unknown as Rules,
    origins: Object.fromEntries(picked.map(([key, origin]) => [key, origin])) as Record<RuleKey, RuleOrigin>,
  };
};

const mode = z.enum(['off', 'watch', 'enforce']).optional();
const budget = z
  .strictObject({ amount: z.number(), period: z.enum(['hour', 'day', 'week', 'month']) })
  .nullable()
  .optional();
const window = z.strictObject({
  name: z.string(),
  when: z.string(),
  cpu: z.number().nullable().optional(),
  share: z.number().optional(),
});

/** The keys a plan or a tenant sets, as the registry keeps them: within the same bounds as what people type. */
export const ruleSetSchema = z
  .strictObject({
    share: z.number().nullable().optional(),
    shareMode: mode,
    credits: z.strictObject({ baseline: z.number(), burst: z.number() }).nullable().optional(),
    creditsMode: mode,
    budgetCpu: budget,
    budgetMemory: budget,
    budgetEgress: budget,
    budgetMode: mode,
    budgetFloor: z.number().optional(),
    scoreMode: mode,
    ladderEnd: z.enum(['repeat', 'freeze', 'stop']).optional(),
    exempt: z.array(z.string()).optional(),
    guardMode: mode,
    windows: z.array(window).optional(),
    windowsMode: mode,
  } satisfies Record<RuleKey, z.ZodType>)
  .superRefine((rules, context) => {
    for (const key of RULE_KEYS) {
      const why = whyNotIn(rules, key);
      if (why !== undefined) context.addIssue({ code: 'custom', path: [key], message: why });
    }
  });

const whyNotIn = <K extends RuleKey>(rules: RuleSet, key: K): string | undefined => {
  const value: RuleSet[K] = rules[key];
  if (value === undefined) return undefined;
  const why = WHY_NOT[key](value as Rules[K]);
  if (why !== undefined || key !== 'windows') return why;
  const [conflict] = findConflicts(value as Rules['windows']);
  return conflict && `windows "${conflict.first}" and "${conflict.second}" contradict each other (${conflict.when})`;
};
