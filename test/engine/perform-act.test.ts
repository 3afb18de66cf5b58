// The acts of the memory guard: memory asked back, the largest group ended, the tenant restarted; and never more than that.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Act, ActKind } from '../../src/domain/policy-types.ts';
import { MiB } from '../../src/domain/units.ts';
import { freezeTenant, stopTenant } from '../../src/engine/lifecycle.ts';
import { performAct } from '../../src/engine/perform-act.ts';
import { removeTenant } from '../../src/engine/remove.ts';
import { checkLegal } from './legal.ts';
import { climb, createScene, placeIn, type Scene, setCounters, tick, work } from './scene.ts';

const act = (kind: ActKind, change: Partial<Act> = {}): Act => ({
  at: 0,
  tenant: 'alice',
  rule: 'guard',
  kind,
  mode: 'enforce',
  resource: 'memory',
  from: null,
  to: null,
  until: null,
  cause: 'all its processes wait for memory',
  figures: {},
  ...change,
});

/** A shell of init, and a group of two below it that holds most of the memory. */
const fill = (scene: Scene): { init: number; small: number; large: number[] } => {
  const { box } = scene;
  const place = placeIn(scene);
  const [init = 0] = box.cgroups.listPids(place);
  const [small = 0, ...large] = [1, 2, 3].map(() => box.cgroups.addProcess(place));
  box.processes.set({ pid: init, group: init, memory: 900 * MiB });
  box.processes.set({ pid: small, memory: 10 * MiB });
  for (const pid of large) box.processes.set({ pid, group: large[0] ?? 0, memory: 50 * MiB, name: 'hog' });
  return { init, small, large };
};

test('the largest process group is ended, whatever init itself holds, and it is told', async () => {
  const scene = await createScene();
  await tick(scene, 2);
  const { init, small } = fill(scene);
  await performAct(scene.engine, act('kill'), work);
  assert.deepEqual(scene.box.cgroups.listPids(placeIn(scene)), [init, small]);
  const event = scene.box.events.all.at(-1);
  assert.equal(event?.type, 'guard-kill');
  assert.deepEqual(event?.data, { killed: 2, memory: 100 * MiB, process: 'hog' });
});

test('where the first process is not known nobody is ended', async () => {
  const scene = await createScene();
  const { init, small, large } = fill(scene);
  scene.box.containers.initPid = async () => undefined;
  await performAct(scene.engine, act('kill'), work);
  assert.deepEqual(scene.box.cgroups.listPids(placeIn(scene)), [init, small, ...large]);
  assert.match(scene.box.events.all.at(-1)?.text ?? '', /no process group of it could be ended/);
});

test('memory is asked back from what is held to what the act says, as the guard decides it', async () => {
  const scene = await createScene();
  setCounters(scene, 'alice', { memoryCache: 100 * MiB, pids: 1 });
  await performAct(scene.engine, act('reclaim', { from: 300 * MiB, to: 270 * MiB }), work);
  assert.equal(scene.box.cgroups.groups.get(placeIn(scene).root)?.use.memoryCache, 70 * MiB);
});

test('a restart is one, once, and only of what runs and should', async () => {
  const scene = await createScene();
  await tick(scene, 2);
  const starts = (): number => scene.box.containers.calls.filter((call) => call === 'start alice').length;
  await performAct(scene.engine, act('restart'), work);
  assert.equal(starts(), 2);
  await freezeTenant(scene.engine, 'alice', work);
  await performAct(scene.engine, act('restart'), work);
  await stopTenant(scene.engine, 'alice', work);
  await performAct(scene.engine, act('restart'), work);
  assert.equal(starts(), 2);
  assert.equal(scene.box.registry.current.tenants[0]?.desired, 'stopped');
});

/** What the guard walks alice for. */
const walkFor = ({ engine }: Scene, reason: 'stall' | 'host'): void => {
  const state = engine.scheduler.states['alice'] ?? assert.fail('alice is not known');
  engine.scheduler.states['alice'] = { ...state, guard: { ...state.guard, reason } };
};

/** Whether a restart by the guard is one, and what is wanted of alice and how she is after it. */
const restartFor = async (scene: Scene, reason: 'stall' | 'host') => {
  const { containers, cgroups, registry } = scene.box;
  const starts = (): number => containers.calls.filter((call) => call === 'start alice').length;
  const before = starts();
  walkFor(scene, reason);
  await performAct(scene.engine, act('restart'), work);
  const desired = registry.current.tenants.find(({ name }) => name === 'alice')?.desired;
  return { restarts: starts() - before, frozen: cgroups.isFrozen(placeIn(scene)), desired };
};

test('a frozen tenant is restarted for the host alone, and is frozen again', async () => {
  const scene = await createScene();
  await tick(scene, 2);
  await freezeTenant(scene.engine, 'alice', work);
  assert.deepEqual(await restartFor(scene, 'stall'), { restarts: 0, frozen: true, desired: 'frozen' });
  assert.deepEqual(await restartFor(scene, 'host'), { restarts: 1, frozen: true, desired: 'frozen' });
  await checkLegal(scene.box);
});

test('a tenant that a penalty froze is restarted for the host, and the penalty holds it still', async () => {
  const rules = { score: 'enforce', 'ladder-end': 'freeze' };
  const scene = await createScene({ tenants: [{ name: 'alice', rules }, { name: 'bob' }] });
  await tick(scene, 2);
  await climb(scene, 3);
  await tick(scene);
  assert.deepEqual(await restartFor(scene, 'host'), { restarts: 1, frozen: true, desired: 'running' });
});

test('where the kernel ends no frozen process none is said to have ended', async () => {
  const scene = await createScene();
  await tick(scene, 2);
  fill(scene);
  const { cgroups, events } = scene.box;
  const count = (): number => cgroups.listPids(placeIn(scene)).length;
  const before = count();
  await freezeTenant(scene.engine, 'alice', work);
  cgroups.killsFrozen = false;
  await performAct(scene.engine, act('kill'), work);
  assert.deepEqual([count(), events.all.at(-1)?.data['killed']], [before, 0]);
  cgroups.killsFrozen = true;
  await performAct(scene.engine, act('kill'), work);
  assert.deepEqual([count(), events.all.at(-1)?.data['killed']], [before - 2, 2]);
});

test('a restart that waited while its tenant was stopped or removed does not bring it back', async () => {
  for (const end of [stopTenant, removeTenant] as const) {
    const scene = await createScene();
    await tick(scene, 2);
    const ended = end(scene.engine, 'alice', work);
    const restarted = performAct(scene.engine, act('restart'), work);
    await Promise.all([ended, restarted]);
    assert.equal(scene.box.containers.running.has('alice'), false, end.name);
  }
});

test('what is only watched, and the acts of all other rules, do nothing here', async () => {
  const scene = await createScene();
  for (const one of [act('kill', { mode: 'watch' }), act('notice'), act('lower', { rule: 'credits' })])
    assert.equal(performAct(scene.engine, one, work), undefined);
});

test('a tenant that stalls is walked from reclaim to restart by the ticks, each step told', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', limits: { memory: '128M' } }] });
  await tick(scene, 2);
  fill(scene);
  let full = 0;
  const starts = scene.box.containers.calls.length;
  await tick(scene, 8, () => {
    full += 900_000;
    const pressure = { cpuSomeUsec: 0, memorySomeUsec: full, memoryFullUsec: full, ioSomeUsec: 0, ioFullUsec: 0 };
    setCounters(scene, 'alice', { memory: 127 * MiB, pids: 4, pressure });
  });
  const acts = scene.box.events.all.filter(({ type }) => type === 'rule-act').map(({ data }) => data['kind']);
  assert.deepEqual(acts.slice(0, 4), ['reclaim', 'notice', 'kill', 'restart']);
  assert.ok(scene.box.containers.calls.slice(starts).includes('start alice'));
});
