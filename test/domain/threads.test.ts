// How many processors a tenant takes itself to have.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countThreads } from '../../src/domain/threads.ts';

test('a share of a core is one thread, and more than whole cores is one more', () => {
  for (const [cpu, threads] of [
    [10, 1],
    [500, 1],
    [1000, 1],
    [1001, 2],
    [1500, 2],
    [2000, 2],
  ] as const)
    assert.equal(countThreads(cpu, 4), threads, `${cpu}`);
});

test('nothing is said without a limit, or where the limit is no less than the host has', () => {
  assert.equal(countThreads(null, 4), null);
  assert.equal(countThreads(3001, 4), null);
  assert.equal(countThreads(8000, 4), null);
  assert.equal(countThreads(500, 1), null);
});
