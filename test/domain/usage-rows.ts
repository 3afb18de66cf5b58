// Rows of the history as most tests want them; each names what differs.

import { ZERO_COUNTERS } from '../../src/domain/accounting.ts';
import type { HostRow, UsageRow } from '../../src/domain/rollup.ts';

export const makeRow = (change: Partial<UsageRow> = {}): UsageRow => ({
  at: 0,
  ms: 10_000,
  ...ZERO_COUNTERS,
  memory: 0,
  memoryCache: 0,
  pids: 1,
  memoryPeak: 0,
  pidsPeak: 1,
  cpuPeak: 0,
  swap: null,
  diskUsed: null,
  diskSize: null,
  inodesUsed: null,
  inodes: null,
  ...change,
});

export const makeHostRow = (change: Partial<HostRow> = {}): HostRow => ({
  at: 0,
  ms: 10_000,
  capacityUsec: 20_000_000,
  tenantsUsec: 0,
  systemUsec: 0,
  idleUsec: 20_000_000,
  iowaitUsec: 0,
  stolenUsec: 0,
  memoryTotal: 4 * 2 ** 30,
  memoryUsed: 2 ** 30,
  memoryUsedPeak: 2 ** 30,
  ...change,
});
