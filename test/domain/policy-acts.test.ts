// What is told of a decision: only what changed, nothing that turns back soon, and the end in the mode of the beginning.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREDIT_USEC } from '../../src/domain/credits.ts';
import { GiB } from '../../src/domain/units.ts';
import { one, tellActs } from './policy-house.ts';
import { CORE, makeConfig } from './policy-values.ts';

test('what is decided as before is not told again', () => {
  const house = one({ credits: { baseline: 500, burst: 2000 } });
  house.run(100, { alice: { cpuUsec: 0.5 * CORE } });
  assert.deepEqual(tellActs(house.acts), ['credits lower cpu null 500']);
});

test('a grant is felt in the next tick, though the cap was lowered a second ago', () => {
  const house = one({ credits: { baseline: 500, burst: 2000 } });
  assert.equal(house.tick({ alice: {} })['alice']?.acts.length, 1);
  house.edit('alice', (state) => ({ ...state, credits: 100 * CREDIT_USEC }));
  assert.equal(house.tick({ alice: {} })['alice']?.effective.cpu, 2000);
});

test('without a new cause a cap does not turn back within a minute', () => {
  const house = one({ credits: { baseline: 100, burst: 200 } });
  house.tick({ alice: {} }, { dt: 1000 });
  const rise = house.run(58, { alice: {} });
  assert.equal(rise['alice']?.effective.cpu, 100);
  assert.ok((rise['alice']?.state.credits ?? 0) > 5 * 1_000_000, 'there is enough for a higher cap');
  assert.ok((house.run(3, { alice: {} })['alice']?.effective.cpu ?? 0) > 100);
});

test('an act on memory neither holds back nor lets through one of the same rule on CPU', () => {
  const budgets = {
    budgetCpu: { amount: 8000 * CORE, period: 'day' },
    budgetMemory: { amount: 100 * GiB, period: 'hour' },
  } as const;
  const house = one(budgets, { cpu: 1000, memory: GiB });
  house.tick({ alice: { cpuUsec: 6000 * CORE, memory: GiB } }, { dt: 3_598_000 });
  const step = { alice: { cpuUsec: 60 * CORE } };
  house.run(4, step);
  assert.deepEqual(tellActs(house.acts.slice(1)), [
    'budget lower cpu null 981',
    'budget lower cpu 981 943',
    `budget raise memory ${GiB / 4} null`,
    'budget lower cpu 943 924',
    'budget lower cpu 924 886',
  ]);
});

test('a state of before the acts were known by resource holds back as it did', () => {
  const house = one({ credits: { baseline: 100, burst: 200 } });
  house.tick({ alice: {} });
  house.edit('alice', ({ decided, ...state }) => {
    const { 'credits.cpu': last } = decided.lastAct;
    return { ...state, decided: { ...decided, lastAct: { credits: last } } };
  });
  assert.equal(house.run(58, { alice: {} })['alice']?.effective.cpu, 100);
  assert.ok((house.run(3, { alice: {} })['alice']?.effective.cpu ?? 0) > 100);
});

test('a clock set back before a decision between two ticks does not let a cap turn back earlier', () => {
  const house = one({ credits: { baseline: 200, burst: 1500 } });
  house.tick({ alice: {} });
  house.setClock(-2 * 3_600_000);
  house.edit('alice', (state) => ({ ...state, credits: CREDIT_USEC }));
  house.tick({ alice: {} }, { dt: 0 });
  const caps = (count: number) => house.run(count, { alice: { cpuUsec: 0.56 * CORE } })['alice']?.effective.cpu;
  assert.deepEqual([caps(59), caps(1)], [330, 265]);
});

test('a rule that is switched to watch lets go in its old mode and goes on in the new one', () => {
  const credits = { baseline: 500, burst: 2000 };
  const house = one({ credits });
  house.tick({ alice: {} });
  house.change(makeConfig({ alice: { rules: { credits, creditsMode: 'watch' } } }));
  assert.equal(house.tick({ alice: {} })['alice']?.effective.cpu, null);
  house.change(makeConfig({ alice: { rules: { credits, creditsMode: 'off' } } }));
  house.tick({ alice: {} });
  assert.deepEqual(
    house.acts.map(({ kind, mode, to }) => `${kind} ${mode} ${to}`),
    ['lower enforce 500', 'raise enforce null', 'lower watch 500', 'raise watch null'],
  );
});
