// Rows of the history as the API shows them: rates and shares instead of sums. Pure.

import type { HostSeriesRow, SeriesRow } from '../api/series-contract.ts';

import { countFaults, type HostRow, type UsageRow } from '../domain/rollup.ts';

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** Per second; a row without length has no rate. */
const rateOf = (sum: number, ms: number): number => (ms > 0 ? (sum * 1000) / ms : 0);
const rateIfKnown = (sum: number | null, ms: number): number | null => (sum === null ? null : rateOf(sum, ms));

/** Thousandths of a core of microseconds of CPU. */
const coresOf = (usec: number, ms: number): number => rateOf(usec, ms) / 1000;

/** Part of the time, 0..1. */
const shareOf = (usec: number | null, ms: number): number | null =>
  usec === null ? null : Math.min(1, rateOf(usec, ms) / 1e6);

export const buildSeriesRow = (row: UsageRow): SeriesRow => {
  const { ms } = row;
  const faults = countFaults(row);
  return {
    at: isoOf(row.at),
    seconds: ms / 1000,
    cpu: coresOf(row.cpuUsec, ms),
    cpuUser: coresOf(row.cpuUserUsec, ms),
    cpuSystem: coresOf(row.cpuSystemUsec, ms),
    throttledShare: row.periods > 0 ? Math.min(1, row.throttled / row.periods) : 0,
    memory: row.memory,
    memoryPeak: row.memoryPeak,
    memoryCache: row.memoryCache,
    swap: row.swap,
    pids: row.pidsMilli / 1000,
    ioReadBps: rateOf(row.ioReadBytes, ms),
    ioWriteBps: rateOf(row.ioWriteBytes, ms),
    ioReadOps: rateOf(row.ioReadOps, ms),
    ioWriteOps: rateOf(row.ioWriteOps, ms),
    netRxBps: rateIfKnown(row.netRxBytes, ms),
    netTxBps: rateIfKnown(row.netTxBytes, ms),
    diskUsed: row.diskUsed,
    diskSize: row.diskSize,
    inodesUsed: row.inodesUsed,
    inodes: row.inodes,
    pressureCpu: shareOf(row.cpuSomeUsec, ms),
    pressureMemory: shareOf(row.memorySomeUsec, ms),
    pressureIo: shareOf(row.ioSomeUsec, ms),
    faults: faults.cpu + faults.memory + faults.pids,
    faultsCpu: faults.cpu,
    faultsMemory: faults.memory,
    faultsPids: faults.pids,
  };
};

/** @param psi whether this host has PSI: without, its totals are zero */
export const buildHostSeriesRow = (row: HostRow, psi: boolean): HostSeriesRow => ({
  at: isoOf(row.at),
  seconds: row.ms / 1000,
  capacity: coresOf(row.capacityUsec, row.ms),
  tenants: coresOf(row.tenantsUsec, row.ms),
  system: coresOf(row.systemUsec, row.ms),
  idle: coresOf(row.idleUsec, row.ms),
  iowait: coresOf(row.iowaitUsec, row.ms),
  stolen: coresOf(row.stolenUsec, row.ms),
  memoryTotal: row.memoryTotal,
  memoryUsed: row.memoryUsed,
  memoryUsedPeak: row.memoryUsedPeak,
  swapUsed: row.swapUsed,
  diskUsed: row.diskUsed,
  diskSize: row.diskSize,
  inodesUsed: row.inodesUsed,
  inodes: row.inodes,
  pidsPeak: row.pidsPeak,
  ioReadBps: rateIfKnown(row.ioReadBytes, row.ms),
  ioWriteBps: rateIfKnown(row.ioWriteBytes, row.ms),
  ioReadOps: rateIfKnown(row.ioReadOps, row.ms),
  ioWriteOps: rateIfKnown(row.ioWriteOps, row.ms),
  netRxBps: rateIfKnown(row.netRxBytes, row.ms),
  netTxBps: rateIfKnown(row.netTxBytes, row.ms),
  oomKills: row.oomKills,
  pressureCpu: psi ? shareOf(row.cpuSomeUsec, row.ms) : null,
  pressureMemory: psi ? shareOf(row.memorySomeUsec, row.ms) : null,
  pressureIo: psi ? shareOf(row.ioSomeUsec, row.ms) : null,
});
