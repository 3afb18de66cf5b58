// What the scheduler knows of a tenant as the API shows it. Pure but for the figures it is handed.

import type {
  ActView,
  HoldView,
  IncidentView,
  PlanView,
  RuleRowView,
  SchedulingView,
} from '../api/scheduler-contract.ts';
import { forecastRunOut } from '../domain/budgets.ts';
import { CREDIT_USEC, forecastEmpty, mostCredits } from '../domain/credits.ts';
import { findPlan } from '../domain/plans.ts';
import type { Act, BudgetState, Hold, PolicyState } from '../domain/policy-types.ts';
import { resolveRules } from '../domain/resolve-rules.ts';
import { formatRule, RULE_FLAGS, RULE_KEYS } from '../domain/rule-values.ts';
import type { BudgetRule, RuleKey, RuleSet, Rules } from '../domain/rules.ts';
import type { Registry, Tenant } from '../domain/tenant.ts';
import type { Engine } from '../engine/engine.ts';
import { liveLimits } from '../engine/live-limits.ts';
import { rulesOf } from '../engine/scheduler.ts';
import type { Incident } from '../ports/history.ts';

const isoOf = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null || !Number.isFinite(ms) ? null : isoOf(ms));

const buildHold = ({ rule, resource, cap, until, text }: Hold): HoldView => ({
  rule,
  resource,
  cap,
  until: isoOrNull(until),
  text,
});

const buildCredits = (
  { credits: rule, creditsMode: mode }: Rules,
  state: PolicyState | undefined,
  cpu: number,
  now: number,
): SchedulingView['credits'] => {
  if (!rule) return null;
  const balance = state?.credits ?? 0;
  return {
    balance: balance / CREDIT_USEC,
    most: mostCredits(rule) / CREDIT_USEC,
    baseline: rule.baseline,
    burst: rule.burst,
    // a bank that is off neither earns nor pays
    emptyAt: mode === 'off' ? null : isoOrNull(forecastEmpty(balance, rule, cpu, now)),
  };
};

type BudgetView = SchedulingView['budgets'][number];

const buildBudget = (
  resource: BudgetView['resource'],
  rule: BudgetRule | null,
  state: BudgetState | undefined,
  now: number,
): BudgetView[] => {
  if (!rule || !state) return [];
  const runsOut = forecastRunOut(state, rule, now);
  return [
    {
      resource,
      spent: state.spent,
      amount: rule.amount,
      period: rule.period,
      until: isoOf(state.until),
      runsOutAt: typeof runsOut === 'number' ? isoOf(runsOut) : null,
      tooEarly: runsOut === 'too early',
    },
  ];
};

/** One that is off is not counted: what it knows is of a time long past. */
const buildBudgets = (rules: Rules, state: PolicyState | undefined, now: number): BudgetView[] =>
  rules.budgetMode === 'off'
    ? []
    : [
        ...buildBudget('cpu', rules.budgetCpu, state?.budgets.cpu, now),
        ...buildBudget('memory', rules.budgetMemory, state?.budgets.memory, now),
        ...buildBudget('egress', rules.budgetEgress, state?.budgets.egress, now),
      ];

export const buildScheduling = (engine: Engine, tenant: Tenant): SchedulingView => {
  const { scheduler, ports, config } = engine;
  const now = ports.clock.now();
  const rules = rulesOf(ports.registry.current, tenant);
  const { cpu, cpuWeight, memory } = liveLimits(engine, tenant);
  const state = scheduler.states[tenant.name];
  const fraction = scheduler.shares[tenant.name] ?? 0;
  const usage = engine.runtimes.get(tenant.name).usage?.cpu ?? 0;
  const penalty = state?.penalty ?? null;
  return {
    plan: tenant.plan,
    effective: { cpu, cpuWeight, memory },
    share: { fraction, cpu: Math.floor(fraction * config.house.cpu) },
    holds: (scheduler.verdicts[tenant.name]?.holds ?? []).map(buildHold),
    credits: buildCredits(rules, state, usage, now),
    budgets: buildBudgets(rules, state, now),
    score: state?.score ?? { cpu: 0, memory: 0, io: 0 },
    occurrences: state?.occurrences ?? 0,
    penalty: penalty && {
      resource: penalty.resource,
      tier: penalty.tier,
      kind: penalty.kind,
      until: isoOf(penalty.until),
    },
  };
};

/** Every rule with the value in force and the layer it came from. */
export const buildRuleRows = (registry: Registry, tenant: Tenant): RuleRowView[] => {
  const plan = tenant.plan === null ? undefined : findPlan(registry.plans, tenant.plan).rules;
  const { rules, origins } = resolveRules(plan, tenant.rules);
  const row = <K extends RuleKey>(key: K): RuleRowView => ({
    key: RULE_FLAGS[key],
    value: formatRule(key, rules[key]),
    origin: origins[key],
  });
  return RULE_KEYS.map(row);
};

const formatSet = (rules: RuleSet): Record<string, string> => {
  const pair = <K extends RuleKey>(key: K): [string, string][] => {
    const value = rules[key];
    return value === undefined ? [] : [[RULE_FLAGS[key], formatRule(key, value as Rules[K])]];
  };
  return Object.fromEntries(RULE_KEYS.flatMap(pair));
};

export const buildPlanViews = ({ plans, tenants }: Registry): PlanView[] =>
  plans.map(({ name, rules }) => ({
    name,
    rules: formatSet(rules),
    usedBy: tenants.filter(({ plan }) => plan === name).map((tenant) => tenant.name),
  }));

export const buildActView = (act: Act): ActView => ({
  ...act,
  at: isoOf(act.at),
  until: isoOrNull(act.until),
  figures: { ...act.figures },
});

export const buildIncidentView = (incident: Incident): IncidentView => ({
  id: incident.id,
  tenant: incident.tenant,
  kind: incident.kind,
  openedAt: isoOf(incident.openedAt),
  closedAt: isoOrNull(incident.closedAt),
  count: incident.count,
  summary: incident.summary,
  action: incident.action,
  outcome: incident.outcome,
  evidence: {
    // rows of before its time have no growth
    processes: incident.evidence.processes.map((one) => ({ ...one, memoryDelta: one.memoryDelta ?? 0 })),
    pressure: incident.evidence.pressure,
    neighbours: incident.evidence.neighbours.map((one) => ({ ...one })),
    figures: { ...incident.evidence.figures },
  },
});
