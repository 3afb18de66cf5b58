// Which of a tenant's caps are news: those of rules, not its own limits or the ceiling of the house. Pure.

import type { TenantView } from './contract.ts';
import type { HoldView, SchedulingView } from './scheduler-contract.ts';

/** A bank always has a cap; it holds back when that is below the burst. */
const isRule = ({ rule, cap }: HoldView, { credits }: SchedulingView): boolean => {
  if (rule === 'limit' || rule === 'house') return false;
  return rule !== 'credits' || !credits || (cap !== null && cap < credits.burst);
};

/** What rules hold a tenant to now, strictest first. */
export const ruleHolds = (scheduling: SchedulingView | undefined): HoldView[] =>
  scheduling?.holds.filter((hold) => isRule(hold, scheduling)) ?? [];

/**
 * The limit that holds at the moment: a tenant's own, or what a rule puts in its place.
 * @returns thousandths of a core, or bytes; null: no limit but the house
 */
export const capInForce = ({ limits, scheduling }: TenantView, resource: 'cpu' | 'memory'): number | null =>
  ruleHolds(scheduling).some((hold) => hold.resource === resource)
    ? (scheduling?.effective[resource] ?? null)
    : limits[resource];
