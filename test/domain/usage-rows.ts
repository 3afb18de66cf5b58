// Rows of the history as most tests want them; each names what differs.

import fc from 'fast-check';
import { COUNTERS, HOST_TOTALS, OPTIONAL_COUNTERS, ZERO_COUNTERS } from '../../src/domain/accounting.ts';
import {
  AVERAGES,
  HOST_AVERAGES,
  HOST_LASTS,
  HOST_OPTIONAL_LASTS,
  HOST_OPTIONAL_PEAKS,
  HOST_PEAKS,
  HOST_SUMS,
  type HostRow,
  LASTS,
  PEAKS,
  type UsageRow,
} from '../../src/domain/rollup.ts';

export const makeRow = (change: Partial<UsageRow> = {}): UsageRow => ({
  at: 0,
  ms: 10_000,
  ...ZERO_COUNTERS,
  memory: 0,
  memoryCache: 0,
  pidsMilli: 1000,
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

const UNKNOWN_TOTALS = Object.fromEntries(HOST_TOTALS.map((key) => [key, null])) as Record<
  (typeof HOST_TOTALS)[number],
  null
>;

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
  swapUsed: 0,
  diskUsed: 10 * 2 ** 30,
  diskSize: 100 * 2 ** 30,
  cpuSomeUsec: 0,
  memorySomeUsec: 0,
  memoryFullUsec: 0,
  ioSomeUsec: 0,
  ...UNKNOWN_TOTALS,
  pidsPeak: null,
  inodesUsed: null,
  inodes: null,
  ...change,
});

const figure = fc.nat({ max: 2 ** 40 });

export const anyRow: fc.Arbitrary<UsageRow> = fc
  .record({
    ms: fc.nat({ max: 100_000 }),
    ...Object.fromEntries([...COUNTERS, ...AVERAGES, ...PEAKS].map((key) => [key, figure])),
    ...Object.fromEntries([...OPTIONAL_COUNTERS, ...LASTS].map((key) => [key, fc.option(figure)])),
  })
  .map((value) => makeRow(value as Partial<UsageRow>));

export const anyHostRow: fc.Arbitrary<HostRow> = fc
  .record({
    ms: fc.nat({ max: 100_000 }),
    ...Object.fromEntries([...HOST_SUMS, ...HOST_AVERAGES, ...HOST_PEAKS, ...HOST_LASTS].map((key) => [key, figure])),
    ...Object.fromEntries(
      [...HOST_TOTALS, ...HOST_OPTIONAL_PEAKS, ...HOST_OPTIONAL_LASTS].map((key) => [key, fc.option(figure)]),
    ),
  })
  .map((value) => makeHostRow(value as Partial<HostRow>));
