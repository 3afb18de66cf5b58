// Which of a tenant's caps are news: those of rules, not its own limits or the ceiling of the house. Pure.

import type { HoldView, SchedulingView } from './scheduler-contract.ts';

/** A bank always has a cap; it holds back when that is below the burst. */
const isRule = ({ rule, cap }: HoldView, { credits }: SchedulingView): boolean => {
  if (rule === 'limit' || rule === 'house') return false;
  return rule !== 'credits' || !credits || (cap !== null && cap < credits.burst);
};

/** What rules hold a tenant to now, strictest first. */
export const ruleHolds = (scheduling: SchedulingView | undefined): HoldView[] =>
  scheduling?.holds.filter((hold) => isRule(hold, scheduling)) ?? [];
