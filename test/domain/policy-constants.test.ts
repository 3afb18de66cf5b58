// The constants: those of the systems they are taken from, and in an order that makes sense.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';

const { score, ladder, guard, turnMs } = DEFAULT_CONSTANTS;
const MINUTE = 60_000;

test('the score and the ladder are those of Arbiter, the guard is that of systemd-oomd', () => {
  assert.deepEqual([score.fillMs / 1000, score.emptyMs / 1000], [600, 1800]);
  assert.deepEqual(
    ladder.tiers.map(({ part, ms }) => [part, ms / MINUTE]),
    [
      [0.8, 30],
      [0.5, 60],
      [0.3, 120],
    ],
  );
  assert.equal(ladder.forgetMs / MINUTE, 180);
  assert.deepEqual([guard.stallFull, guard.stallMs / 1000, guard.stepMs / 1000], [600, 30, 15]);
});

test('a penalty outlasts the pause between opposite acts, so that its end never waits', () => {
  for (const { ms } of ladder.tiers) assert.ok(ms > turnMs);
  assert.ok(ladder.endMs > turnMs);
});

test('who gets less than it is active with is not called at its share', () => {
  assert.ok(score.activity < 1 - score.margin);
  assert.ok(score.hurtPressure.cpu < score.worstPressure && score.hurtPressure.io < score.worstPressure);
});
