// From two readings to rates: exact figures, and a new epoch when counters start anew.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { diffSamples, isNewEpoch } from '../../src/domain/usage.ts';
import { makeSample } from './tenant-values.ts';

const pressure = (n: number) => ({
  cpuSomeUsec: n,
  memorySomeUsec: n,
  memoryFullUsec: n,
  ioSomeUsec: n,
  ioFullUsec: n,
});

test('rates are the differences over the time between', () => {
  const before = makeSample({
    at: 1000,
    cpuUsec: 10,
    periods: 10,
    throttled: 2,
    ioReadBytes: 100,
    netRxBytes: 1000,
    netTxBytes: null,
    oomKills: 1,
    pressure: pressure(0),
  });
  const after = makeSample({
    at: 3000,
    cpuUsec: 1_000_010,
    periods: 30,
    throttled: 7,
    ioReadBytes: 1100,
    ioWriteBytes: 50,
    netRxBytes: 5000,
    netTxBytes: 7,
    memory: 4096,
    memoryCache: 8192,
    swap: null,
    pids: 3,
    oomKills: 3,
    forksRefused: 4,
    memoryMaxHits: 5,
    pressure: pressure(500_000),
  });
  assert.deepEqual(diffSamples(before, after), {
    seconds: 2,
    cpu: 500,
    throttledShare: 0.25,
    memory: 4096,
    memoryCache: 8192,
    swap: null,
    pids: 3,
    ioReadBps: 500,
    ioWriteBps: 25,
    netRxBps: 2000,
    netTxBps: null,
    pressure: { cpu: 0.25, memory: 0.25, io: 0.25 },
    disk: null,
    oomKills: 2,
    memoryMaxHits: 5,
    forksRefused: 4,
    throttledPeriods: 5,
  });
});

test('a counter that went back is a new epoch without usage', () => {
  const before = makeSample({ at: 1000, cpuUsec: 500, periods: 5 });
  assert.equal(diffSamples(before, makeSample({ at: 2000, cpuUsec: 499, periods: 5 })), undefined);
  assert.equal(diffSamples(before, makeSample({ at: 2000, cpuUsec: 500, periods: 4 })), undefined);
  assert.equal(diffSamples(before, makeSample({ at: 1000, cpuUsec: 500, periods: 5 })), undefined);
  assert.equal(isNewEpoch(before, makeSample({ at: 1001, cpuUsec: 500, periods: 5 })), false);
});

test('without periods nothing was throttled, without pressure there is none', () => {
  const usage = diffSamples(makeSample({ at: 0 }), makeSample({ at: 1000, pressure: pressure(1) }));
  assert.equal(usage?.throttledShare, 0);
  assert.equal(usage?.pressure, null);
});

test('no figure is ever negative, infinite or no number, and shares stay within 0 and 1', () => {
  const counter = fc.nat({ max: 1e12 });
  const sample = fc
    .record({
      at: fc.nat({ max: 1e9 }),
      cpuUsec: counter,
      periods: counter,
      throttled: counter,
      ioReadBytes: counter,
      oomKills: counter,
      forksRefused: counter,
      n: counter,
    })
    .map(({ n, ...rest }) => makeSample({ ...rest, pressure: pressure(n) }));
  fc.assert(
    fc.property(sample, sample, (before, after) => {
      const usage = diffSamples(before, after);
      if (!usage) return assert.ok(isNewEpoch(before, after));
      const { cpu, ioReadBps, ioWriteBps, oomKills, forksRefused, throttledPeriods, throttledShare, pressure } = usage;
      for (const n of [cpu, ioReadBps, ioWriteBps, oomKills, forksRefused, throttledPeriods])
        assert.ok(n >= 0 && Number.isFinite(n));
      for (const share of [throttledShare, pressure?.cpu ?? 0, pressure?.io ?? 0]) assert.ok(share >= 0 && share <= 1);
    }),
  );
});
