// From cumulative counters to what was used, across restarts of the tenant, the daemon and the box. Pure.

import type { Sample } from './usage.ts';

/** Counters every kernel we run on has. */
export const COUNTERS = [
  'cpuUsec',
  'cpuUserUsec',
  'cpuSystemUsec',
  'throttledUsec',
  'periods',
  'throttled',
  'ioReadBytes',
  'ioWriteBytes',
  'ioReadOps',
  'ioWriteOps',
  'memoryMaxHits',
  'oomKills',
  'forksRefused',
] as const;

/** Bytes over the link, and pressure stall totals: null where there is no link, no PSI. */
const NETWORK_COUNTERS = ['netRxBytes', 'netTxBytes'] as const;
const PRESSURE_COUNTERS = ['cpuSomeUsec', 'memorySomeUsec', 'memoryFullUsec', 'ioSomeUsec', 'ioFullUsec'] as const;
export const OPTIONAL_COUNTERS = [...NETWORK_COUNTERS, ...PRESSURE_COUNTERS] as const;

type CounterKey = (typeof COUNTERS)[number];
type OptionalKey = (typeof OPTIONAL_COUNTERS)[number];

/** Totals of one tenant's group since it was made. */
export type Counters = { readonly [K in CounterKey]: number } & { readonly [K in OptionalKey]: number | null };

/** What was used between two readings; never negative. */
export type Delta = Counters;

/** When, and in which run of the box. */
export interface Moment {
  readonly boot: string;
  /** Milliseconds since the box started; see `elapsedMs`. */
  readonly up: number;
}

/** Counters as they were accounted last, and when. */
export interface Stored extends Moment {
  /** Which run of the box and which cgroup: a counter of another one began at zero, however large it is now. */
  readonly epoch: string;
  readonly counters: Counters;
}

export const ZERO_COUNTERS: Counters = {
  ...(Object.fromEntries(COUNTERS.map((key) => [key, 0])) as Record<CounterKey, number>),
  ...(Object.fromEntries(OPTIONAL_COUNTERS.map((key) => [key, null])) as Record<OptionalKey, null>),
};

export const pickCounters = (sample: Sample): Counters => ({
  cpuUsec: sample.cpuUsec,
  cpuUserUsec: sample.cpuUserUsec,
  cpuSystemUsec: sample.cpuSystemUsec,
  throttledUsec: sample.throttledUsec,
  periods: sample.periods,
  throttled: sample.throttled,
  ioReadBytes: sample.ioReadBytes,
  ioWriteBytes: sample.ioWriteBytes,
  ioReadOps: sample.ioReadOps,
  ioWriteOps: sample.ioWriteOps,
  memoryMaxHits: sample.memoryMaxHits,
  oomKills: sample.oomKills,
  forksRefused: sample.forksRefused,
  netRxBytes: sample.netRxBytes,
  netTxBytes: sample.netTxBytes,
  cpuSomeUsec: sample.pressure?.cpuSomeUsec ?? null,
  memorySomeUsec: sample.pressure?.memorySomeUsec ?? null,
  memoryFullUsec: sample.pressure?.memoryFullUsec ?? null,
  ioSomeUsec: sample.pressure?.ioSomeUsec ?? null,
  ioFullUsec: sample.pressure?.ioFullUsec ?? null,
});

/**
 * Time the box ran between two readings. By the time since its start, so that neither a jump of the wall clock nor the
 * hours it was switched off count.
 */
export const elapsedMs = (last: Moment, now: Moment): number =>
  last.boot === now.boot ? Math.max(0, now.up - last.up) : now.up;

/** The clocks of a counter and of its reading differ by a little: 5 %, and a scheduler period of 100 ms on each CPU. */
const TOLERANCE = 1.05;
const SLACK_USEC = 100_000;

/** More than this nobody can have used in that time; what is above is a broken counter. */
export const mostUsec = (cpus: number, ms: number): number => Math.round(cpus * (ms * 1000 * TOLERANCE + SLACK_USEC));

export interface Interval {
  readonly cpus: number;
  readonly ms: number;
}

/** Whether the counters start from zero: another group, or a box whose counters went back under the same name. */
export const startsAnew = (last: Stored, now: Counters, epoch: string): boolean =>
  last.epoch !== epoch || now.cpuUsec < last.counters.cpuUsec;

/**
 * One counter within an epoch. Less than before is nothing new: a total over groups loses those that are gone when the
 * daemon that added them up is.
 */
const growth = (last: number, now: number): number => Math.max(0, now - last);

/** A link may be replaced while its tenant runs: then it counts from zero. */
export const linkGrowth = (last: number | null, now: number | null): number | null =>
  now === null ? null : last === null || now < last ? now : now - last;

const stallGrowth = (last: number | null, now: number | null, most: number): number | null =>
  now === null ? null : Math.min(most, growth(last ?? 0, now));

/**
 * What was used since the last reading.
 * @param last null for a tenant never seen before: what it used earlier is nobody's row
 * @param interval the time in between, which bounds what CPUs can have done
 */
export const advance = (last: Stored | null, now: Counters, epoch: string, interval: Interval): Delta => {
  if (last === null) return sinceUnknown(now);
  const from = startsAnew(last, now, epoch) ? ZERO_COUNTERS : last.counters;
  const most = mostUsec(interval.cpus, interval.ms);
  const mostStalled = mostUsec(1, interval.ms);
  const delta: Record<string, number | null> = {};
  for (const key of COUNTERS) delta[key] = growth(from[key], now[key]);
  for (const key of ['cpuUsec', 'cpuUserUsec', 'cpuSystemUsec'] as const)
    delta[key] = Math.min(most, Number(delta[key]));
  for (const key of NETWORK_COUNTERS) delta[key] = linkGrowth(from[key], now[key]);
  for (const key of PRESSURE_COUNTERS) delta[key] = stallGrowth(from[key], now[key], mostStalled);
  return delta as Delta;
};

const sinceUnknown = (now: Counters): Delta => ({
  ...ZERO_COUNTERS,
  ...Object.fromEntries(OPTIONAL_COUNTERS.map((key) => [key, now[key] === null ? null : 0])),
});

/** What the box did since it started, by the kernel's tables: see ports/host, HostTotals. Null where those do not tell. */
export const HOST_TOTALS = [
  'ioReadBytes',
  'ioWriteBytes',
  'ioReadOps',
  'ioWriteOps',
  'netRxBytes',
  'netTxBytes',
  'oomKills',
] as const;

type HostTotalKey = (typeof HOST_TOTALS)[number];
type Totals = { readonly [K in HostTotalKey]: number | null };

/** Of the whole host, microseconds of all CPUs together since its start (proc_stat(5)). */
export interface HostTimes {
  readonly busyUsec: number;
  /** With waiting for disks. */
  readonly idleUsec: number;
  readonly iowaitUsec: number;
  /** By the hypervisor, for others. */
  readonly stolenUsec: number;
  /** Time in which some (full: all) tasks waited, wall microseconds (psi.rst); 0 without PSI. */
  readonly cpuSomeUsec: number;
  readonly memorySomeUsec: number;
  readonly memoryFullUsec: number;
  readonly ioSomeUsec: number;
}

export type HostCounters = HostTimes & Totals;

/** A box that was just started: what its tables do not tell by now, they may yet. */
export const HOST_ZERO: HostCounters = {
  ...(Object.fromEntries(HOST_TOTALS.map((key) => [key, 0])) as Record<HostTotalKey, number>),
  busyUsec: 0,
  idleUsec: 0,
  iowaitUsec: 0,
  stolenUsec: 0,
  cpuSomeUsec: 0,
  memorySomeUsec: 0,
  memoryFullUsec: 0,
  ioSomeUsec: 0,
};

export const HOST_WAITS = ['cpuSomeUsec', 'memorySomeUsec', 'memoryFullUsec', 'ioSomeUsec'] as const;

export interface HostStored extends Moment {
  readonly counters: HostCounters;
}

/** Where the time of all CPUs went; tenants + system + idle is the capacity. And what the box did in that time. */
export interface HostDelta extends Totals {
  readonly capacityUsec: number;
  readonly tenantsUsec: number;
  /** All that was neither the tenants' nor free: the host's own processes, the kernel, and what was stolen. */
  readonly systemUsec: number;
  readonly idleUsec: number;
  /** Parts of idle and of system. */
  readonly iowaitUsec: number;
  readonly stolenUsec: number;
  /** Wall microseconds, as in HostCounters. */
  readonly cpuSomeUsec: number;
  readonly memorySomeUsec: number;
  readonly memoryFullUsec: number;
  readonly ioSomeUsec: number;
}

/** Unknown at one of its ends, unknown: it may have counted for years. Records of older programs have no such key. */
const totalGrowth = (last: number | null | undefined, now: number | null): number | null =>
  now === null || typeof last !== 'number' ? null : growth(last, now);

const growTotals = (from: Partial<Totals>, now: Totals): Totals =>
  Object.fromEntries(HOST_TOTALS.map((key) => [key, totalGrowth(from[key], now[key])])) as Totals;

export const pickTotals = (totals: Totals): Totals =>
  Object.fromEntries(HOST_TOTALS.map((key) => [key, totals[key]])) as Totals;

const growWaits = (from: HostCounters, now: HostCounters): Pick<HostDelta, (typeof HOST_WAITS)[number]> =>
  Object.fromEntries(HOST_WAITS.map((key) => [key, growth(from[key], now[key])])) as Pick<
    HostDelta,
    (typeof HOST_WAITS)[number]
  >;

/**
 * The host's side of the account.
 * /proc/stat counts in ticks of 10 ms, tenants are counted by the scheduler's clock: where those say more than was busy,
 * the difference is taken from idle, so that no time is counted twice.
 * @param tenantsUsec what the tenants used in the same time
 */
export const advanceHost = (last: HostStored, now: HostStored, tenantsUsec: number, cpus: number): HostDelta => {
  const from = last.boot === now.boot ? last.counters : HOST_ZERO;
  const busy = growth(from.busyUsec, now.counters.busyUsec);
  const idle = growth(from.idleUsec, now.counters.idleUsec);
  const stolen = growth(from.stolenUsec, now.counters.stolenUsec);
  const total = busy + idle + stolen;
  const tenants = Math.min(tenantsUsec, total);
  const system = Math.min(Math.max(0, busy + stolen - tenants), total - tenants);
  const rest = total - tenants - system;
  return {
    capacityUsec: Math.round(elapsedMs(last, now) * 1000 * cpus),
    tenantsUsec: tenants,
    systemUsec: system,
    idleUsec: rest,
    iowaitUsec: Math.min(rest, growth(from.iowaitUsec, now.counters.iowaitUsec)),
    stolenUsec: Math.min(system, stolen),
    ...growWaits(from, now.counters),
    ...growTotals(from, now.counters),
  };
};
