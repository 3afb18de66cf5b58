// add, start, stop, freeze, thaw, restart, set on a box in memory: what they do, and that failure leaves nothing behind.

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Problem } from '../../src/domain/errors.ts';
import { GiB, MiB } from '../../src/domain/units.ts';
import { addTenant } from '../../src/engine/add.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { freezeTenant, restartTenant, startTenant, stopTenant, thawTenant } from '../../src/engine/lifecycle.ts';
import { placeOf } from '../../src/engine/observe.ts';
import { setTenant } from '../../src/engine/set.ts';
import { runTick } from '../../src/engine/tick.ts';
import { type Box, createBox, createWork } from '../fakes/engine.ts';
import { bootAndHeal, checkLegal } from './legal.ts';

const work = createWork();
const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;

const withAlice = async (box: Box, change: Partial<Parameters<typeof addTenant>[1]> = {}): Promise<Engine> => {
  const engine = box.boot();
  await addTenant(engine, { name: 'alice', ...change }, work);
  return engine;
};

const aliceOf = (box: Box) => {
  const alice = box.registry.current.tenants.find(({ name }) => name === 'alice');
  assert.ok(alice);
  return alice;
};

test('add tells its steps and ends with a running tenant with limits in force', async () => {
  const box = createBox();
  const told = createWork();
  const tenant = await addTenant(box.boot(), { name: 'alice', limits: { cpu: '1', memory: '256M' } }, told);
  assert.deepEqual(told.steps, [
    '1/5 preparing the template',
    '2/5 creating the disk',
    '3/5 mounting the file system',
    '4/5 writing host name and keys',
    '5/5 starting',
  ]);
  assert.deepEqual(told.progress, ['building minimal']);
  assert.equal(tenant.phase, 'ready');
  assert.equal(tenant.slot, box.instance.slots.first);
  assert.deepEqual(box.events.types(), ['tenant-added']);
  await checkLegal(box);
});

test('the same add again changes nothing; another one under the name is refused and says what differs', async () => {
  const box = createBox();
  const engine = await withAlice(box, { limits: { cpu: 1 } });
  const before = box.registry.saves;
  const again = await addTenant(engine, { name: 'alice', limits: { cpu: '1.0' } }, work);
  assert.equal(again, aliceOf(box));
  assert.equal(box.registry.saves, before);
  await assert.rejects(addTenant(engine, { name: 'alice', limits: { cpu: 1, memory: '1G' } }, work), (error) => {
    return isProblem('TENANT_EXISTS')(error) && (error as Error).message.includes('(memory)');
  });
  await assert.rejects(addTenant(engine, { name: 'alice', template: 'debian', limits: { cpu: 1 } }, work), /template/);
  const other = { name: 'alice', limits: { cpu: 1 }, rules: { score: 'enforce' } };
  await assert.rejects(addTenant(engine, other, work), /\(score\)/);
});

test('each impossible request is refused before anything is touched', async () => {
  const requests: readonly (readonly [Parameters<typeof addTenant>[1], string])[] = [
    [{ name: '../x' }, 'NAME_INVALID'],
    [{ name: 'a'.repeat(200) }, 'NAME_INVALID'],
    [{ name: 'аlice' }, 'NAME_INVALID'],
    [{ name: 'alice', limits: { cpu: '0' } }, 'CPU_INVALID'],
    [{ name: 'alice', limits: { memory: '1' } }, 'SIZE_RANGE'],
    [{ name: 'alice', limits: { disk: '10P' } }, 'SIZE_INVALID'],
    [{ name: 'alice', limits: { disk: '200G' } }, 'OVERCOMMIT'],
    [{ name: 'alice', limits: { cpu: '3' } }, 'HOST_TOO_SMALL'],
    [{ name: 'alice', limits: { cpu: '2' } }, 'OVERCOMMIT'],
    [{ name: 'alice', limits: { cpuset: '7' } }, 'CPUSET_INVALID'],
    [{ name: 'alice', limits: { ioRead: '50M' } }, 'NOT_ENFORCEABLE'],
    [{ name: 'alice', template: 'arch' }, 'TEMPLATE_MISSING'],
    [{ name: 'alice', template: 'tar:relative' }, 'TEMPLATE_INVALID'],
  ];
  for (const [request, code] of requests) {
    const box = createBox({ unenforceable: { ioRead: 'not on v1' } });
    await assert.rejects(addTenant(box.boot(), request, work), isProblem(code), code);
    assert.equal(box.registry.saves, 0);
    assert.deepEqual(box.rootfs.calls, []);
    assert.deepEqual(box.containers.calls, []);
  }
});

test('a wish that cannot be enforced is accepted with --best-effort', async () => {
  const box = createBox({ unenforceable: { ioRead: 'not on v1' } });
  const engine = await withAlice(box, { limits: { ioRead: '50M' }, bestEffort: true });
  assert.equal(aliceOf(box).limits.ioRead, 50 * MiB);
  assert.ok(engine);
});

const ADD_POINTS = ['ensure-base', 'create-disk', 'mount', 'write-identity', 'start'].flatMap((kind) => [
  `before:${kind}`,
  `after:${kind}`,
]);

test('an add that fails at any step leaves nothing, and the same slot and name are free again', async () => {
  for (const point of ADD_POINTS) {
    const box = createBox({ slots: 1 });
    const engine = box.boot();
    box.faults.throwAt(point, new Error(`cut at ${point}`));
    await assert.rejects(addTenant(engine, { name: 'alice' }, work), new RegExp(point));
    assert.deepEqual(box.registry.current.tenants, [], point);
    await checkLegal(box);
    assert.deepEqual(engine.runtimes.names(), [], 'nothing is remembered');
    await addTenant(engine, { name: 'alice' }, work);
    await checkLegal(box);
  }
});

test('an add that is cancelled at any step leaves nothing', async () => {
  for (const point of ADD_POINTS) {
    const box = createBox();
    const cancelled = createWork();
    box.faults.actAt(point, () => cancelled.cancel(new Error('gone')));
    await assert.rejects(addTenant(box.boot(), { name: 'alice' }, cancelled), /gone|cancelled/, point);
    assert.deepEqual(box.registry.current.tenants, [], point);
    await checkLegal(box);
  }
});

test('a start that LXC refuses undoes the add, with the groups LXC left', async () => {
  const box = createBox();
  box.containers.failNextStart('no such device');
  await assert.rejects(addTenant(box.boot(), { name: 'alice' }, work), /did not start: no such device/);
  await checkLegal(box);
});

test('an add that cannot be recorded at its end is undone', async () => {
  const box = createBox();
  box.faults.actAt('after:start', () => box.registry.failNextSave());
  await assert.rejects(addTenant(box.boot(), { name: 'alice' }, work), isProblem('KERNEL_WRITE'));
  await checkLegal(box);
  assert.deepEqual(box.registry.current.tenants, []);
});

test('slots of the trash stay taken; when all are, the user is told', async () => {
  const { removeTenant } = await import('../../src/engine/remove.ts');
  const box = createBox({ slots: 2 });
  const engine = await withAlice(box);
  await removeTenant(engine, 'alice', work);
  const bob = await addTenant(engine, { name: 'bob' }, work);
  assert.equal(bob.slot, box.instance.slots.first + 1);
  await assert.rejects(addTenant(engine, { name: 'carol' }, work), isProblem('IDS_EXHAUSTED'));
});

test('two adds of one name at once make one tenant', async () => {
  const box = createBox();
  const engine = box.boot();
  const [a, b] = await Promise.all([
    addTenant(engine, { name: 'alice' }, work),
    addTenant(engine, { name: 'alice' }, work),
  ]);
  assert.deepEqual(a, b);
  assert.equal(box.containers.calls.filter((call) => call === 'start alice').length, 1);
  const different = await Promise.allSettled([
    addTenant(engine, { name: 'bob', limits: { pids: 64 } }, work),
    addTenant(engine, { name: 'bob', limits: { pids: 65 } }, work),
  ]);
  assert.deepEqual(
    different.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  await checkLegal(box);
});

test('many adds at once get slots of their own', async () => {
  const box = createBox();
  const engine = box.boot();
  const names = Array.from({ length: 12 }, (_, i) => `t${i}`);
  await Promise.all(names.map((name) => addTenant(engine, { name, limits: { memory: '64M' } }, work)));
  assert.equal(new Set(box.registry.current.tenants.map(({ slot }) => slot)).size, 12);
  await checkLegal(box);
});

test('adds at once cannot promise the house twice', async () => {
  const box = createBox();
  const engine = box.boot();
  const all = await Promise.allSettled(
    ['a', 'b', 'c'].map((name) => addTenant(engine, { name, limits: { cpu: '0.9', memory: '64M' } }, work)),
  );
  assert.deepEqual(
    all.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected'],
  );
});

test('a tenant that is busy for too long is said to be, with what is under way', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  const late = new AbortController();
  mock.method(AbortSignal, 'timeout', () => late.signal);
  void engine.locks.run('alice', 'a long thing', work.signal, () => new Promise(() => undefined));
  const stopped = stopTenant(engine, 'alice', work);
  late.abort();
  await assert.rejects(
    stopped,
    (error) => isProblem('TENANT_BUSY')(error) && /a long thing is under way/.test(String(error)),
  );
  mock.restoreAll();
});

test('who waits for a busy tenant can give up', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  void engine.locks.run('alice', 'x', work.signal, () => new Promise(() => undefined));
  const waiting = createWork();
  const stopped = stopTenant(engine, 'alice', waiting);
  waiting.cancel(new Error('gave up'));
  await assert.rejects(stopped, /gave up/);
});

test('a lock is free again after a failure, and held by one at a time', async () => {
  const { locks } = createBox().boot();
  await assert.rejects(
    locks.run('x', 'one', work.signal, () => Promise.reject(new Error('no'))),
    /no/,
  );
  let inside = 0;
  const enter = async (): Promise<void> => {
    inside += 1;
    assert.equal(inside, 1);
    assert.equal(locks.holder('x'), 'two');
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 20 }, () => locks.run('x', 'two', work.signal, enter)));
  assert.equal(locks.holder('x'), undefined);
});

test('stop, start, freeze, thaw and restart each end legal, are recorded once, and are idempotent', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  const acts = [
    [stopTenant, 'tenant-stopped', 'stopped'],
    [startTenant, 'tenant-started', 'running'],
    [freezeTenant, 'tenant-frozen', 'frozen'],
    [thawTenant, 'tenant-thawed', 'running'],
  ] as const;
  for (const [act, event, up] of acts) {
    for (let turn = 0; turn < 2; turn++) await act(engine, 'alice', work);
    assert.equal(engine.runtimes.get('alice').up, up);
    assert.equal(box.events.types().filter((type) => type === event).length, 1, event);
    await checkLegal(box);
  }
  const pid = box.containers.running.get('alice')?.pid;
  await restartTenant(engine, 'alice', work);
  assert.notEqual(box.containers.running.get('alice')?.pid, pid);
  assert.equal(aliceOf(box).desired, 'running');
  await checkLegal(box);
});

test('the stop time-out of the user reaches init', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  await stopTenant(engine, 'alice', work, 3000);
  assert.equal(box.containers.lastStopMs, 3000);
});

test('what is impossible in a state is refused with the way out', async () => {
  const box = createBox();
  const engine = await withAlice(box, { start: false });
  await assert.rejects(freezeTenant(engine, 'alice', work), isProblem('TENANT_STATE'));
  await assert.rejects(thawTenant(engine, 'alice', work), isProblem('TENANT_STATE'));
  await assert.rejects(startTenant(engine, 'alcie', work), (error) =>
    /did you mean "alice"/.test((error as Problem).hint),
  );
  await assert.rejects(startTenant(engine, '../x', work), isProblem('NAME_INVALID'));
  await checkLegal(box);
});

test('a start that fails goes back to stopped, on the host and in the registry', async () => {
  for (const point of ['before:mount', 'after:mount', 'after:write-identity', 'before:start', 'after:start']) {
    const box = createBox();
    const engine = await withAlice(box, { start: false });
    box.faults.throwAt(point, new Error('cut'));
    await assert.rejects(startTenant(engine, 'alice', work), /cut/);
    assert.equal(aliceOf(box).desired, 'stopped', point);
    await checkLegal(box);
  }
});

test('a freeze that is cancelled goes back to running', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  const cancelled = createWork();
  box.faults.actAt('after:freeze', () => cancelled.cancel());
  box.faults.throwAt('before:freeze', new Error('cut'));
  await assert.rejects(freezeTenant(engine, 'alice', cancelled), /cut/);
  await checkLegal(box);
  assert.equal(aliceOf(box).desired, 'running');
});

test('a restart whose base has gone builds it again and forgets nothing of what was wanted', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  box.rootfs.bases.length = 0;
  await restartTenant(engine, 'alice', work);
  assert.equal(aliceOf(box).desired, 'running');
  await checkLegal(box);
});

test('a tenant whose creation could not be undone cannot be used: the next start of the daemon would delete it', async () => {
  const box = createBox();
  const engine = box.boot();
  box.faults.throwAt('after:mount', new Error('cut'));
  box.faults.throwAt('before:unmount', new Error('target is busy'));
  await assert.rejects(addTenant(engine, { name: 'alice' }, work), /cut/);
  assert.equal(aliceOf(box).phase, 'creating');
  await assert.rejects(startTenant(engine, 'alice', work), isProblem('TENANT_STATE'));
  await assert.rejects(setTenant(engine, 'alice', { limits: { cpu: 1 } }, work), isProblem('TENANT_STATE'));
  await assert.rejects(restartTenant(engine, 'alice', work), isProblem('TENANT_STATE'));
  await bootAndHeal(box);
  await checkLegal(box);
  assert.deepEqual(box.registry.current.tenants, []);
});

test('limits change live: read back, recorded, without a restart', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  const pid = box.containers.running.get('alice')?.pid;
  const tenant = await setTenant(engine, 'alice', { limits: { cpu: '0.5', pids: 64, disk: '6G' } }, work);
  assert.equal(tenant.generation, 2);
  assert.equal(box.containers.running.get('alice')?.pid, pid);
  await checkLegal(box);
  const event = box.events.all.at(-1);
  assert.equal(event?.text, 'alice: cpu max -> 0.5, disk 5G -> 6G, pids 512 -> 64');
  const saves = box.registry.saves;
  await setTenant(engine, 'alice', { limits: { cpu: 0.5 } }, work);
  assert.equal(box.registry.saves, saves, 'nothing to change, nothing written');
});

test('limits of a stopped tenant change in the registry and on its disk', async () => {
  const box = createBox();
  const engine = await withAlice(box, { start: false });
  await setTenant(engine, 'alice', { limits: { disk: '4G', memory: '64M' } }, work);
  await checkLegal(box);
  await startTenant(engine, 'alice', work);
  await checkLegal(box);
});

test('a disk that needs a restart is refused without leave and done with it', async () => {
  const box = createBox({ growMode: 'restart' });
  const engine = await withAlice(box);
  await assert.rejects(setTenant(engine, 'alice', { limits: { disk: '6G' } }, work), (error) => {
    return isProblem('RESTART_NEEDED')(error) && (error as Problem).hint.includes('--disk 6G --restart');
  });
  assert.equal(aliceOf(box).limits.disk, 5 * GiB);
  await setTenant(engine, 'alice', { limits: { disk: '6G' }, allowRestart: true }, work);
  await checkLegal(box);
  assert.equal(box.containers.calls.filter((call) => call === 'start alice').length, 2);
});

test('a change that fails at any step puts the former limits back in force', async () => {
  const points = ['before:apply-limits', 'after:apply-limits', 'before:resize-disk'];
  for (const point of points) {
    const box = createBox();
    const engine = await withAlice(box);
    const before = aliceOf(box);
    box.faults.throwAt(point, new Error('cut'));
    await assert.rejects(setTenant(engine, 'alice', { limits: { cpu: '0.5', disk: '6G' } }, work), /cut/);
    assert.deepEqual(aliceOf(box).limits, before.limits, point);
    await checkLegal(box);
    assert.equal(box.events.types().includes('limits-changed'), false);
  }
});

test('a shrink below the use is refused before the tenant is stopped', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  const folder = box.rootfs.folders.get('alice');
  assert.ok(folder);
  folder.used = 4.5 * GiB;
  for (const allowRestart of [true, false])
    await assert.rejects(
      setTenant(engine, 'alice', { limits: { disk: '4G' }, allowRestart }, work),
      (error) => isProblem('SHRINK_REFUSED')(error) && (error as Problem).hint.includes('--disk 4624M --restart'),
    );
  await checkLegal(box);
  assert.deepEqual(
    box.containers.calls.filter((call) => /^st(art|op) /.test(call)),
    ['start alice'],
  );
  assert.equal(aliceOf(box).generation, 1);
});

test('a shrink that turns out too small once the disk is unmounted is refused and the tenant is up again', async () => {
  const box = createBox();
  const engine = await withAlice(box);
  const folder = box.rootfs.folders.get('alice');
  assert.ok(folder);
  folder.used = 4 * GiB;
  mock.method(box.rootfs, 'leastDisk', async () => 4 * GiB, { times: 1 }); // more was written since
  await assert.rejects(
    setTenant(engine, 'alice', { limits: { disk: '4G' }, allowRestart: true }, work),
    isProblem('SHRINK_REFUSED'),
  );
  await checkLegal(box);
  assert.equal(engine.runtimes.get('alice').up, 'running');
});

test('promises that no longer fit are refused; lowering is always possible', async () => {
  const box = createBox();
  const engine = await withAlice(box, { limits: { cpu: 1 } });
  await addTenant(engine, { name: 'bob', limits: { cpu: '0.9', memory: '64M' } }, work);
  await assert.rejects(setTenant(engine, 'alice', { limits: { cpu: '1.1' } }, work), isProblem('OVERCOMMIT'));
  await setTenant(engine, 'alice', { limits: { cpu: '0.4' } }, work);
  await setTenant(engine, 'bob', { limits: { cpu: '1.5' } }, work);
  await checkLegal(box);
});

/** Alice uses 300M under 512M, and the engine has seen it. */
const withHungryAlice = async (box: Box): Promise<Engine> => {
  const engine = await withAlice(box);
  box.cgroups.setUse(placeOf(box.config, 'alice'), { memory: 300 * MiB, pids: 3 });
  await Promise.all(runTick(engine, 0, work));
  return engine;
};

const memoryMax = (box: Box): number =>
  Number(box.cgroups.groups.get(placeOf(box.config, 'alice').root)?.files.get('memory.max'));

const tick = async (box: Box, engine: Engine, seconds = 1): Promise<void> => {
  for (let n = 0; n < seconds; n++) {
    await box.clock.advance(1000);
    await Promise.all(runTick(engine, n + 1, work));
  }
};

test('memory below the use walks down as the tenant gives it back, and nobody is killed', async () => {
  const box = createBox();
  const engine = await withHungryAlice(box);
  await setTenant(engine, 'alice', { limits: { memory: '128M', cpu: '0.5' } }, work);
  assert.equal(aliceOf(box).limits.memory, 128 * MiB);
  assert.equal(memoryMax(box), 304 * MiB);
  assert.ok(box.events.types().includes('memory-descent'));
  box.cgroups.setUse(placeOf(box.config, 'alice'), { memory: 200 * MiB });
  await tick(box, engine);
  assert.equal(memoryMax(box), 204 * MiB);
  box.cgroups.setUse(placeOf(box.config, 'alice'), { memory: 100 * MiB });
  await tick(box, engine);
  assert.equal(memoryMax(box), 128 * MiB);
  assert.equal(engine.runtimes.get('alice').descent, null);
  await checkLegal(box);
  assert.equal(box.events.types().includes('oom-kill'), false);
});

test('a tenant that gives nothing back gets its limit at the deadline all the same', async () => {
  const box = createBox();
  const engine = await withHungryAlice(box);
  await setTenant(engine, 'alice', { limits: { memory: '128M' } }, work);
  await tick(box, engine, 59);
  assert.ok(memoryMax(box) > 128 * MiB);
  await tick(box, engine, 3);
  assert.equal(memoryMax(box), 128 * MiB);
  await checkLegal(box);
});

test('a walk down ends when the limit is raised again', async () => {
  const box = createBox();
  const engine = await withHungryAlice(box);
  await setTenant(engine, 'alice', { limits: { memory: '128M' } }, work);
  await setTenant(engine, 'alice', { limits: { memory: '400M' } }, work);
  assert.equal(engine.runtimes.get('alice').descent, null);
  await tick(box, engine);
  await checkLegal(box);
});

test('a change of the disk together with a walk down is made as well', async () => {
  const box = createBox();
  const engine = await withHungryAlice(box);
  await setTenant(engine, 'alice', { limits: { memory: '128M', disk: '6G' } }, work);
  assert.equal(box.rootfs.folders.get('alice')?.disk, 6 * GiB);
});

test('another change during a walk down neither ends nor hastens it', async () => {
  const box = createBox();
  const engine = await withHungryAlice(box);
  await setTenant(engine, 'alice', { limits: { memory: '128M' } }, work);
  const lowered = mock.method(box.cgroups, 'apply');
  await setTenant(engine, 'alice', { limits: { cpu: '0.5' } }, work);
  for (const {
    arguments: [, limits],
  } of lowered.mock.calls)
    assert.ok((limits.memory ?? 0) >= 300 * MiB, `${limits.memory}`);
  assert.equal(memoryMax(box), 304 * MiB);
  assert.ok(engine.runtimes.get('alice').descent);
});

test('a walk down whose first step fails is over: the former limit stays in force', async () => {
  const box = createBox();
  const engine = await withHungryAlice(box);
  mock.method(box.cgroups, 'lowerMemory', () => Promise.reject(new Error('EIO')), { times: 1 });
  await assert.rejects(setTenant(engine, 'alice', { limits: { memory: '128M', pids: 64 } }, work), /EIO/);
  assert.equal(engine.runtimes.get('alice').descent, null);
  await tick(box, engine);
  assert.equal(memoryMax(box), 512 * MiB);
  await checkLegal(box);
});
