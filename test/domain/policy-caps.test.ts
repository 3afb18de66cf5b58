// The caps of credits and budgets: gradual, in steps, never below the floor.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREDIT_USEC } from '../../src/domain/credits.ts';
import { GiB } from '../../src/domain/units.ts';
import { one } from './policy-house.ts';
import { CORE } from './policy-values.ts';

const HOUR = 3_600_000;

test('credits: the cap is the baseline at zero, rises with what is saved, and falls gradually when it is spent', () => {
  const house = one({ credits: { baseline: 500, burst: 2000 } });
  house.tick({ alice: {} });
  house.edit('alice', (state) => ({ ...state, credits: 20 * CREDIT_USEC }));
  assert.equal(house.tick({ alice: { cpuUsec: 0.5 * CORE } })['alice']?.effective.cpu, 2000);
  const caps: (number | null)[] = [];
  for (let i = 0; i < 3000; i++) {
    const cap = house.tick({ alice: { cpuUsec: 2 * CORE } })['alice']?.effective.cpu ?? null;
    if (cap !== caps.at(-1)) caps.push(cap);
  }
  assert.equal(caps.at(-1), 500);
  caps.forEach((cap, i) => {
    const before = caps[i - 1] ?? 2000;
    assert.ok(before !== null && cap !== null && cap <= before && before - cap <= 75, `${before} -> ${cap}`);
  });
});

test('a budget: the cap goes down from 75 %, never below the floor, never up again within the period', () => {
  const house = one({ budgetCpu: { amount: 1000 * CORE, period: 'day' }, budgetFloor: 100 }, { cpu: 1000 });
  let before = 1000;
  const seen = new Set<number>();
  for (let i = 0; i < 1100; i++) {
    const cap = house.tick({ alice: { cpuUsec: CORE } })['alice']?.effective.cpu ?? 0;
    assert.ok(cap <= before && cap >= 100);
    if (i < 749) assert.equal(cap, 1000);
    seen.add(cap);
    before = cap;
  }
  assert.equal(before, 100);
  assert.equal(seen.size, 51);
  assert.match(house.acts.at(-1)?.cause ?? '', /^100 % of its cpu budget of 16m40s\/day is spent$/);
});

test('a budget of seconds is told in seconds, one of hours in hours', () => {
  const tell = (seconds: number, spent: number) => {
    const house = one({ budgetCpu: { amount: seconds * CORE, period: 'hour' } }, { cpu: 1000 });
    house.tick({ alice: { cpuUsec: spent * CORE } });
    const { cause, figures } = house.acts.at(-1) ?? {};
    return [cause, figures?.['spent'], figures?.['budget']];
  };
  assert.deepEqual(tell(10, 9), ['90 % of its cpu budget of 10s/hour is spent', '9s', '10s/hour']);
  assert.deepEqual(tell(144_000, 120_000), ['83.3 % of its cpu budget of 40h/hour is spent', '33.33h', '40h/hour']);
});

test('a new period gives all back, a second after the last step down', () => {
  const house = one({ budgetCpu: { amount: 3600 * CORE, period: 'hour' } }, { cpu: 1000 });
  house.tick({ alice: { cpuUsec: 3590 * CORE } }, { dt: HOUR - 2000 });
  assert.ok((house.tick({ alice: { cpuUsec: CORE } })['alice']?.effective.cpu ?? 0) < 200);
  assert.equal(house.run(2, { alice: {} })['alice']?.effective.cpu, 1000);
  assert.equal(house.acts.at(-1)?.kind, 'raise');
});

test('a budget of memory lowers the memory, not below a quarter of the limit', () => {
  const house = one({ budgetMemory: { amount: 100 * GiB, period: 'day' } }, { memory: GiB });
  const at = (dt: number): number | null | undefined =>
    house.tick({ alice: { memory: GiB } }, { dt: dt * 1000 })['alice']?.effective.memory;
  assert.equal(at(75), GiB);
  const middle = at(12.5) ?? 0;
  assert.ok(middle < 0.7 * GiB && middle > 0.55 * GiB);
  assert.equal(at(50), 0.25 * GiB);
});
