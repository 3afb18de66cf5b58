// Rows of the history as rates and shares.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostSeriesRowSchema, seriesRowSchema } from '../../src/api/series-contract.ts';
import { buildHostSeriesRow, buildSeriesRow } from '../../src/daemon/series-views.ts';
import type { HostRow } from '../../src/domain/rollup.ts';
import { makeHostRow, makeRow } from '../domain/usage-rows.ts';

test('sums become rates over the length of the row', () => {
  const row = buildSeriesRow(
    makeRow({
      at: Date.parse('2026-06-01T10:00:00Z'),
      ms: 20_000,
      cpuUsec: 10_000_000,
      cpuUserUsec: 6_000_000,
      cpuSystemUsec: 4_000_000,
      periods: 200,
      throttled: 50,
      memory: 4096,
      memoryPeak: 8192,
      memoryCache: 512,
      swap: 64,
      inodesUsed: 8,
      inodes: 9,
      ioReadOps: 40,
      pidsMilli: 3500,
      ioReadBytes: 2000,
      netRxBytes: 40_000,
      diskUsed: 7,
      cpuSomeUsec: 5_000_000,
      oomKills: 1,
      memoryMaxHits: 2,
      forksRefused: 3,
    }),
  );
  assert.deepEqual(seriesRowSchema.parse(row), {
    at: '2026-06-01T10:00:00.000Z',
    seconds: 20,
    cpu: 500,
    cpuUser: 300,
    cpuSystem: 200,
    throttledShare: 0.25,
    memory: 4096,
    memoryPeak: 8192,
    memoryCache: 512,
    swap: 64,
    pids: 3.5,
    ioReadBps: 100,
    ioWriteBps: 0,
    ioReadOps: 2,
    ioWriteOps: 0,
    netRxBps: 2000,
    netTxBps: null,
    diskUsed: 7,
    diskSize: null,
    inodesUsed: 8,
    inodes: 9,
    pressureCpu: 0.25,
    pressureMemory: null,
    pressureIo: null,
    faults: 56,
    faultsCpu: 50,
    faultsMemory: 3,
    faultsPids: 3,
  });
});

test('a row without length has no rates', () => {
  const row = buildSeriesRow(makeRow({ ms: 0, cpuUsec: 5, ioReadBytes: 6, netTxBytes: 7, cpuSomeUsec: 8 }));
  assert.deepEqual([row.cpu, row.ioReadBps, row.netTxBps, row.pressureCpu, row.throttledShare], [0, 0, 0, 0, 0]);
});

test("the host's time is in thousandths of a core", () => {
  const change = {
    ms: 10_000,
    tenantsUsec: 5_000_000,
    systemUsec: 1_000_000,
    idleUsec: 14_000_000,
    iowaitUsec: 500_000,
    cpuSomeUsec: 2_500_000,
  };
  const row = hostSeriesRowSchema.parse(buildHostSeriesRow(makeHostRow(change), true));
  assert.deepEqual(
    [row.capacity, row.tenants, row.system, row.idle, row.iowait, row.stolen],
    [2000, 500, 100, 1400, 50, 0],
  );
  assert.deepEqual([row.pressureCpu, row.pressureMemory, row.pressureIo], [0.25, 0, 0]);
  assert.equal(buildHostSeriesRow(makeHostRow(change), false).pressureCpu, null, 'without PSI nobody knows');
});

test("the host's disks and links are rates, its kills a count, and what is unknown stays unknown", () => {
  const view = (change: Partial<HostRow>) => hostSeriesRowSchema.parse(buildHostSeriesRow(makeHostRow(change), true));
  const row = view({
    ms: 20_000,
    ioReadBytes: 2000,
    ioWriteBytes: 4000,
    ioReadOps: 50,
    ioWriteOps: 0,
    netRxBytes: 60_000,
    netTxBytes: 600,
    oomKills: 3,
    pidsPeak: 145,
    inodesUsed: 7,
    inodes: 9,
  });
  assert.deepEqual([row.ioReadBps, row.ioWriteBps, row.ioReadOps, row.ioWriteOps], [100, 200, 2.5, 0]);
  assert.deepEqual([row.netRxBps, row.netTxBps, row.oomKills], [3000, 30, 3]);
  assert.deepEqual([row.pidsPeak, row.inodesUsed, row.inodes], [145, 7, 9]);
  const none = view({});
  assert.deepEqual([none.ioReadBps, none.ioWriteOps, none.netRxBps, none.oomKills], [null, null, null, null]);
  assert.deepEqual([none.pidsPeak, none.inodesUsed, none.inodes], [null, null, null]);
});
