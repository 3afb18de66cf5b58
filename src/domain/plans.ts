// Plans: named sets of rules that tenants refer to.

import * as z from 'zod';
import { problem } from './errors.ts';
import { nearestName, spellOut } from './names.ts';
import { parsePlanName, whyNotPlanName } from './plan-names.ts';
import { ruleSetSchema } from './resolve-rules.ts';
import { parseRules } from './rule-values.ts';
import type { Plan } from './rules.ts';
/**
 * Plans as people write them. A plan is replaced as a whole: what a file does not say is left to the defaults.
 * @throws Problem PLAN_INVALID, PLAN_EXISTS for one that is there twice, and those of parseRules
 */
export const parsePlans = (
  input: readonly { readonly name: string; readonly rules: Readonly<Record<string, string | null>> }[],
): Plan[] => {
  const plans = new Map<string, Plan>();
  for (const { name: text, rules } of input) {
    const name = parsePlanName(text);
    if (plans.has(name)) throw problem('PLAN_EXISTS', { name });
    plans.set(name, { name, rules: parseRules(rules, {}) });
  }
  return [...plans.values()];
};

/**
 * The plan of that name.
 * @throws Problem PLAN_MISSING
 */
export const findPlan = (plans: readonly Plan[], name: string): Plan => {
  const plan = plans.find((candidate) => candidate.name === name);
  if (plan) return plan;
  const near = nearestName(
    name,
    plans.map((candidate) => candidate.name),
  );
  throw problem('PLAN_MISSING', { name: spellOut(name), near });
};

/** A plan in the registry. */
export const planSchema = z.strictObject({
  name: z.string().refine((text) => whyNotPlanName(text) === undefined, 'not the name of a plan'),
  rules: ruleSetSchema,
});
