// All that is counted of a tenant in one tick: credits, budgets, the score and where it led.
//
// A tenant that is stopped earns no credits and keeps its balance for as long as it exists (AWS keeps it seven days;
// here nobody else could use it meanwhile). A frozen one earns as an idle one does. Of a long interval, because the
// daemon was away, credits and budgets are charged all; a score rises by a few seconds' worth.

import { advanceBudget } from './budgets.ts';
import { advanceCredits } from './credits.ts';
import { advanceLadder } from './ladder.ts';
import type { Subject, Tick } from './policy-tick.ts';
import type { PolicyState, TenantConfig, TenantFrame } from './policy-types.ts';
import { advanceScore, severityOf } from './score.ts';

/** The state after the interval; what the guard and the acts make of it comes later. */
export const countState = (tick: Tick, { name, config, frame, share, before }: Subject): PolicyState => {
  const { at, dt } = tick.frame;
  const { rules } = config;
  const { score: constants, ladder } = tick.constants;
  const severity =
    rules.scoreMode === 'off' || before.penalty
      ? { cpu: 0, memory: 0, io: 0 }
      : severityOf(name, frame, share, { ...tick, constants });
  const score = advanceScore(before.score, severity, dt, constants);
  const { occurrences, forgetAt, penalty } = before;
  return {
    ...before,
    // a decision between two ticks leaves the clock to the next tick, whose interval holds it, but for one set back:
    // the times of what is decided now are already of the new clock, and must not be moved with the old ones
    at: dt > 0 ? at : Math.min(at, before.at ?? at),
    credits: countCredits(config, frame, before.credits, dt),
    budgets: countBudgets(tick, config, frame, before),
    ...advanceLadder({ score, occurrences, forgetAt, penalty }, rules, at, ladder),
  };
};

const NO_BUDGETS: PolicyState['budgets'] = {};

const countCredits = (
  { rules }: TenantConfig,
  { up, cpuUsec }: TenantFrame,
  balance: number | null,
  dt: number,
): number | null => {
  if (!rules.credits || rules.creditsMode === 'off') return balance;
  if (up === 'stopped') return Math.max(0, (balance ?? 0) - cpuUsec);
  return advanceCredits(balance, rules.credits, cpuUsec, dt);
};

const countBudgets = (
  { frame: { at, dt }, config: { zone } }: Tick,
  { rules }: TenantConfig,
  { cpuUsec, memory, egressBytes }: TenantFrame,
  { budgets }: PolicyState,
): PolicyState['budgets'] => {
  const { budgetCpu, budgetMemory, budgetEgress, budgetMode } = rules;
  if (budgetMode === 'off') return budgets;
  if (!budgetCpu && !budgetMemory && !budgetEgress) return NO_BUDGETS;
  const byteSeconds = Math.round((memory * dt) / 1000);
  return {
    ...(budgetCpu ? { cpu: advanceBudget(budgets.cpu, budgetCpu, zone, at, cpuUsec, dt) } : {}),
    ...(budgetMemory ? { memory: advanceBudget(budgets.memory, budgetMemory, zone, at, byteSeconds, dt) } : {}),
    ...(budgetEgress ? { egress: advanceBudget(budgets.egress, budgetEgress, zone, at, egressBytes, dt) } : {}),
  };
};
