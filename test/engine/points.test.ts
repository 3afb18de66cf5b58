// The packed ring of the last 15 minutes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Usage } from '../../src/domain/usage.ts';
import { KEPT_POINTS, Points } from '../../src/engine/points.ts';

const usageOf = (n: number, change: Partial<Usage> = {}): Usage => ({
  seconds: 1,
  cpu: n,
  throttledShare: 0.25,
  memory: n * 4096,
  memoryCache: 8192,
  swap: 0,
  pids: 3,
  ioReadBps: 0,
  ioWriteBps: 1024,
  netRxBps: 2048,
  netTxBps: 0,
  pressure: { cpu: 0.5, memory: 0, io: 0.125 },
  disk: { used: 1024, size: 1 << 30, inodesUsed: 11, inodes: 65536 },
  oomKills: 0,
  memoryMaxHits: 2,
  forksRefused: 0,
  throttledPeriods: 4,
  ...change,
});

test('what goes in comes out, in order, at whole seconds', () => {
  const points = new Points();
  for (let n = 0; n < 130; n++) points.push(1_700_000_000_250 + n * 1000, usageOf(n));
  const list = points.list();
  assert.equal(list.length, 130);
  assert.deepEqual(list[0], { at: 1_700_000_000_000, usage: usageOf(0) });
  assert.deepEqual(list[129], { at: 1_700_000_129_000, usage: usageOf(129) });
});

test('the oldest goes when the ring is full', () => {
  const points = new Points();
  for (let n = 0; n < KEPT_POINTS + 50; n++) points.push(n * 1000, usageOf(n));
  const list = points.list();
  assert.equal(list.length, KEPT_POINTS);
  assert.equal(list[0]?.usage.cpu, 50);
  assert.equal(list.at(-1)?.usage.cpu, KEPT_POINTS + 49);
  assert.deepEqual(
    list.map(({ at }) => at),
    list.map((_, i) => (50 + i) * 1000),
  );
});

test('what the kernel does not say stays unsaid', () => {
  const points = new Points();
  const unsaid = { swap: null, netRxBps: null, netTxBps: null, pressure: null, disk: null };
  points.push(0, usageOf(1, unsaid));
  assert.deepEqual(points.list()[0]?.usage, usageOf(1, unsaid));
});

test('a figure is kept within a two thousandth, whatever its size; a whole number up to 2048 exactly', () => {
  const kept = (cpu: number): number => {
    const points = new Points();
    points.push(0, usageOf(0, { cpu }));
    return points.list()[0]?.usage.cpu ?? Number.NaN;
  };
  for (const n of [0, 1, 2, 999, 1000, 2047, 2048]) assert.equal(kept(n), n);
  fc.assert(
    fc.property(fc.double({ min: 1e-5, max: 6e13, noNaN: true }), (value) => {
      assert.ok(Math.abs(kept(value) - value) <= value / 2000, `${value} is kept as ${kept(value)}`);
    }),
  );
});

test('what is too small for a graph is nothing, and what is too large is the largest, not something else', () => {
  const points = new Points();
  points.push(0, usageOf(0, { cpu: 1e-9, ioReadBps: 1e30 }));
  const usage = points.list()[0]?.usage;
  assert.equal(usage?.cpu, 0);
  assert.ok((usage?.ioReadBps ?? 0) > 7e13 && (usage?.ioReadBps ?? 0) < 7.1e13, `${usage?.ioReadBps}`);
});
