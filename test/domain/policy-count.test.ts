// What is counted in a tick: credits and budgets in full, whatever the tenant's state and however long the tick.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREDIT_USEC } from '../../src/domain/credits.ts';
import { EMPTY_STATE, type TenantFrame } from '../../src/domain/policy-types.ts';
import { one } from './policy-house.ts';
import { CORE } from './policy-values.ts';

const HOUR = 3_600_000;

test('a tenant that is stopped earns no credits and keeps what it has; a frozen one earns', () => {
  const house = one({ credits: { baseline: 500, burst: 2000 } });
  const credits = (up: TenantFrame['up'], dt: number, cpuUsec = 0): number =>
    (house.tick({ alice: { up, cpuUsec } }, { dt })['alice']?.state.credits ?? 0) / CREDIT_USEC;
  assert.equal(credits('running', HOUR), 30);
  assert.equal(credits('stopped', 30 * 24 * HOUR), 30);
  assert.equal(credits('frozen', HOUR), 60);
  assert.equal(credits('stopped', HOUR, 10 * CREDIT_USEC), 50, 'what it used before it stopped is paid');
});

test('an hour without the daemon is charged to credits and budgets in full', () => {
  const rules = {
    credits: { baseline: 500, burst: 2000 },
    budgetCpu: { amount: 4 * 3600 * CORE, period: 'day' },
  } as const;
  const house = one(rules);
  house.edit('alice', (state) => ({ ...state, credits: 100 * CREDIT_USEC }));
  const { state } = house.tick({ alice: { cpuUsec: 3600 * CORE } }, { dt: HOUR })['alice'] ?? { state: EMPTY_STATE };
  assert.equal((state.credits ?? 0) / CREDIT_USEC, 70);
  assert.equal(state.budgets.cpu?.spent, 3600 * CORE);
});
