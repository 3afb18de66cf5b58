// What holds a tenant back, strictest first, in words.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GiB } from '../../src/domain/units.ts';
import { one } from './policy-house.ts';
import { CORE } from './policy-values.ts';

test('the strictest of all rules holds, and holds are told strictest first', () => {
  const house = one(
    {
      credits: { baseline: 300, burst: 2000 },
      budgetCpu: { amount: 100 * CORE, period: 'day' },
      windows: [{ name: 'day', when: '* * * * *', cpu: 900 }],
    },
    { cpu: 1500 },
  );
  const verdict = house.tick({ alice: { cpuUsec: 100 * CORE } })['alice'];
  assert.equal(verdict?.effective.cpu, 50);
  assert.deepEqual(
    verdict?.holds.map(({ rule, cap }) => [rule, cap]),
    [
      ['budget', 50],
      ['credits', 300],
      ['window', 900],
      ['house', 2000],
      ['house', 4 * GiB],
    ],
  );
});
