// Budgets: so much per calendar period, a ramp down before it is spent, and when it will be.
// As with Slurm's limits nothing that runs is killed when a budget is spent or lowered: the cap falls to the floor.

import { periodAt } from './calendar.ts';
import type { BudgetState } from './policy-types.ts';
import type { BudgetRule } from './rules.ts';

/** Part of the budget from which the cap goes down. */
const RAMP_FROM = 0.75;

/** The ramp moves in steps of 2 % of what lies between top and floor. */
const STEPS = 50;

/** 95 % spent is 10 steps from the end, not 10.000000000000002. */
const ROUNDING = 1e-9;

/** A clock set back by less than this keeps the period: a correction at a boundary does not forget what was spent. */
const CLOCK_BACK_MS = 3_600_000;

/** A forecast needs this part of the period behind it: one busy minute says nothing about a month. */
const FORECAST_PART = 0.01;

/**
 * The state of a budget after an interval that ended at `at`. Within a period this is one addition; the calendar is
 * asked only when the period ends, begins or is of another kind. Of an interval across a boundary the new period gets
 * its part by time. The period that is left is kept, and goes on when the clock shows it again.
 * @param delta used in the interval, in the rule's unit
 * @param dtMs length of the interval
 */
export const advanceBudget = (
  state: BudgetState | undefined,
  rule: BudgetRule,
  zone: string,
  at: number,
  delta: number,
  dtMs: number,
): BudgetState => {
  if (state && isSamePeriod(state, rule, at)) return { ...state, spent: state.spent + delta };
  const { from, until } = periodAt(rule.period, zone, at);
  const inside = dtMs > 0 ? Math.min(1, (at - from) / dtMs) : 1;
  const spent = Math.round(delta * inside);
  const left = leave(state, rule);
  const again = state?.former;
  if (again && isSamePeriod(again, rule, at)) return { ...again, spent: again.spent + spent, ...left };
  return { period: rule.period, from, until, since: Math.max(from, at - dtMs), spent, ...left };
};

/** What is kept of a period that is left: nothing of another kind, for another rule begins anew. */
const leave = (state: BudgetState | undefined, { period }: BudgetRule): Pick<BudgetState, 'former'> => {
  if (!state || (state.period ?? period) !== period) return {};
  const { former: _, ...own } = state;
  return { former: own };
};

const isSamePeriod = ({ period, from, until }: Omit<BudgetState, 'former'>, rule: BudgetRule, at: number): boolean =>
  (period === undefined || period === rule.period) && at < until && at >= from - CLOCK_BACK_MS;

/**
 * The cap that follows from what is spent: the top up to 75 %, then a straight line to the floor at 100 %.
 * @param fraction spent / amount
 * @param top what the tenant may use otherwise, thousandths of a core
 * @param floor where the ramp ends; never more than the top
 * @returns thousandths of a core
 */
export const capOfBudget = (fraction: number, top: number, floor: number): number => {
  const least = Math.min(top, floor);
  const left = Math.max(0, Math.min(1, (1 - fraction) / (1 - RAMP_FROM)));
  return least + Math.round(((top - least) * Math.ceil(left * STEPS - ROUNDING)) / STEPS);
};

/**
 * When the budget is spent if the rest of the period goes on like the part so far.
 * @returns wall milliseconds; `at` when it is spent already; `lasts` = not in this period
 */
export const forecastRunOut = (state: BudgetState, rule: BudgetRule, at: number): number | 'lasts' | 'too early' => {
  if (state.spent >= rule.amount) return at;
  const since = state.since ?? state.from;
  const elapsed = at - since;
  if (elapsed < (state.until - state.from) * FORECAST_PART) return 'too early';
  if (state.spent <= 0) return 'lasts';
  const runsOut = Math.round(at + ((rule.amount - state.spent) * elapsed) / state.spent);
  return runsOut < state.until ? runsOut : 'lasts';
};
