// The beat: no drift, no burst after a pause, never a tick twice.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planBeat } from '../../src/daemon/beat.ts';

test('exact table: start 100, period 1000', () => {
  const table = [
    // last, now, tick, wait, missed
    [-1, 100, 0, 0, 0],
    [-1, 50, 0, 50, 0],
    [0, 100, 1, 1000, 0],
    [0, 130, 1, 970, 0],
    [0, 1099, 1, 1, 0],
    [0, 1100, 1, 0, 0],
    [0, 1700, 1, 0, 0], // late by less than a period: at once
    [1, 1700, 2, 400, 0], // and the next one at its own time
    [1, 5150, 5, 0, 3], // slept through 2, 3 and 4
    [5, 5150, 6, 950, 0],
    [7, 3000, 8, 5100, 0], // a clock that went back: never a tick twice
  ] as const;
  for (const [last, now, tick, waitMs, missed] of table)
    assert.deepEqual(planBeat(100, 1000, last, now), { tick, waitMs, missed }, `last ${last}, now ${now}`);
});

test('however late each tick is, numbers only grow and all are either run or missed', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 60 }), (delays) => {
      let now = 0;
      let last = -1;
      let runs = 0;
      let missed = 0;
      for (const delay of delays) {
        const beat = planBeat(0, 1000, last, now);
        assert.ok(beat.tick > last && beat.waitMs >= 0 && beat.waitMs <= 1000);
        now += beat.waitMs;
        assert.ok(now >= beat.tick * 1000, 'never early');
        last = beat.tick;
        runs += 1;
        missed += beat.missed;
        now += delay;
      }
      assert.equal(runs + missed, last + 1);
    }),
  );
});
