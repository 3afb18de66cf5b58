// When a tenant runs into a limit, said once per burst with the figures. Pure.

import type { EventType } from './events.ts';
import { formatLimit, type Limits } from './limits.ts';
import type { Usage } from './usage.ts';

/** A burst ends when nothing was hit for so long; the next hit is a new event. */
export const BURST_GAP_MS = 60_000;
/** Below this share of throttled periods nobody feels it: one period in ten. */
const THROTTLED_SHARE = 0.1;

/**
 * A copy of a large file hits the limit thousands of times a second, and all that happens is that old file pages go. So
 * hits count only while nine tenths of the limit hold what cannot go so easily, as the guard and the score have it
 * (policy-constants.ts, atLimit), and not the few with which a growing tenant makes room for itself once.
 */
const FULL_SHARE = 0.9;
const LEAST_HITS_PER_SECOND = 10;
/** Where PSI tells whether anybody waits: below one tenth of the time nobody feels it. */
const WAITING_SHARE = 0.1;

export type HitKind = 'cpu-throttled' | 'memory-limit' | 'oom-kill' | 'fork-refused';

/** Monotonic time of the last hit, by kind. */
export type HitState = Readonly<Partial<Record<HitKind, number>>>;

export interface Hit {
  readonly type: EventType & HitKind;
  readonly text: string;
  readonly data: Readonly<Record<string, number | string>>;
}

/** Whether a tenant is slow for its memory limit; a kill says more, and is told instead. */
const isShortOfMemory = (usage: Usage, { memory: limit }: Limits): boolean => {
  const { memory, memoryMaxHits, oomKills, pressure, seconds } = usage;
  if (limit === null || oomKills > 0 || memoryMaxHits < LEAST_HITS_PER_SECOND * seconds) return false;
  return memory >= limit * FULL_SHARE && (pressure === null || pressure.memory >= WAITING_SHARE);
};

/** All that is hit in an interval, whether it is new or goes on. */
export const findHits = (usage: Usage, limits: Limits): Hit[] => {
  const hits: Hit[] = [];
  if (usage.throttledShare >= THROTTLED_SHARE) {
    const percent = Math.round(usage.throttledShare * 100);
    hits.push({
      type: 'cpu-throttled',
      text: `reached its CPU limit of ${formatLimit('cpu', limits)}: throttled in ${percent} % of periods`,
      data: { throttledPeriods: usage.throttledPeriods, throttledPercent: percent, cpuMillis: Math.round(usage.cpu) },
    });
  }
  if (isShortOfMemory(usage, limits)) {
    const { memory, memoryMaxHits, pressure } = usage;
    hits.push({
      type: 'memory-limit',
      text: `is at its memory limit of ${formatLimit('memory', limits)}: it had to make room ${memoryMaxHits} times`,
      data: {
        memoryMaxHits,
        memory,
        ...(pressure && { waitedPercent: Math.round(pressure.memory * 100) }),
      },
    });
  }
  if (usage.oomKills > 0) {
    hits.push({
      type: 'oom-kill',
      text: `ran out of its memory limit of ${formatLimit('memory', limits)}: the kernel killed ${usage.oomKills} of its processes`,
      data: { oomKills: usage.oomKills, memory: usage.memory },
    });
  }
  if (usage.forksRefused > 0) {
    hits.push({
      type: 'fork-refused',
      text: `reached its limit of ${formatLimit('pids', limits)} processes: ${usage.forksRefused} new ones were refused`,
      data: { forksRefused: usage.forksRefused, pids: usage.pids },
    });
  }
  return hits;
};

/**
 * New bursts only; a burst that goes on stays silent.
 * @param now monotonic milliseconds
 */
export const detectHits = (
  before: HitState,
  usage: Usage,
  limits: Limits,
  now: number,
): { hits: Hit[]; state: HitState } => {
  const found = findHits(usage, limits);
  const fresh = found.filter(({ type }) => now - (before[type] ?? Number.NEGATIVE_INFINITY) > BURST_GAP_MS);
  const state = { ...before, ...Object.fromEntries(found.map(({ type }) => [type, now])) };
  return { hits: fresh, state };
};
