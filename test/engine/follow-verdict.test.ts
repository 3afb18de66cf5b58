// The kernel holds what was decided, and what people ask for meanwhile gets a clear answer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MiB } from '../../src/domain/units.ts';
import { freezeTenant, restartTenant, startTenant, stopTenant, thawTenant } from '../../src/engine/lifecycle.ts';
import { pardonTenant } from '../../src/engine/policy-verbs.ts';
import { removeTenant } from '../../src/engine/remove.ts';
import { setTenant } from '../../src/engine/set.ts';
import {
  climb,
  createScene,
  fileOf,
  placeIn,
  restartDaemon,
  type Scene,
  setCounters,
  tick,
  use,
  work,
} from './scene.ts';

/** Occurrences after which the next penalty is a freeze, and a stop. */
const FROZEN = 3;
const STOPPED = 4;

const createHeld = async (occurrences: number): Promise<Scene> => {
  const rules = { score: 'enforce', 'ladder-end': 'stop' };
  const scene = await createScene({ tenants: [{ name: 'alice', rules }, { name: 'bob' }] });
  await tick(scene, 2);
  await climb(scene, occurrences);
  await tick(scene);
  return scene;
};

const isFrozen = (scene: Scene): boolean => scene.box.cgroups.isFrozen(placeIn(scene));
const isUp = (scene: Scene): boolean => scene.box.containers.running.has('alice');
const isHeld = (error: unknown): boolean => {
  const { code, message, hint } = error as { code: string; message: string; hint: string };
  assert.equal(code, 'TENANT_STATE');
  assert.match(message, /tenant "alice" is (frozen|stopped): a penalty holds it until 2026-/);
  assert.match(hint, /tenantctl pardon alice/);
  return true;
};

test('a cap that a rule takes is in the kernel one tick after the cause, and goes when the rule lets go', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', rules: { 'budget-cpu': '1h/day' } }] });
  await tick(scene, 3);
  assert.equal(fileOf(scene, 'cpu.max'), 'max 100000');
  use(scene, 'alice', 2_000_000);
  const state = scene.engine.scheduler.states['alice'];
  const cpu = state?.budgets.cpu;
  assert.ok(state && cpu);
  scene.engine.scheduler.states['alice'] = { ...state, budgets: { cpu: { ...cpu, spent: 3_600_000_000 } } };
  await tick(scene, 1);
  assert.equal(fileOf(scene, 'cpu.max'), '5000 100000'); // the floor of 0.05 cores
  assert.equal(scene.box.events.all.filter(({ type }) => type === 'rule-act').length, 1);
  await setTenant(scene.engine, 'alice', { rules: { 'budget-cpu': null } }, work);
  await tick(scene, 2);
  assert.equal(fileOf(scene, 'cpu.max'), 'max 100000');
});

test('a memory cap below what is used is walked down to, not written', async () => {
  const scene = await createScene({
    tenants: [{ name: 'alice', limits: { memory: '512M' }, rules: { 'budget-memory': '1Gh/day' } }],
  });
  setCounters(scene, 'alice', { memory: 300 * MiB, pids: 3 });
  await tick(scene, 2);
  const state = scene.engine.scheduler.states['alice'];
  const memory = state?.budgets.memory;
  assert.ok(state && memory);
  scene.engine.scheduler.states['alice'] = { ...state, budgets: { memory: { ...memory, spent: 3600 * 2 ** 30 } } };
  await tick(scene, 2);
  const limit = Number(fileOf(scene, 'memory.max'));
  assert.ok(limit >= 300 * MiB && limit < 512 * MiB, `${limit}`);
  assert.equal(scene.engine.runtimes.get('alice').descent?.target, 128 * MiB);
  setCounters(scene, 'alice', { memory: 100 * MiB });
  await tick(scene, 2);
  assert.equal(fileOf(scene, 'memory.max'), String(128 * MiB));
  assert.equal(scene.engine.runtimes.get('alice').descent, null);
  assert.equal(scene.box.cgroups.groups.get(placeIn(scene).root)?.use.oomKills, 0);
});

test('a penalty that freezes does, and thaws when it is over', async () => {
  const scene = await createHeld(FROZEN);
  assert.equal(isFrozen(scene), true);
  assert.equal(scene.box.registry.current.tenants.find(({ name }) => name === 'alice')?.desired, 'running');
  await tick(scene, 12);
  assert.equal(isFrozen(scene), false);
  assert.equal(scene.engine.runtimes.get('alice').up, 'running');
});

test('a penalty that stops does, and starts again when it is over', async () => {
  const scene = await createHeld(STOPPED);
  assert.equal(isUp(scene), false);
  await tick(scene, 12);
  assert.equal(isUp(scene), true);
});

test('what a penalty holds is not started, thawed or restarted by asking: the answer says until when and how it ends', async () => {
  const frozen = await createHeld(FROZEN);
  for (const verb of [startTenant, thawTenant, restartTenant])
    await assert.rejects(verb(frozen.engine, 'alice', work), isHeld, verb.name);
  assert.equal(isFrozen(frozen), true);
  const stopped = await createHeld(STOPPED);
  for (const verb of [startTenant, thawTenant, restartTenant, freezeTenant])
    await assert.rejects(verb(stopped.engine, 'alice', work), isHeld, verb.name);
  assert.equal(isUp(stopped), false);
});

test('who is stopped by its owner during a penalty stays down after it', async () => {
  for (const occurrences of [FROZEN, STOPPED]) {
    const scene = await createHeld(occurrences);
    await stopTenant(scene.engine, 'alice', work);
    assert.equal(isUp(scene), false);
    await tick(scene, 15);
    assert.equal(isUp(scene), false);
    await startTenant(scene.engine, 'alice', work);
    assert.equal(isUp(scene), true);
  }
});

test('who is frozen by its owner during a penalty stays frozen after it', async () => {
  const scene = await createHeld(FROZEN);
  await freezeTenant(scene.engine, 'alice', work);
  await tick(scene, 15);
  assert.equal(isFrozen(scene), true);
  await thawTenant(scene.engine, 'alice', work);
  assert.equal(isFrozen(scene), false);
});

test('a pardon ends a freeze and a stop with the next tick', async () => {
  for (const occurrences of [FROZEN, STOPPED]) {
    const scene = await createHeld(occurrences);
    pardonTenant(scene.engine, 'alice', 'uid:0');
    await tick(scene, 2);
    assert.equal(isUp(scene) && !isFrozen(scene), true);
  }
});

test('a held tenant is changed and removed like any other', async () => {
  const scene = await createHeld(FROZEN);
  await setTenant(scene.engine, 'alice', { limits: { pids: 77 } }, work);
  assert.equal(fileOf(scene, 'pids.max'), '77');
  assert.equal(isFrozen(scene), true);
  await removeTenant(scene.engine, 'alice', work);
  await tick(scene, 15);
  assert.equal(isUp(scene), false);
  assert.deepEqual(scene.box.log.messages('error'), []);
});

test('a penalty outlives the daemon, and ends while there is none', async () => {
  const stopped = await createHeld(STOPPED);
  await restartDaemon(stopped);
  assert.equal(isUp(stopped), false);
  await tick(stopped, 15);
  assert.equal(isUp(stopped), true);
  const frozen = await createHeld(FROZEN);
  await restartDaemon(frozen);
  assert.equal(isFrozen(frozen), true);
  await frozen.box.clock.advance(20_000);
  await restartDaemon(frozen);
  assert.equal(isFrozen(frozen), false);
  const acts = frozen.box.history.readActs(0, Number.MAX_SAFE_INTEGER).map(({ kind }) => kind);
  assert.deepEqual(acts.slice(-1), ['freeze']);
  await tick(frozen);
  assert.ok(
    frozen.box.events.all.some(({ data }) => data['kind'] === 'thaw'),
    'the end is told by the first tick',
  );
});

test('a penalty that stops ends also between the first decision of a daemon and its first tick', async () => {
  const scene = await createHeld(STOPPED);
  const until = scene.engine.scheduler.states['alice']?.penalty?.until ?? 0;
  await scene.box.clock.advance(until - scene.box.clock.now() - 500);
  await restartDaemon(scene);
  assert.equal(isUp(scene), false);
  await scene.box.clock.advance(1000);
  await tick(scene, 2);
  assert.equal(isUp(scene), true);
});

test('a held tenant that dies is brought back as it was held', async () => {
  const scene = await createHeld(FROZEN);
  scene.box.containers.die('alice');
  await tick(scene, 3);
  assert.equal(isUp(scene), true);
  assert.equal(isFrozen(scene), true);
});

test('a start that fails at the end of a penalty is told and not tried every second', async () => {
  const scene = await createHeld(STOPPED);
  scene.box.containers.failStarts('no');
  await tick(scene, 20);
  const starts = scene.box.containers.calls.filter((call) => call === 'start alice').length;
  assert.equal(starts, 2);
  assert.equal(scene.engine.runtimes.get('alice').failed, true);
});
