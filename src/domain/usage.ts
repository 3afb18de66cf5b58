// Counters read from the kernel, and the rates between two readings. Times in microseconds, sizes in bytes.

/** One reading of a tenant's cgroup. Counters only grow while the cgroup lives; null = this kernel does not say. */
export interface Sample {
  /** Monotonic milliseconds. */
  readonly at: number;
  /** cpu.stat usage_usec (v1: cpuacct.usage / 1000). */
  readonly cpuUsec: number;
  readonly cpuUserUsec: number;
  readonly cpuSystemUsec: number;
  /** nr_periods, nr_throttled, throttled_usec of cpu.stat. */
  readonly periods: number;
  readonly throttled: number;
  readonly throttledUsec: number;
  /** memory.current (v1: usage_in_bytes) less inactive file pages, the figure people mean. */
  readonly memory: number;
  /** File pages in memory, for the record. */
  readonly memoryCache: number;
  readonly swap: number | null;
  /** memory.events, whole tree: times max was hit, processes killed. */
  readonly memoryMaxHits: number;
  readonly oomKills: number;
  /** File pages that were evicted and needed again, whole tree; absent where PSI tells more. */
  readonly refaults?: number;
  readonly pids: number;
  /** Times fork was refused (pids.events max), whole tree. */
  readonly forksRefused: number;
  readonly ioReadBytes: number;
  readonly ioWriteBytes: number;
  readonly ioReadOps: number;
  readonly ioWriteOps: number;
  /** Bytes received and sent by the tenant since its link was made; null = it has none. */
  readonly netRxBytes: number | null;
  readonly netTxBytes: number | null;
  /** PSI totals in microseconds (some), null without PSI. */
  readonly pressure: Pressure | null;
  /** Bytes used and size of the tenant's disk by statfs(2); null while it is not mounted. */
  readonly disk: {
    readonly used: number;
    readonly size: number;
    readonly inodesUsed: number;
    readonly inodes: number;
  } | null;
}

/** The part of a sample that a cgroup knows. */
export type CgroupSample = Omit<Sample, 'disk' | 'netRxBytes' | 'netTxBytes'>;

export interface Pressure {
  readonly cpuSomeUsec: number;
  readonly memorySomeUsec: number;
  readonly memoryFullUsec: number;
  readonly ioSomeUsec: number;
  readonly ioFullUsec: number;
}

/** Rates between two samples of one epoch. Shares are 0..1. */
export interface Usage {
  readonly seconds: number;
  /** Thousandths of a core used. */
  readonly cpu: number;
  /** Share of enforcement periods that were throttled. */
  readonly throttledShare: number;
  readonly memory: number;
  readonly memoryCache: number;
  readonly swap: number | null;
  readonly pids: number;
  readonly ioReadBps: number;
  readonly ioWriteBps: number;
  readonly netRxBps: number | null;
  readonly netTxBps: number | null;
  /** Share of wall time in which some task waited. */
  readonly pressure: { readonly cpu: number; readonly memory: number; readonly io: number } | null;
  readonly disk: Sample['disk'];
  /** Faults in this interval. */
  readonly oomKills: number;
  readonly memoryMaxHits: number;
  readonly forksRefused: number;
  readonly throttledPeriods: number;
}

/** A counter that went backwards means a new cgroup: a new epoch, no usage (R1 in shared field notes: drop the sample). */
export const isNewEpoch = (before: Sample, after: Sample): boolean =>
  after.cpuUsec < before.cpuUsec || after.periods < before.periods || after.at <= before.at;

const rate = (before: number, after: number, seconds: number): number => Math.max(0, after - before) / seconds;

const rateIfKnown = (before: number | null, after: number | null, seconds: number): number | null =>
  before === null || after === null ? null : rate(before, after, seconds);

/**
 * Rates between two samples.
 * @returns undefined at an epoch's border
 */
export const diffSamples = (before: Sample, after: Sample): Usage | undefined => {
  if (isNewEpoch(before, after)) return undefined;
  const seconds = (after.at - before.at) / 1000;
  const periods = after.periods - before.periods;
  const throttled = Math.max(0, after.throttled - before.throttled);
  return {
    seconds,
    cpu: rate(before.cpuUsec, after.cpuUsec, seconds) / 1000,
    throttledShare: periods > 0 ? Math.min(1, throttled / periods) : 0,
    memory: after.memory,
    memoryCache: after.memoryCache,
    swap: after.swap,
    pids: after.pids,
    ioReadBps: rate(before.ioReadBytes, after.ioReadBytes, seconds),
    ioWriteBps: rate(before.ioWriteBytes, after.ioWriteBytes, seconds),
    netRxBps: rateIfKnown(before.netRxBytes, after.netRxBytes, seconds),
    netTxBps: rateIfKnown(before.netTxBytes, after.netTxBytes, seconds),
    pressure: diffPressure(before.pressure, after.pressure, seconds),
    disk: after.disk,
    oomKills: Math.max(0, after.oomKills - before.oomKills),
    memoryMaxHits: Math.max(0, after.memoryMaxHits - before.memoryMaxHits),
    forksRefused: Math.max(0, after.forksRefused - before.forksRefused),
    throttledPeriods: throttled,
  };
};

const diffPressure = (before: Pressure | null, after: Pressure | null, seconds: number): Usage['pressure'] => {
  if (!before || !after) return null;
  const share = (from: number, to: number): number => Math.min(1, rate(from, to, seconds) / 1e6);
  return {
    cpu: share(before.cpuSomeUsec, after.cpuSomeUsec),
    memory: share(before.memorySomeUsec, after.memorySomeUsec),
    io: share(before.ioSomeUsec, after.ioSomeUsec),
  };
};
