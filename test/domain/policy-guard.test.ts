// The guard in the decision: who is walked, and who is left alone while the host runs short.

import assert from 'node:assert/strict';
import { test } from 'node:test';
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
