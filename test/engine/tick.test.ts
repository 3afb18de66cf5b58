// The tick: samples, drift, deaths and limit hits, on a box in memory under a clock that stands still.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MiB } from '../../src/domain/units.ts';
import { addTenant } from '../../src/engine/add.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { stopTenant } from '../../src/engine/lifecycle.ts';
import { placeOf } from '../../src/engine/observe.ts';
import { KEPT_POINTS } from '../../src/engine/points.ts';
import { runTick } from '../../src/engine/tick.ts';
import { type Box, createBox, createWork } from '../fakes/engine.ts';
import { checkLegal } from './legal.ts';

const work = createWork('daemon');

interface Scene {
  readonly box: Box;
  readonly engine: Engine;
  /** One second later. */
  readonly tick: (count?: number) => Promise<void>;
}

/** Repairs that sleep (a restart's pause) go on while the clock moves; all others have ended when a tick returns. */
const createScene = async (change: Partial<Parameters<typeof addTenant>[1]> = {}): Promise<Scene> => {
  const box = createBox();
  const engine = box.boot();
  await addTenant(engine, { name: 'alice', limits: { cpu: 1 }, ...change }, work);
  let number = 0;
  const tick = async (count = 1): Promise<void> => {
    for (let n = 0; n < count; n++) {
      void runTick(engine, number++, work);
      await box.clock.advance(1000);
    }
  };
  return { box, engine, tick };
};

const placeOfAlice = (box: Box) => placeOf(box.config, 'alice');
const runtimeOf = ({ engine }: Scene) => engine.runtimes.get('alice');
const countOf = ({ box }: Scene, type: string): number => box.events.types().filter((one) => one === type).length;

test('two ticks give the rates between them', async () => {
  const scene = await createScene();
  await scene.tick();
  assert.equal(runtimeOf(scene).usage, null);
  scene.box.cgroups.setUse(placeOfAlice(scene.box), { cpuUsec: 250_000, memory: 5 * MiB, pids: 2 });
  await scene.tick();
  assert.equal(runtimeOf(scene).usage?.cpu, 250);
  assert.equal(runtimeOf(scene).usage?.memory, 5 * MiB);
  assert.deepEqual(runtimeOf(scene).usage?.disk, { used: 65_536, size: 5 * 2 ** 30, inodesUsed: 12, inodes: 65_536 });
  assert.equal(runtimeOf(scene).points.length, 1);
});

test('what passes the link of a tenant is part of its rates', async () => {
  const scene = await createScene();
  const { slot } = scene.box.registry.current.tenants[0] ?? { slot: -1 };
  await scene.tick();
  scene.box.network.setLinkBytes(slot, { rxBytes: 3000, txBytes: 500 });
  await scene.tick();
  const { netRxBps, netTxBps } = runtimeOf(scene).usage ?? {};
  assert.deepEqual([netRxBps, netTxBps], [3000, 500]);
});

test('fifteen minutes are kept, and no more', async () => {
  const scene = await createScene();
  await scene.tick(KEPT_POINTS + 20);
  const points = runtimeOf(scene).points.list();
  assert.equal(points.length, 900);
  assert.equal((points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0), 899_000);
});

test("init's process id is learnt once", async () => {
  const scene = await createScene();
  await scene.tick(3);
  assert.equal(runtimeOf(scene).pid, scene.box.containers.running.get('alice')?.pid);
});

test('a value somebody wrote by hand is written back within two ticks and told with the figures', async () => {
  const scene = await createScene();
  await scene.tick(2);
  scene.box.cgroups.setFile(placeOfAlice(scene.box), 'cpu.max', 'max 100000');
  await scene.tick(2);
  await checkLegal(scene.box);
  const event = scene.box.events.all.find(({ type }) => type === 'drift-repaired');
  assert.match(event?.text ?? '', /alice: cpu\.max read "max 100000" instead of "100000 100000"; written back/);
  await scene.tick(5);
  assert.equal(countOf(scene, 'drift-repaired'), 1);
});

test('with many tenants each is still compared, a few per tick', async () => {
  const box = createBox({ slots: 120 });
  const engine = box.boot();
  for (let i = 0; i < 120; i++) await addTenant(engine, { name: `t${i}`, overcommit: true }, work);
  for (let i = 0; i < 120; i++) box.cgroups.setFile(placeOf(box.config, `t${i}`), 'pids.max', 'max');
  const repaired = (): number => box.events.types().filter((type) => type === 'drift-repaired').length;
  await Promise.all(runTick(engine, 0, work)); // learns process ids
  for (let n = 1; n <= 3; n++) {
    await Promise.all(runTick(engine, n, work));
    assert.equal(repaired(), 40 * n);
    await box.clock.advance(1000);
  }
  await checkLegal(box);
});

test('limit hits are events once per burst, with what was counted', async () => {
  const scene = await createScene();
  await scene.tick();
  for (let n = 1; n <= 5; n++) {
    scene.box.cgroups.setUse(placeOfAlice(scene.box), { periods: n * 10, throttled: n * 5, oomKills: n });
    await scene.tick();
  }
  assert.equal(countOf(scene, 'cpu-throttled'), 1);
  assert.equal(countOf(scene, 'oom-kill'), 1);
  assert.deepEqual(runtimeOf(scene).faults, {
    throttledPeriods: 25,
    oomKills: 5,
    memoryMaxHits: 0,
    forksRefused: 0,
    deaths: 0,
  });
  await scene.tick(61);
  scene.box.cgroups.setUse(placeOfAlice(scene.box), { oomKills: 6 });
  await scene.tick();
  assert.equal(countOf(scene, 'oom-kill'), 2);
});

test('a tenant that crashed is up again after a quarter of a second, cleanly', async () => {
  const scene = await createScene();
  await scene.tick(2);
  scene.box.containers.die('alice');
  await scene.tick(2);
  assert.ok(scene.box.containers.running.has('alice'));
  assert.deepEqual(scene.box.events.types().slice(-2), ['tenant-died', 'tenant-restarted']);
  assert.equal(runtimeOf(scene).faults.deaths, 1);
  assert.equal(runtimeOf(scene).activity, null);
  await checkLegal(scene.box);
});

/** Dies as soon as it is up, until nobody starts it again. */
const crashForEver = async (scene: Scene): Promise<number> => {
  let starts = 0;
  for (let second = 0; second < 180; second++) {
    if (scene.box.containers.running.has('alice')) {
      starts += 1;
      scene.box.containers.die('alice');
    }
    await scene.tick();
  }
  return starts;
};

test('a tenant that dies again and again is given up after ten tries within a minute', async () => {
  const scene = await createScene({ restart: 'always' });
  const starts = await crashForEver(scene);
  assert.equal(starts, 11, 'the first run and ten tries');
  assert.equal(countOf(scene, 'restart-given-up'), 1);
  assert.equal(runtimeOf(scene).failed, true);
  assert.match(runtimeOf(scene).reason, /died 11 times within a minute/);
  assert.equal(scene.box.registry.current.tenants[0]?.desired, 'running', 'it is still wanted');
  assert.equal(scene.box.rootfs.folders.get('alice')?.mounted, false);
});

test('a start that fails after a death counts as a death: it is tried again, and given up in the end', async () => {
  const scene = await createScene();
  await scene.tick(2);
  scene.box.containers.failStarts('no such device');
  scene.box.containers.die('alice');
  await scene.tick(10);
  assert.ok(scene.box.containers.calls.filter((call) => call === 'start alice').length >= 4);
  scene.box.containers.failStarts(null);
  await scene.tick(8);
  assert.ok(scene.box.containers.running.has('alice'));
  await checkLegal(scene.box);
});

test('starts that never work are given up within the limit of tries', async () => {
  const scene = await createScene();
  await scene.tick(2);
  scene.box.containers.failStarts('no such device');
  scene.box.containers.die('alice');
  await scene.tick(180);
  assert.equal(scene.box.containers.calls.filter((call) => call === 'start alice').length, 11);
  assert.equal(countOf(scene, 'restart-given-up'), 1);
  assert.equal(runtimeOf(scene).failed, true);
  assert.equal(runtimeOf(scene).activity, null);
});

test('a power-off from inside stays down and is recorded as wanted', async () => {
  const scene = await createScene();
  await scene.tick(2);
  scene.box.containers.die('alice', { orderly: true, text: 'signal 2' });
  await scene.tick(3);
  assert.equal(scene.box.registry.current.tenants[0]?.desired, 'stopped');
  await checkLegal(scene.box);
  assert.equal(runtimeOf(scene).failed, false);
});

test('restart policy never: down is down', async () => {
  const scene = await createScene({ restart: 'never' });
  await scene.tick(2);
  scene.box.containers.die('alice');
  await scene.tick(10);
  assert.equal(scene.box.containers.running.has('alice'), false);
  await checkLegal(scene.box);
});

test('a stop during the pause before a restart wins', async () => {
  const scene = await createScene({ restart: 'always' });
  await scene.tick(2);
  for (let n = 0; n < 6; n++) {
    scene.box.containers.die('alice');
    await scene.tick(n < 5 ? 6 : 1);
  }
  assert.equal(scene.box.containers.running.has('alice'), false, 'in its pause');
  await stopTenant(scene.engine, 'alice', work);
  await scene.tick(20);
  await checkLegal(scene.box);
  assert.equal(scene.box.containers.running.has('alice'), false);
  assert.equal(runtimeOf(scene).activity, null);
});

test('a start by the user forgets the deaths before it', async () => {
  const scene = await createScene({ restart: 'always' });
  await crashForEver(scene);
  const { startTenant } = await import('../../src/engine/lifecycle.ts');
  await startTenant(scene.engine, 'alice', work);
  await scene.tick(2);
  scene.box.containers.die('alice');
  await scene.tick(3);
  assert.ok(scene.box.containers.running.has('alice'));
  await checkLegal(scene.box);
});

test('a tick leaves alone a tenant on which work is under way', async () => {
  const scene = await createScene();
  await scene.tick(2);
  let end = (): void => undefined;
  const held = scene.engine.locks.run(
    'alice',
    'x',
    work.signal,
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  scene.box.cgroups.setFile(placeOfAlice(scene.box), 'pids.max', 'max');
  await scene.tick(3);
  assert.equal(countOf(scene, 'drift-repaired'), 0);
  end();
  await held;
  await scene.tick(2);
  assert.equal(countOf(scene, 'drift-repaired'), 1);
});

test('a repair that fails is logged, tried again, and keeps no other tenant from its tick', async () => {
  const scene = await createScene();
  const { box, engine } = scene;
  await addTenant(engine, { name: 'bob', limits: { memory: '64M' } }, work);
  await scene.tick(2);
  const { mock } = await import('node:test');
  mock.method(box.cgroups, 'apply', () => Promise.reject(new Error('EIO')), { times: 1 });
  box.cgroups.setFile(placeOfAlice(box), 'pids.max', 'max');
  await scene.tick();
  assert.deepEqual(box.log.messages('warn'), ['a repair failed']);
  await scene.tick(2);
  await checkLegal(box);
  assert.equal(engine.runtimes.get('bob').points.length > 2, true);
});
