// The guard in the decision: who is walked, and who is left alone while the host runs short.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rules } from '../../src/domain/rules.ts';
import { GiB, MiB } from '../../src/domain/units.ts';
import { one, openHouse, tellActs } from './policy-house.ts';
import { makeConfig } from './policy-values.ts';

test('the guard walks a tenant that stalls, and tells what it rests on', () => {
  const house = one({}, { memory: 256 * MiB });
  house.run(60, { alice: { memory: 250 * MiB, memoryFull: 900 } });
  assert.deepEqual(tellActs(house.acts), [
    `guard reclaim memory ${250 * MiB} ${225 * MiB}`,
    'guard notice memory null null',
    'guard kill memory null null',
  ]);
  assert.equal(house.acts[0]?.figures['memoryFull'], 900);
});

/** Kinds of what the guard does to alice, who stalls for five minutes at what her limit is by then. */
const stallAt = (rules: Partial<Rules>, memory: number | null, of: (limit: number) => number): string[] => {
  const house = one(rules, { memory });
  // a memory budget of which all is spent
  let limit = house.tick({ alice: { memory: GiB } }, { dt: 100_000 })['alice']?.effective.memory ?? 4 * GiB;
  for (let i = 0; i < 300; i++)
    limit = house.tick({ alice: { memory: of(limit), memoryFull: 900 } })['alice']?.effective.memory ?? limit;
  return house.acts.filter(({ rule }) => rule === 'guard').map(({ kind }) => kind);
};

const SPENT = { budgetMemory: { amount: 50 * GiB, period: 'day' } } as const;
const ALL_STEPS = ['reclaim', 'notice', 'kill', 'kill', 'kill', 'restart'];

test('who stalls at what a rule leaves of its memory is reclaimed from and told, and nothing of it is ended', () => {
  const full = (limit: number): number => 0.97 * limit;
  assert.deepEqual(stallAt(SPENT, GiB, full), ['reclaim', 'notice']);
  assert.deepEqual(stallAt(SPENT, null, full), ['reclaim', 'notice']);
  assert.deepEqual(stallAt({ ...SPENT, budgetMode: 'watch' }, GiB, full), ALL_STEPS);
  assert.deepEqual(stallAt({}, GiB, full), ALL_STEPS);
  // on the way down to the rule's cap it still holds more than that
  assert.deepEqual(
    stallAt(SPENT, GiB, () => 0.95 * GiB),
    ['reclaim', 'notice'],
  );
  // nowhere near the cap: it waits for something else
  assert.deepEqual(
    stallAt(SPENT, GiB, (limit) => 0.5 * limit),
    ALL_STEPS,
  );
});

test('a budget of which little is left to spend leaves a limit that is nearly its own: the guard does all its steps', () => {
  const rules = { budgetMemory: { amount: 126 * GiB, period: 'day' } } as const;
  const house = one(rules, { memory: GiB });
  const first = house.tick({ alice: { memory: GiB } }, { dt: 96_000 })['alice']?.effective.memory ?? 0;
  assert.ok(first < GiB && first > 0.9 * GiB, `${first}`);
  for (let i = 0; i < 120; i++) house.tick({ alice: { memory: 0.02 * GiB, memoryCache: 0.92 * GiB, memoryFull: 900 } });
  assert.equal(house.acts.filter(({ kind }) => kind === 'restart').length, 1);
});

test('while the host runs short a rule spares nobody', () => {
  const house = openHouse(makeConfig({ alice: { memory: 3 * GiB, rules: { ...SPENT } }, bob: {} }));
  house.tick({ alice: { memory: 3 * GiB } }, { dt: 100_000 });
  const short = { alice: { memory: 2.9 * GiB, memoryFull: 900 }, bob: {} };
  for (let i = 0; i < 90; i++) house.tick(short, { memoryAvailable: 10 * MiB });
  assert.deepEqual(
    house.acts.filter(({ rule }) => rule === 'guard').map(({ kind }) => kind),
    ALL_STEPS,
  );
});

test('while the host runs short only the furthest above its share is acted on, not those it makes wait', () => {
  const house = openHouse(makeConfig({ alice: {}, bob: {} }));
  const short = { alice: { memory: 3.5 * GiB }, bob: { memory: 0.3 * GiB, memoryFull: 900 } };
  for (let i = 0; i < 90; i++) house.tick(short, { memoryAvailable: 10 * MiB });
  assert.deepEqual([...new Set(house.acts.map(({ tenant }) => tenant))], ['alice']);
  assert.equal(house.acts.filter(({ kind }) => kind === 'kill').length, 3);
});

test('a guard that is off does nothing, one that watches only tells', () => {
  const off = one({ guardMode: 'off' });
  off.run(60, { alice: { memoryFull: 900 } });
  assert.deepEqual(off.acts, []);
  const watch = one({ guardMode: 'watch' });
  watch.run(600, { alice: { memoryFull: 900 } });
  assert.equal(watch.acts.length, 6);
  assert.ok(watch.acts.every(({ mode }) => mode === 'watch'));
});

test('a decision between two ticks, in which nobody looked, neither ends a stall nor takes a step', () => {
  const house = one({}, { memory: 256 * MiB });
  const stalled = { alice: { memory: 250 * MiB, memoryFull: 900 } };
  house.run(20, stalled);
  const before = house.tick(stalled)['alice']?.state.guard;
  for (let n = 0; n < 5; n++)
    assert.deepEqual(house.tick({ alice: { memoryFull: 0 } }, { dt: 0 })['alice']?.state.guard, before);
  assert.ok((house.tick({ alice: { memoryFull: 0 } })['alice']?.state.guard.stalledMs ?? 0) < (before?.stalledMs ?? 0));
});
