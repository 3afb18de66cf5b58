// What the scheduler knows between two ticks: config once per change, states by tenant and not by name, acts told once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import { MiB } from '../../src/domain/units.ts';
import { addTenant } from '../../src/engine/add.ts';
import { freezeTenant } from '../../src/engine/lifecycle.ts';
import { moveCredits, pardonTenant } from '../../src/engine/policy-verbs.ts';
import { emptyTrash, removeTenant, restoreTenant } from '../../src/engine/remove.ts';
import { decideNow, takeConfig } from '../../src/engine/scheduler.ts';
import { setTenant } from '../../src/engine/set.ts';
import { simulatePolicy } from '../../src/engine/simulate.ts';
import type { Unenforceable } from '../../src/ports/cgroups.ts';
import {
  climb,
  createScene,
  hurtBob,
  placeIn,
  QUICK,
  restartDaemon,
  type Scene,
  setCounters,
  tick,
  use,
  work,
} from './scene.ts';

const TWO = [{ name: 'alice', rules: { score: 'enforce' } }, { name: 'bob' }];

test('the config is built anew when the registry changes, and only then', async () => {
  const { engine } = await createScene();
  const first = takeConfig(engine);
  assert.equal(takeConfig(engine), first);
  await setTenant(engine, 'alice', { limits: { cpu: 1 } }, work);
  assert.notEqual(takeConfig(engine), first);
  assert.equal(takeConfig(engine).tenants['alice']?.cpu, 1000);
});

test('the config has the limits of the disk that are set and that this kernel holds', async () => {
  const limits = { ioRead: '1M', ioWrite: '2M' };
  const io = async (unenforceable: Unenforceable, name = 'alice') => {
    const tenants = [{ name: 'alice', limits, bestEffort: true }, { name: 'bob' }];
    const { ioRead, ioWrite } = takeConfig((await createScene({ tenants, unenforceable })).engine).tenants[name] ?? {};
    return [ioRead, ioWrite];
  };
  assert.deepEqual(await io({}), [MiB, 2 * MiB]);
  assert.deepEqual(await io({ ioWrite: 'cached writes are not held on v1' }), [MiB, undefined]);
  assert.deepEqual(await io({}, 'bob'), [undefined, undefined]);
});

test('each tick is one frame with whole numbers of what was used in it', async () => {
  const scene = await createScene();
  await tick(scene, 2, () => use(scene, 'alice', 0));
  scene.box.host.setSample({ busyUsec: 700_000 });
  await tick(scene, 1, () => use(scene, 'alice', 300_000, 200_000));
  const frame = scene.engine.scheduler.recent.at(-1);
  assert.equal(frame?.dt, 1000);
  assert.equal(frame?.hostCpuUsec, 700_000);
  const { cpuUsec, cpuPressure, up } = frame?.tenants['alice'] ?? {};
  assert.deepEqual([cpuUsec, cpuPressure, up], [300_000, 200, 'running']);
});

test('a decision between two ticks lets no time pass and ends no walk of the guard', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', limits: { memory: '128M' } }] });
  let full = 0;
  await tick(scene, 2);
  const stall = (): void => {
    full += 900_000;
    const pressure = { cpuSomeUsec: 0, memorySomeUsec: full, memoryFullUsec: full, ioSomeUsec: 0, ioFullUsec: 0 };
    setCounters(scene, 'alice', { memory: 127 * 2 ** 20, pids: 4, pressure });
  };
  await tick(scene, 2, stall);
  const before = scene.engine.scheduler.states['alice'];
  assert.notEqual(before?.guard.stalledSince, null);
  await scene.box.clock.advance(900);
  decideNow(scene.engine);
  const after = scene.engine.scheduler.states['alice'];
  assert.deepEqual([after?.guard, after?.at], [before?.guard, before?.at]);
});

test('without PSI a tenant that thrashes at its limit is walked as well; one that idles there is not', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', limits: { memory: '128M' } }] });
  const { box } = scene;
  const [pid = 0] = box.cgroups.listPids(placeIn(scene));
  let refaults = 0;
  const thrash = (memory = 127): void => {
    refaults += 10;
    setCounters(scene, 'alice', { memory: memory * 2 ** 20, refaults, pressure: null });
  };
  const fulls = (): (number | undefined)[] =>
    scene.engine.scheduler.recent.slice(-2).map(({ tenants }) => tenants['alice']?.memoryFull);
  box.processes.set({ pid, state: 'S' });
  await tick(scene, 4, () => thrash());
  assert.deepEqual(fulls(), [0, 0]);
  box.processes.set({ pid, state: 'R' });
  await tick(scene, 3, () => thrash(100));
  assert.deepEqual(fulls(), [0, 0], 'its page cache turns over');
  assert.equal(scene.engine.scheduler.states['alice']?.guard.stage, 'calm');
  box.processes.set({ pid, state: 'D' });
  await tick(scene, 3, () => thrash());
  assert.deepEqual(fulls(), [1000, 1000]);
  assert.notEqual(scene.engine.scheduler.states['alice']?.guard.stage, 'calm');
});

test('acts of a decision between two ticks are told by the next tick, once', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', rules: { credits: 'baseline=0.5,burst=2' } }] });
  await tick(scene, 2);
  const told = (): number => scene.box.events.types().filter((type) => type === 'rule-act').length;
  const before = told();
  await setTenant(scene.engine, 'alice', { rules: { credits: null } }, work);
  decideNow(scene.engine);
  assert.equal(told(), before);
  await tick(scene, 3);
  assert.equal(told(), before + 1);
});

test('who is added under a removed name begins with nothing of the former', async () => {
  const scene = await createScene({ tenants: TWO });
  await tick(scene, 2);
  await climb(scene, 2);
  assert.ok(scene.engine.scheduler.states['alice']?.penalty);
  await removeTenant(scene.engine, 'alice', work);
  await emptyTrash(scene.engine, {}, 'uid:0');
  await addTenant(scene.engine, { name: 'alice', overcommit: true }, work);
  await tick(scene, 2);
  const state = scene.engine.scheduler.states['alice'];
  assert.deepEqual([state?.penalty, state?.occurrences], [null, 0]);
  await restartDaemon(scene);
  assert.equal(scene.engine.scheduler.states['alice']?.penalty, null);
});

test('a frozen tenant uses nothing and hurts nobody', async () => {
  const scene = await createScene({ tenants: TWO });
  await tick(scene, 2);
  await freezeTenant(scene.engine, 'alice', work);
  await tick(scene, 6);
  assert.equal(scene.engine.scheduler.recent.at(-1)?.tenants['alice']?.up, 'frozen');
  assert.equal(scene.engine.scheduler.states['alice']?.score.cpu, 0);
});

test('one tenant that cannot be sampled keeps nobody from being decided on', async () => {
  const scene = await createScene({ tenants: TWO });
  await tick(scene, 2);
  const runtime = scene.engine.runtimes.get('bob');
  assert.ok(runtime.sampler);
  runtime.sampler = { ...runtime.sampler, sample: () => assert.fail('the file is gone') };
  await tick(scene, 1, () => use(scene, 'alice', 500_000));
  assert.equal(scene.engine.scheduler.recent.at(-1)?.tenants['alice']?.cpuUsec, 500_000);
  assert.ok(scene.box.log.messages('warn').includes('a repair failed'));
});

test('events that cannot be kept stop no act: the penalty is in force', async () => {
  const scene = await createScene({ tenants: TWO });
  await tick(scene, 2);
  scene.box.events.append = () => assert.fail('database or disk is full');
  await tick(scene, 8, () => hurtBob(scene));
  assert.ok(scene.engine.scheduler.states['alice']?.penalty);
  const { effective } = scene.engine.scheduler.verdicts['alice'] ?? {};
  assert.deepEqual(scene.engine.runtimes.get('alice').effective, effective);
  assert.ok(scene.box.log.messages('error').includes('an event could not be kept'));
});

test('a clock set back or forward by a day ends no penalty late and takes no credits', async () => {
  for (const by of [-86_400_000, 86_400_000]) {
    const tenants = [{ name: 'alice', rules: { score: 'enforce', credits: 'baseline=0.5,burst=2' } }, { name: 'bob' }];
    const scene = await createScene({ tenants });
    await tick(scene, 2);
    await climb(scene, 0);
    const { credits } = scene.engine.scheduler.states['alice'] ?? {};
    scene.box.clock.setWall(scene.box.clock.now() + by);
    await tick(scene, 1);
    const earned = (scene.engine.scheduler.states['alice']?.credits ?? 0) - (credits ?? 0);
    assert.equal(earned, 500_000, `clock moved by ${by}`);
    await tick(scene, 11);
    assert.equal(scene.engine.scheduler.states['alice']?.penalty, null, `clock moved by ${by}`);
  }
});

/** alice with a bank, a budget and a penalty, removed and taken out of the trash again. */
const comeBack = async (meanwhile: (scene: Scene) => Promise<void>): Promise<void> => {
  const rules = { score: 'enforce', credits: 'baseline=0.5,burst=2', 'budget-cpu': '40h/week' };
  const scene = await createScene({
    tenants: [{ name: 'alice', rules }, { name: 'bob' }],
    constants: { ...QUICK, ladder: DEFAULT_CONSTANTS.ladder },
  });
  await tick(scene, 2);
  moveCredits(scene.engine, 'alice', 60, work);
  await climb(scene, 0);
  const before = scene.engine.scheduler.states['alice'] ?? assert.fail('alice is not known');
  assert.equal(before.penalty?.tier, 1);
  await removeTenant(scene.engine, 'alice', work);
  await meanwhile(scene);
  await restoreTenant(scene.engine, 'alice', work, { start: true });
  const { effective, state, acts } = scene.engine.scheduler.verdicts['alice'] ?? assert.fail('no verdict');
  const { at: _, ...known } = before;
  const { at: __, ...after } = state;
  assert.deepEqual([after, acts], [known, []]);
  assert.deepEqual(effective.cpu, before.decided.caps.score, 'held from its first moment on');
  await tick(scene, 3, () => use(scene, 'alice', 100_000));
  assert.ok((scene.engine.scheduler.states['alice']?.budgets.cpu?.spent ?? 0) > (before.budgets.cpu?.spent ?? 0));
  pardonTenant(scene.engine, 'alice', 'uid:0');
  await tick(scene, 12);
  const simulated = await simulatePolicy(scene.engine, undefined, 0, new AbortController().signal);
  assert.equal(simulated.differences, 0);
  assert.ok(simulated.acts.some(({ kind }) => kind === 'penalty-ended'));
};

test('who comes back from the trash has its bank, its budgets and its penalty again, and a replay knows it', async () => {
  await comeBack(async () => undefined);
  await comeBack((scene) => tick(scene, 70));
  await comeBack(async (scene) => {
    await tick(scene, 30);
    await restartDaemon(scene);
    await tick(scene, 2);
  });
});

test('a history that cannot be read keeps nobody in the trash', async () => {
  const scene = await createScene();
  await tick(scene, 70);
  await removeTenant(scene.engine, 'alice', work);
  await tick(scene, 70);
  scene.box.history.readStates = () => assert.fail('database disk image is malformed');
  await restoreTenant(scene.engine, 'alice', work, { start: true });
  await tick(scene, 2);
  assert.equal(scene.engine.runtimes.get('alice').up, 'running');
  assert.ok(scene.box.log.messages('error').includes('what the scheduler remembered cannot be read'));
});
