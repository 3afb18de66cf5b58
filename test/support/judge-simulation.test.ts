// What a simulation is failed for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthOf, judge, type Run } from './judge-simulation.ts';

const run = (tenants: number, cost: number | null, over: Partial<Run['result']> = {}): Run => ({
  tenants,
  seconds: 3600,
  result: { turnedBack: 0, mostActs: 3, timeToFairness: 1, cost, ...over },
});

test('a cost per tenant that stays or grows a little for want of caches is linear, however much it is', () => {
  assert.deepEqual(judge([run(10, 300), run(100, 310), run(1000, 500), run(10_000, 900)]), []);
  assert.deepEqual(judge([run(10, null), run(100, null)]), []);
});

test('a cost that grows with the square of the tenants, or with the tenants and their root, fails', () => {
  assert.deepEqual(judge([run(10, 1), run(100, 10)]), [
    'the cost is not linear: 10.00 times per tenant with 100 tenants',
  ]);
  assert.equal(judge([run(100, 1), run(10_000, 10)]).length, 1);
});

test('growth is told for ten times the tenants', () => {
  assert.equal(growthOf(run(1000, 4), run(10, 1)), 2);
  assert.equal(growthOf(run(10, 4), undefined), null);
});

test('acts that are turned back, too many acts and a waker without its share fail', () => {
  assert.deepEqual(judge([run(10, 1, { turnedBack: 2, mostActs: 999, timeToFairness: null })]), [
    '2 acts were turned back within a minute with 10 tenants',
    'a tenant saw 999 acts with 10 tenants',
    'one that woke never got its share with 10 tenants',
  ]);
});
