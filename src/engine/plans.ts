// Plans in the registry: replaced as they are applied, checked against everybody who lives by them first.

import { problem } from '../domain/errors.ts';
import { findPlan, parsePlans } from '../domain/plans.ts';
import { resolveRules } from '../domain/resolve-rules.ts';
import { checkRulesFit } from '../domain/rule-values.ts';
import { diffRules, type Plan } from '../domain/rules.ts';
import { checkRules } from './check-request.ts';
import type { Engine } from './engine.ts';
import { recordEvent } from './reconcile.ts';

export interface PlanInput {
  readonly name: string;
  readonly rules: Readonly<Record<string, string | null>>;
}

export interface PlanChange {
  readonly name: string;
  readonly act: 'created' | 'changed' | 'unchanged';
}

const changeOf = (before: readonly Plan[], plan: Plan): PlanChange => {
  const known = before.find(({ name }) => name === plan.name);
  if (!known) return { name: plan.name, act: 'created' };
  return { name: plan.name, act: diffRules(known.rules, plan.rules).length > 0 ? 'changed' : 'unchanged' };
};

const checkPlans = ({ ports }: Engine, plans: readonly Plan[]): void => {
  const { tenants } = ports.registry.current;
  const { cpus } = ports.host.facts;
  // also a plan that nobody uses yet must be possible
  for (const { rules } of plans) checkRulesFit(resolveRules(rules, {}).rules, { cpus });
  checkRules(tenants, plans, cpus);
};

/**
 * Replaces plans by name; others stay. Tenants live by the new rules with the next tick.
 * @throws Problem PLAN_INVALID, PLAN_EXISTS, RULE_…, WINDOWS_CONFLICT, SHARES_EXCEED; the rules in force stay then
 */
export const applyPlans = async (
  engine: Engine,
  input: readonly PlanInput[],
  options: { readonly dryRun: boolean; readonly by: string },
): Promise<PlanChange[]> => {
  const { registry } = engine.ports;
  const parsed = parsePlans(input);
  const before = registry.current.plans;
  const changes = parsed.map((plan) => changeOf(before, plan));
  const names = new Set(parsed.map(({ name }) => name));
  const plans = [...before.filter(({ name }) => !names.has(name)), ...parsed];
  checkPlans(engine, plans);
  const changed = changes.filter(({ act }) => act !== 'unchanged').map(({ name }) => name);
  if (options.dryRun || changed.length === 0) return changes;
  await registry.save({ ...registry.current, plans });
  recordEvent(engine.ports, options, {
    type: 'rules-changed',
    tenant: null,
    text: `plans were changed: ${changed.join(', ')}`,
    data: { plans: changed.length },
  });
  return changes;
};

/** @throws Problem PLAN_MISSING, PLAN_IN_USE */
export const removePlan = async (engine: Engine, name: string, by: string): Promise<void> => {
  const { registry } = engine.ports;
  const { plans, tenants, trash } = registry.current;
  findPlan(plans, name);
  const user = [...tenants, ...trash.map(({ tenant }) => tenant)].find(({ plan }) => plan === name);
  if (user) throw problem('PLAN_IN_USE', { name, tenant: user.name });
  await registry.save({ ...registry.current, plans: plans.filter((plan) => plan.name !== name) });
  recordEvent(
    engine.ports,
    { by },
    { type: 'rules-changed', tenant: null, text: `plan ${name} was removed`, data: {} },
  );
};
