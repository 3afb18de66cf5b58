// Which part of a tenant's counters a decision still has to charge: to its credits and its budgets. Pure.

import { elapsedMs, linkGrowth, mostUsec } from './accounting.ts';

/** Counters as the last decision took them in; kept beside the scheduler's memory, so that no use is charged twice or never. */
export interface Charged {
  /** Which run of the box and which cgroup; see domain/accounting. */
  readonly epoch: string;
  readonly boot: string;
  /** Milliseconds since the box started. */
  readonly up: number;
  readonly cpuUsec: number;
  /** Bytes sent; null = it has no link. */
  readonly egressBytes: number | null;
}

export interface Charge {
  readonly cpuUsec: number;
  readonly egressBytes: number;
}

/**
 * What was used since. Of another group all: it was made after the last look. No more than the CPUs can have done in
 * that time, for a counter that jumps is a broken one. Nobody can say how many bytes a link can have sent, so of a tenant
 * that nobody saw before none are charged: with a lost history that would be all since its start.
 * @param last null for a tenant that no decision has seen
 * @param dt length of the tick, milliseconds: how long a tenant that nobody saw before can have run
 */
export const chargeSince = (last: Charged | null, now: Charged, cpus: number, dt: number): Charge => {
  const known = last?.epoch === now.epoch ? last : null;
  const cpuUsec = now.cpuUsec - (known?.cpuUsec ?? 0);
  const most = mostUsec(cpus, last ? elapsedMs(last, now) : dt);
  return {
    cpuUsec: Math.min(most, Math.max(0, Math.round(cpuUsec))),
    egressBytes: last === null ? 0 : Math.round(linkGrowth(known?.egressBytes ?? null, now.egressBytes) ?? 0),
  };
};
