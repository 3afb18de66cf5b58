// What a daemon leaves on the host when it ends: all that its tenants stand on, and nothing where there is none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healCut } from '../../src/engine/heal.ts';
import { leaveGround } from '../../src/engine/leave-ground.ts';
import { removeTenant } from '../../src/engine/remove.ts';
import { createScene, type Scene, work } from './scene.ts';

const ground = async ({ box }: Scene) => [await box.network.checkIsolation(), box.cgroups.houses.size > 0];

const createReady = async (): Promise<Scene> => {
  const scene = await createScene();
  await healCut(scene.engine, work);
  assert.deepEqual(await ground(scene), [true, true]);
  return scene;
};

test('a tenant, running or not, keeps its rules and its house when the daemon ends', async () => {
  const scene = await createReady();
  await leaveGround(scene.engine);
  assert.deepEqual(await ground(scene), [true, true]);
});

test('without tenants the rules and the house go with the daemon, and the next one makes them anew', async () => {
  const scene = await createReady();
  await removeTenant(scene.engine, 'alice', work);
  await leaveGround(scene.engine);
  assert.deepEqual(await ground(scene), [false, false]);
  await healCut(scene.box.boot(), work);
  assert.deepEqual(await ground(scene), [true, true]);
});

test('a link that nobody in the registry owns keeps the rules', async () => {
  const scene = await createReady();
  const { first } = scene.box.config.instance.slots;
  await removeTenant(scene.engine, 'alice', work);
  scene.box.network.addLink(first + 3);
  await leaveGround(scene.engine);
  assert.deepEqual(await ground(scene), [true, true]);
});

test('rules that cannot be removed are reported, and the daemon ends all the same', async () => {
  const scene = await createReady();
  await removeTenant(scene.engine, 'alice', work);
  scene.box.network.failNext('removeIsolation', new Error('nft hangs'));
  await leaveGround(scene.engine);
  assert.match(JSON.stringify(scene.box.log.entries), /nft hangs/);
});
