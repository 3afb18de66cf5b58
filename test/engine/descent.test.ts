// The walk down to a memory limit below the use: who asked for it says whether it may kill in the end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MiB } from '../../src/domain/units.ts';
import { setTenant } from '../../src/engine/set.ts';
import { createScene, fileOf, placeIn, type Scene, setCounters, tick, work } from './scene.ts';

const createHungry = async (rules: Record<string, string> = {}): Promise<Scene> => {
  const scene = await createScene({ tenants: [{ name: 'alice', limits: { memory: '512M' }, rules }] });
  setCounters(scene, 'alice', { memory: 300 * MiB, pids: 3 });
  await tick(scene, 2);
  return scene;
};

/** Its limit is to be 128 MiB from the next tick on. */
const spendBudget = (scene: Scene): void => {
  const { states } = scene.engine.scheduler;
  const state = states['alice'];
  const memory = state?.budgets.memory;
  assert.ok(state && memory);
  states['alice'] = { ...state, budgets: { memory: { ...memory, spent: 3600 * 2 ** 30 } } };
};

const limitOf = (scene: Scene): number => Number(fileOf(scene, 'memory.max'));
const killsOf = (scene: Scene): number | undefined => scene.box.cgroups.groups.get(placeIn(scene).root)?.use.oomKills;
const told = (scene: Scene, type: string): string[] =>
  scene.box.events.all.filter((event) => event.type === type).map(({ text }) => text);

test('a limit that a rule takes is never forced: nobody is killed, and that it is not reached is told once', async () => {
  const scene = await createHungry({ 'budget-memory': '1Gh/day' });
  spendBudget(scene);
  await tick(scene, 130);
  assert.equal(killsOf(scene), 0);
  assert.equal(limitOf(scene), 304 * MiB);
  assert.match(told(scene, 'memory-descent').join(), /lowered step by step as far as memory is given back$/);
  assert.match(told(scene, 'memory-not-reached').join(), /limit of 128M is not reached, 304M is in force/);
  assert.equal(told(scene, 'memory-not-reached').length, 1);
  setCounters(scene, 'alice', { memory: 100 * MiB });
  await tick(scene, 2);
  assert.equal(limitOf(scene), 128 * MiB);
  assert.equal(scene.engine.runtimes.get('alice').descent, null);
});

test('a person is told how long it takes, and at the deadline the limit is written', async () => {
  const scene = await createHungry();
  await setTenant(scene.engine, 'alice', { limits: { memory: '128M' } }, work);
  assert.match(told(scene, 'memory-descent').join(), /for at most 60 s$/);
  await tick(scene, 59);
  assert.equal(limitOf(scene), 304 * MiB);
  await tick(scene, 3);
  assert.equal(limitOf(scene), 128 * MiB);
  assert.deepEqual(told(scene, 'memory-not-reached'), []);
});

test('what a person asked for is due in time though a rule wants still less, and only that much is forced', async () => {
  const scene = await createHungry({ 'budget-memory': '1Gh/day' });
  await setTenant(scene.engine, 'alice', { limits: { memory: '256M' } }, work);
  await tick(scene, 30);
  spendBudget(scene);
  await tick(scene, 29);
  assert.equal(scene.engine.runtimes.get('alice').descent?.target, 64 * MiB);
  assert.equal(limitOf(scene), 304 * MiB);
  await tick(scene, 4);
  assert.equal(limitOf(scene), 256 * MiB);
  assert.equal(told(scene, 'memory-descent').length, 1);
});

test('where the kernel refuses a limit below the use no deadline is promised, and that it is not reached is told', async () => {
  const scene = await createHungry();
  scene.box.cgroups.forcesMemory = false;
  await setTenant(scene.engine, 'alice', { limits: { memory: '128M' } }, work);
  assert.match(told(scene, 'memory-descent').join(), /lowered step by step as far as memory is given back$/);
  await tick(scene, 130);
  assert.equal(killsOf(scene), 0);
  assert.equal(limitOf(scene), 304 * MiB);
  assert.equal(told(scene, 'memory-not-reached').length, 1);
});
