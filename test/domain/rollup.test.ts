// Long rows from short ones: sums, averages by time, peaks and last values.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { COUNTERS, HOST_TOTALS, OPTIONAL_COUNTERS } from '../../src/domain/accounting.ts';
import { AVERAGES, countFaults, HOST_SUMS, LASTS, PEAKS, slotOf } from '../../src/domain/rollup.ts';
import { rollUp, rollUpHost } from '../support/rollup.ts';
import { anyHostRow, anyRow, makeHostRow, makeRow } from './usage-rows.ts';

test('sums are summed, averages weighted by time, peaks the highest, last values the last', () => {
  const row = rollUp(
    [
      makeRow({ at: 0, ms: 10_000, cpuUsec: 5, memory: 100, memoryPeak: 150, diskUsed: 7, netRxBytes: 3 }),
      makeRow({ at: 10_000, ms: 30_000, cpuUsec: 7, memory: 200, memoryPeak: 120, diskUsed: 9, netRxBytes: null }),
      makeRow({ at: 20_000, ms: 0, cpuUsec: 1, memory: 999, memoryPeak: 10, diskUsed: null, netRxBytes: 4 }),
    ],
    0,
  );
  assert.deepEqual(
    [row.at, row.ms, row.cpuUsec, row.memory, row.memoryPeak, row.diskUsed, row.netRxBytes, row.netTxBytes],
    [0, 40_000, 13, 175, 150, 9, 7, null],
  );
});

test('rows without any length have the plain mean', () => {
  assert.equal(rollUp([makeRow({ ms: 0, memory: 1 }), makeRow({ ms: 0, memory: 3 })], 0).memory, 2);
  assert.equal(rollUp([], 0).memory, 0);
});

test('a slot begins at whole steps of the wall clock', () => {
  const at = Date.parse('2026-03-29T01:59:59.999Z');
  assert.equal(new Date(slotOf(at, 10)).toISOString(), '2026-03-29T01:59:50.000Z');
  assert.equal(new Date(slotOf(at, 60)).toISOString(), '2026-03-29T01:59:00.000Z');
  assert.equal(new Date(slotOf(at, 3600)).toISOString(), '2026-03-29T01:00:00.000Z');
});

test('faults are what the kernel counted', () => {
  const row = makeRow({ throttled: 4, memoryMaxHits: 2, oomKills: 1, forksRefused: 6 });
  assert.deepEqual(countFaults(row), { cpu: 4, memory: 3, pids: 6 });
});

const chunk = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

test('an hour from minutes is the hour from the tens of seconds they came from', () => {
  fc.assert(
    fc.property(fc.array(anyRow, { minLength: 1, maxLength: 24 }), fc.integer({ min: 1, max: 7 }), (rows, size) => {
      const at = 0;
      const direct = rollUp(rows, at);
      const parts = chunk(rows, size).map((part) => rollUp(part, at));
      const steps = rollUp(parts, at);
      for (const key of ['ms', ...COUNTERS, ...OPTIONAL_COUNTERS, ...PEAKS, ...LASTS] as const)
        assert.equal(steps[key], direct[key], key);
      for (const key of AVERAGES) {
        const all = rows.map((one) => one[key]);
        assert.ok(direct[key] >= Math.min(...all) && direct[key] <= Math.max(...all), key);
      }
    }),
  );
});

test("the host's sums are those of its parts", () => {
  fc.assert(
    fc.property(fc.array(anyHostRow, { minLength: 1, maxLength: 20 }), (rows) => {
      const whole = rollUpHost(rows, 60_000);
      for (const key of ['ms', ...HOST_SUMS] as const)
        assert.equal(
          whole[key],
          rows.reduce((total, one) => total + one[key], 0),
        );
      assert.deepEqual([whole.at, whole.memoryTotal], [60_000, rows.at(-1)?.memoryTotal]);
      for (const key of HOST_TOTALS) {
        const known = rows.map((one) => one[key]).filter((value) => value !== null);
        assert.equal(whole[key], known.length === 0 ? null : known.reduce((a, b) => a + b, 0), key);
      }
      assert.equal(whole.memoryUsedPeak, Math.max(...rows.map((one) => one.memoryUsedPeak)));
    }),
  );
});

test('what is unknown of the host in one part is what the others say, and unknown where all are', () => {
  const parts = [
    makeHostRow({ ioReadBytes: 5, pidsPeak: 90, inodes: 7 }),
    makeHostRow({ pidsPeak: 80 }),
    makeHostRow({ ioReadBytes: 6 }),
  ];
  const { ioReadBytes, pidsPeak, inodes, oomKills, inodesUsed } = rollUpHost(parts, 0);
  assert.deepEqual([ioReadBytes, pidsPeak, inodes, oomKills, inodesUsed], [11, 90, 7, null, null]);
});
