// `policy simulate`: what was measured, decided again under the rules in force or under others.

import { problem } from '../domain/errors.ts';
import { findPlan } from '../domain/plans.ts';
import type { Act, HouseConfig, TenantConfig } from '../domain/policy-types.ts';
import { countDifferences, replay } from '../domain/replay.ts';
import { resolveRules } from '../domain/resolve-rules.ts';
import { parseRules } from '../domain/rule-values.ts';
import type { Plan, Rules } from '../domain/rules.ts';
import type { Registry, Tenant } from '../domain/tenant.ts';
import { checkRules } from './check-request.ts';
import { writeDecisions } from './decision-log.ts';
import { type Engine, requireTenant } from './engine.ts';
import { createSlices, toLogChunk } from './replay-log.ts';

type RulesInput = Readonly<Record<string, Readonly<Record<string, string | null>>>>;

export interface Simulated {
  readonly from: string;
  readonly to: string;
  readonly ticks: number;
  readonly acts: readonly Act[];
  readonly differences: number | null;
}

const PLAN = 'plan:';
/** All that is recorded from then on: frames of before a clock was set back may be of a time to come. */
const EVER = Number.MAX_SAFE_INTEGER;

const changePlans = (plans: readonly Plan[], input: RulesInput): Plan[] => {
  for (const key of Object.keys(input)) if (key.startsWith(PLAN)) findPlan(plans, key.slice(PLAN.length));
  return plans.map((plan) => {
    const rules = input[`${PLAN}${plan.name}`];
    return rules ? { ...plan, rules: parseRules(rules, {}) } : plan;
  });
};

/** The registry as it would be; nothing is kept. @throws Problem of what could not be applied either */
const changeRegistry = (engine: Engine, input: RulesInput): Registry => {
  const { current } = engine.ports.registry;
  for (const key of Object.keys(input)) if (!key.startsWith(PLAN)) requireTenant(engine, key);
  const plans = changePlans(current.plans, input);
  const tenants = current.tenants.map((tenant): Tenant => {
    const rules = input[tenant.name];
    return rules ? { ...tenant, rules: parseRules(rules, tenant.rules) } : tenant;
  });
  checkRules(tenants, plans, engine.ports.host.facts.cpus);
  return { ...current, plans, tenants };
};

const buildChange = ({ tenants, plans }: Registry): ((config: HouseConfig) => HouseConfig) => {
  const rules = new Map<string, Rules>(
    tenants.map(({ name, plan, rules: own }) => [
      name,
      resolveRules(plan === null ? undefined : findPlan(plans, plan).rules, own).rules,
    ]),
  );
  const change = ([name, tenant]: [string, TenantConfig]): [string, TenantConfig] => [
    name,
    { ...tenant, rules: rules.get(name) ?? tenant.rules },
  ];
  return (config) => ({ ...config, tenants: Object.fromEntries(Object.entries(config.tenants).map(change)) });
};

/**
 * Of who left the trash for good the acts are gone from the record, while frames of the whole house are not: what they
 * would give of the tenant is told no more.
 */
const createMemory = ({ ports }: Engine): ((config: HouseConfig, act: Act) => boolean) => {
  const { tenants, trash } = ports.registry.current;
  const known = new Map([...tenants, ...trash.map(({ tenant }) => tenant)].map(({ id }) => [id, true]));
  // a tenant whose making failed is not in the registry, but its acts are in the record
  const hasActs = (id: string): boolean => ports.history.readActs(0, EVER, id).length > 0;
  return (config, { tenant }) => {
    const id = config.tenants[tenant]?.id;
    if (id === undefined) return true;
    if (!known.has(id)) known.set(id, hasActs(id));
    return known.get(id) === true;
  };
};

/**
 * @param input rules by tenant or `plan:NAME`; undefined = the rules in force, compared with the record
 * @param since wall milliseconds; a replay begins at the snapshot before it
 * @throws Problem NOT_MEASURED, and those of wrong rules
 */
export const simulatePolicy = async (
  engine: Engine,
  input: RulesInput | undefined,
  since: number,
  signal: AbortSignal,
): Promise<Simulated> => {
  const { ports, scheduler } = engine;
  const change = input ? buildChange(changeRegistry(engine, input)) : undefined;
  writeDecisions(engine);
  const options = { constants: scheduler.constants, ...(change && { change }) };
  const isRemembered = createMemory(engine);
  const acts: Act[] = [];
  let [from, to, ticks] = [Number.POSITIVE_INFINITY, 0, 0];
  let states: ReturnType<typeof replay>['states'] | null = null;
  const slice = createSlices(ports.clock, signal);
  for (const stored of ports.history.readDecisions(since, EVER)) {
    const chunk = toLogChunk(stored);
    const start = change ? (states ?? chunk.states) : (chunk.states ?? states);
    // under other rules only the first chunk begins with what was remembered
    const done = replay([{ ...chunk, states: start }], options);
    states = done.states;
    acts.push(...done.acts.filter((act) => isRemembered(stored.config, act)));
    ticks += done.ticks;
    from = Math.min(from, done.from ?? from);
    to = Math.max(to, done.to ?? to);
    await slice();
  }
  if (ticks === 0) throw problem('NOT_MEASURED', { name: 'the house', at: `${new Date(since).toISOString()} on` });
  const recorded = input ? null : ports.history.readActs(from, to + 1);
  const told = acts.filter(({ at }) => at >= since);
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    ticks,
    acts: told,
    differences: recorded && countDifferences(recorded, acts),
  };
};
