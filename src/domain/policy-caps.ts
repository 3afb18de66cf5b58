// The cap each rule wants for a tenant now: credits and budgets. What it rests on and why are told beside it.

import { capOfBudget } from './budgets.ts';
import { CREDIT_USEC, capOfCredits } from './credits.ts';
import type { PolicyConstants } from './policy-constants.ts';
import type { BudgetState, PolicyState, RuleName, TenantConfig } from './policy-types.ts';
import { writeCpuBudget, writeCpuTime } from './rule-texts.ts';
import type { BudgetRule, Mode, Rules } from './rules.ts';
import { formatBytes } from './units.ts';

export type CapResource = 'cpu' | 'memory';

/** What one rule wants of one resource. */
export interface Wanted {
  readonly rule: RuleName;
  readonly resource: CapResource;
  readonly mode: Mode;
  /** null = no cap. */
  readonly cap: number | null;
  /** What it rests on: while this stays as it is, the cap does not turn back within a minute. */
  readonly basis: string;
  /** People changed something that the basis does not show. */
  readonly fresh?: boolean;
  readonly until: number | null;
  /** Asked only when there is something to tell. */
  readonly explain: () => { readonly cause: string; readonly figures: Readonly<Record<string, number | string>> };
}

/** The kernel counts memory in pages (cgroup-v2.rst): what is written reads back as it is. */
const PAGE = 4096;

const toPages = (bytes: number): number => Math.floor(bytes / PAGE) * PAGE;

export const creditsWanted = (
  config: TenantConfig,
  before: PolicyState,
  balance: number | null,
  { creditRampMs }: PolicyConstants,
): Wanted => {
  const { credits: rule, creditsMode: mode } = config.rules;
  const { decided } = before;
  const basis = rule ? `${rule.baseline}/${rule.burst}` : '';
  const previous = decided.basis?.['credits.cpu'] === basis ? (decided.caps.credits ?? undefined) : undefined;
  const active = rule !== null && mode !== 'off' && balance !== null;
  return {
    rule: 'credits',
    resource: 'cpu',
    mode: rule ? mode : 'off',
    cap: active ? capOfCredits(balance, rule, previous, creditRampMs) : null,
    basis,
    fresh: decided.credits !== undefined && decided.credits !== before.credits,
    until: null,
    explain: () => {
      const left = Number(((balance ?? 0) / CREDIT_USEC).toFixed(2));
      const figures = { credits: left, baseline: rule?.baseline ?? 0, burst: rule?.burst ?? 0 };
      return { cause: rule ? `it has ${left} credits left` : 'it has no credit rule any more', figures };
    },
  };
};

/** No rule takes memory below this. */
export const memoryFloor = (quota: number, constants: PolicyConstants): number =>
  Math.min(quota, Math.max(constants.leastMemory, toPages(quota * constants.leastMemoryPart)));

const HOUR_USEC = 3_600_000_000;

/** Hours of CPU in two places; less than one as the rule writes it, since 10 s are no 0 h. */
const formatCpuTime = (usec: number): string =>
  usec < HOUR_USEC ? writeCpuTime(usec) : `${Number((usec / HOUR_USEC).toFixed(2))}h`;

/** `40h`, `10s`, `200Gh`, `500G`: what is spent of a budget, in its unit as people write it. */
export const formatAmount = (resource: 'cpu' | 'memory' | 'egress', amount: number): string => {
  if (resource === 'cpu') return formatCpuTime(amount);
  return resource === 'memory' ? `${formatBytes(amount / 3600)}h` : formatBytes(amount);
};

/** Spent part of a budget; one of nothing is spent from the start. */
export const fractionOf = (state: BudgetState, rule: BudgetRule): number =>
  rule.amount > 0 ? state.spent / rule.amount : 1;

const KEYS = { cpu: 'budgetCpu', memory: 'budgetMemory' } as const;

/** @param top the limit that holds otherwise: where the ramp begins */
export const budgetWanted = (
  resource: CapResource,
  { budgetMode, budgetFloor, [KEYS[resource]]: rule }: Rules,
  state: BudgetState | undefined,
  { top, constants }: { readonly top: number; readonly constants: PolicyConstants },
): Wanted => {
  const floor = resource === 'cpu' ? budgetFloor : memoryFloor(top, constants);
  const active = rule !== null && state !== undefined && budgetMode !== 'off';
  const fraction = active ? fractionOf(state, rule) : 0;
  const ramp = active ? capOfBudget(fraction, top, floor) : top;
  const cap = resource === 'memory' ? toPages(ramp) : ramp;
  return {
    rule: 'budget',
    resource,
    mode: rule ? budgetMode : 'off',
    cap: ramp >= top ? null : cap,
    basis: active ? `${rule.amount}/${rule.period}/${state.from}/${top}/${floor}` : '',
    until: active ? state.until : null,
    explain: () => {
      if (!active) return { cause: 'the budget holds no more', figures: {} };
      const percent = Math.floor(fraction * 1000) / 10;
      const budget =
        resource === 'cpu' ? writeCpuBudget(rule) : `${formatAmount(resource, rule.amount)}/${rule.period}`;
      return {
        cause: `${percent} % of its ${resource} budget of ${budget} is spent`,
        figures: { spent: formatAmount(resource, state.spent), budget, percent },
      };
    },
  };
};
