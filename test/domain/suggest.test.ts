// Suggested limits: the 95th percentile by time, headroom, round numbers, and silence without history.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { suggestLimits, type UsageRow } from '../../src/domain/suggest.ts';
import { GiB, MiB } from '../../src/domain/units.ts';

const LIMITS = { cpu: 1000, memory: null, pids: 512, disk: null };
const row = (over: Partial<UsageRow> = {}): UsageRow => ({
  ...{ seconds: 60, cpu: 0, cpuPeak: 0, memoryPeak: 0, pids: 0, diskUsed: null },
  ...over,
});

test('p95 plus headroom, rounded up, with the figures behind it', () => {
  const rows = Array.from({ length: 100 }, (_, i) =>
    row({
      cpu: (i + 1) * 10,
      cpuPeak: i === 7 ? 1990 : 500,
      memoryPeak: (i + 1) * 10 * MiB,
      pids: i + 1,
      diskUsed: 3 * GiB,
    }),
  );
  assert.deepEqual(suggestLimits(rows, LIMITS), [
    { resource: 'cpu', value: 1200, now: 1000, p95: 950, peak: 1990, hours: 1.7 },
    { resource: 'memory', value: 1472 * MiB, now: null, p95: 950 * MiB, peak: 1000 * MiB, hours: 1.7 },
    { resource: 'pids', value: 192, now: 512, p95: 95, peak: 100, hours: 1.7 },
    { resource: 'disk', value: 5 * GiB, now: null, p95: 3 * GiB, peak: 3 * GiB, hours: 1.7 },
  ]);
});

test('rows count by their length: an hour outweighs a minute', () => {
  const rows = [row({ seconds: 3600 * 40, cpu: 200 }), ...Array.from({ length: 60 }, () => row({ cpu: 2000 }))];
  assert.equal(suggestLimits(rows, LIMITS)[0]?.p95, 200);
});

test('less than an hour of history suggests nothing, nor does a resource that was never told', () => {
  assert.deepEqual(suggestLimits([], LIMITS), []);
  assert.deepEqual(suggestLimits([row({ seconds: 3599 })], LIMITS), []);
  const known = suggestLimits([row({ seconds: 3600 })], LIMITS).map(({ resource, value }) => [resource, value]);
  assert.deepEqual(known, [
    ['cpu', 100],
    ['memory', 128 * MiB],
    ['pids', 64],
  ]);
});

test('the peak of a time that nobody watched is its average', () => {
  const [cpu] = suggestLimits([row({ seconds: 3600, cpu: 700, cpuPeak: 0 })], LIMITS);
  assert.deepEqual([cpu?.p95, cpu?.peak], [700, 700]);
});

test('a suggestion always leaves room above the 95th percentile', () => {
  const any = fc.record({
    seconds: fc.constantFrom(10, 60, 3600),
    cpu: fc.nat(64_000),
    cpuPeak: fc.nat(64_000),
    memoryPeak: fc.nat(64 * GiB),
    pids: fc.nat(30_000),
    diskUsed: fc.nat(900 * GiB),
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 80 }), (rows) => {
      for (const { value, p95, peak } of suggestLimits(rows, LIMITS)) {
        assert.ok(value >= p95 * 1.25);
        assert.ok(p95 <= peak);
      }
    }),
  );
});
