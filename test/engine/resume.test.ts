// What passed while no daemon watched is charged: to credits, to budgets, and to nobody twice.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pardonTenant } from '../../src/engine/policy-verbs.ts';
import { resume } from '../../src/engine/resume.ts';
import { createScene, restartDaemon, type Scene, setCounters, tick, use, work } from './scene.ts';

const RULES = { credits: 'baseline=0.5,burst=2', 'budget-cpu': '40h/week', 'budget-egress': '1G/month' };
const SECOND = 1_000_000;
const HOUR = 3_600_000;

const createCharged = async (): Promise<Scene> => {
  const scene = await createScene({ tenants: [{ name: 'alice', rules: RULES }, { name: 'bob' }] });
  await tick(scene);
  return scene;
};

const alice = ({ engine }: Scene) => {
  const state = engine.scheduler.states['alice'];
  return { credits: state?.credits ?? 0, cpu: state?.budgets.cpu?.spent, egress: state?.budgets.egress?.spent };
};

test('CPU and traffic of an hour without a daemon are charged, and the hour is earned', async () => {
  const scene = await createCharged();
  const { slot } = scene.box.registry.current.tenants.find(({ name }) => name === 'alice') ?? { slot: -1 };
  await tick(scene, 11, () => use(scene, 'alice', 100_000));
  const before = alice(scene);
  use(scene, 'alice', 600 * SECOND);
  scene.box.network.setLinkBytes(slot, { rxBytes: 1, txBytes: 5000 });
  await scene.box.clock.advance(HOUR);
  await restartDaemon(scene);
  const after = alice(scene);
  // the batch after the tenth tick is what the next daemon knows; what came after it passed without one
  assert.equal(after.cpu, (before.cpu ?? 0) + 600 * SECOND);
  assert.equal(after.egress, 5000);
  const earned = 0.5 * (HOUR + 1000) * 1000;
  assert.equal(after.credits, before.credits + earned - 600 * SECOND);
  await tick(scene);
  assert.equal(alice(scene).cpu, after.cpu);
});

test('wherever a daemon is killed, all that was used is charged once', async () => {
  const scene = await createCharged();
  let used = 0;
  const spend = (): void => {
    used += 300_000;
    use(scene, 'alice', 300_000);
  };
  for (const seconds of [1, 4, 9, 10, 11, 25]) {
    await tick(scene, seconds, spend);
    // a write between two batches: the state goes out with the counters it rests on
    if (seconds % 2 === 0) pardonTenant(scene.engine, 'bob', 'uid:0');
    spend();
    await scene.box.clock.advance(7000);
    await restartDaemon(scene);
    assert.equal(alice(scene).cpu, used, `killed after ${seconds} s`);
    await scene.box.clock.advance(1000);
  }
});

test('of a tenant that was restarted meanwhile the new counters are charged from zero', async () => {
  const scene = await createCharged();
  await tick(scene, 11, () => use(scene, 'alice', 100_000));
  const before = alice(scene).cpu ?? 0;
  scene.box.containers.die('alice');
  await tick(scene, 3);
  assert.ok(scene.box.containers.running.has('alice'));
  setCounters(scene, 'alice', { cpuUsec: 40_000 });
  await tick(scene);
  assert.equal(alice(scene).cpu, before + 40_000);
});

test('a penalty does not end early because decisions fall between ticks', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', rules: { score: 'enforce' } }, { name: 'bob' }] });
  const { scheduler } = scene.engine;
  await tick(scene);
  const state = scheduler.states['alice'];
  assert.ok(state);
  const now = scene.box.clock.now();
  const penalty = { resource: 'cpu', tier: 1, kind: 'cap', from: now, until: now + 60_000 } as const;
  scheduler.states['alice'] = { ...state, penalty };
  for (let n = 0; n < 20; n++) {
    await scene.box.clock.advance(900);
    pardonTenant(scene.engine, 'bob', 'uid:0');
    await scene.box.clock.advance(100);
    await tick(scene);
  }
  assert.equal(scheduler.states['alice']?.penalty?.until, penalty.until);
});

test('a daemon that cannot ask which tenants run says so and starts', async () => {
  const scene = await createCharged();
  const { listRunning } = scene.box.containers;
  scene.box.containers.listRunning = () => Promise.reject(new Error('no answer'));
  const engine = scene.box.boot();
  await resume(engine, work);
  scene.box.containers.listRunning = listRunning;
  assert.match(scene.box.log.messages('error').join(), /could not be charged/);
});

test('how long no daemon decided is told by the last decision, not by the counters of who was last seen running', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', rules: { score: 'enforce' } }] });
  await tick(scene, 3);
  const { clock } = scene.box;
  const { states } = scene.engine.scheduler;
  const now = clock.now();
  const penalty = { resource: 'cpu', tier: 5, kind: 'stop', from: now, until: now + HOUR } as const;
  assert.ok(states['alice']);
  states['alice'] = { ...states['alice'], penalty, occurrences: 1, forgetAt: now + 4 * HOUR };
  await tick(scene, 900);
  assert.equal(scene.box.containers.running.has('alice'), false);
  await clock.advance(5000);
  await restartDaemon(scene);
  const { penalty: left, forgetAt } = scene.engine.scheduler.states['alice'] ?? {};
  assert.equal(left?.until, penalty.until);
  assert.equal(forgetAt, now + 4 * HOUR);
});

test('what a penalty takes is served out though the clock is set back while no daemon runs', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', rules: { score: 'enforce' } }] });
  await tick(scene, 3);
  const { clock } = scene.box;
  const { states } = scene.engine.scheduler;
  const now = clock.now();
  assert.ok(states['alice']);
  states['alice'] = {
    ...states['alice'],
    penalty: { resource: 'cpu', tier: 5, kind: 'stop', from: now, until: now + HOUR },
  };
  await tick(scene, 20);
  const left = now + HOUR - clock.now();
  await clock.advance(5000);
  clock.setWall(clock.now() - 2 * HOUR);
  await restartDaemon(scene);
  const until = scene.engine.scheduler.states['alice']?.penalty?.until ?? 0;
  assert.ok(Math.abs(until - clock.now() - (left - 5000)) <= 1000, `${until - clock.now()} of ${left - 5000} ms`);
});
