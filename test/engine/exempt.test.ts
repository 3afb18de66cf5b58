// CPU of processes that a tenant's rules exempt: counted by name, from one look to the next, and only where asked for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExempt } from '../../src/engine/exempt.ts';
import { sampleTenant } from '../../src/engine/sampling.ts';
import { createScene, placeIn, type Scene, tick, use, work } from './scene.ts';

interface Watched extends Scene {
  readonly compiler: number;
  reads: number;
}

/** A second, and a sample without a decision. */
const look = async ({ box, engine }: Scene): Promise<void> => {
  await box.clock.advance(1000);
  for (const tenant of box.registry.current.tenants) sampleTenant(engine, tenant, work);
};

const createWatched = async (): Promise<Watched> => {
  const scene = await createScene();
  const { box } = scene;
  const compiler = box.cgroups.addProcess(placeIn(scene));
  const other = box.cgroups.addProcess(placeIn(scene));
  box.processes.set({ pid: compiler, name: 'cc1', cpuUsec: 900_000 });
  box.processes.set({ pid: other, name: 'miner', cpuUsec: 900_000 });
  const watched = { ...scene, compiler, reads: 0 };
  const { read } = box.processes;
  box.processes.read = (pids, most) => {
    watched.reads += 1;
    return read(pids, most);
  };
  await look(watched);
  return watched;
};

const next = async (scene: Watched, cpuUsec: number): Promise<number> => {
  use(scene, 'alice', 500_000);
  scene.box.processes.set({ pid: scene.compiler, cpuUsec });
  await look(scene);
  return readExempt(scene.engine, 'alice', ['cc1', 'ld']);
};

test('only growth between two looks counts, and only of the names on the list', async () => {
  const scene = await createWatched();
  assert.equal(await next(scene, 1_000_000), 0);
  assert.equal(await next(scene, 1_300_000), 300_000);
});

test('a process that came since the last look counts from its start, one with a used number anew', async () => {
  const scene = await createWatched();
  await next(scene, 1_000_000);
  const linker = scene.box.cgroups.addProcess(placeIn(scene));
  scene.box.processes.set({ pid: linker, name: 'ld', cpuUsec: 70_000 });
  assert.equal(await next(scene, 1_000_000), 70_000);
  scene.box.processes.set({ pid: linker, name: 'ld', cpuUsec: 20_000, startTicks: 9 });
  assert.equal(await next(scene, 1_000_000), 20_000);
});

test('compilers that live shorter than a tick count by the process on the list that waits for them', async () => {
  const scene = await createWatched();
  scene.box.processes.set({ pid: scene.compiler, name: 'ld' });
  await next(scene, 900_000);
  scene.box.processes.set({ pid: scene.compiler, childUsec: 350_000 });
  assert.equal(await next(scene, 900_000), 350_000);
});

test('no process is read for a tenant without a list, nor for one that is idle', async () => {
  const scene = await createWatched();
  await next(scene, 1_000_000);
  const { reads } = scene;
  assert.equal(readExempt(scene.engine, 'alice', []), 0);
  await look(scene);
  await look(scene);
  assert.equal(readExempt(scene.engine, 'alice', ['cc1']), 0);
  assert.equal(scene.reads, reads);
});

test('work of exempt processes leaves the score alone, other work does not', async () => {
  for (const [name, isHurting] of [
    ['cc1', false],
    ['miner', true],
  ] as const) {
    const tenants = [{ name: 'alice', rules: { exempt: 'cc1' } }, { name: 'bob' }];
    const scene = await createScene({ tenants });
    const pid = scene.box.cgroups.addProcess(placeIn(scene));
    let cpuUsec = 0;
    await tick(scene, 2);
    await tick(scene, 3, () => {
      cpuUsec += 1_900_000;
      scene.box.processes.set({ pid, name, cpuUsec });
      use(scene, 'alice', 1_900_000);
      use(scene, 'bob', 10_000, 900_000);
    });
    const before = scene.engine.scheduler.states['alice']?.score.cpu ?? 0;
    await tick(scene, 1, () => {
      cpuUsec += 1_900_000;
      scene.box.processes.set({ pid, name, cpuUsec });
      use(scene, 'alice', 1_900_000);
      use(scene, 'bob', 10_000, 900_000);
    });
    const { score, occurrences } = scene.engine.scheduler.states['alice'] ?? {};
    assert.equal((score?.cpu ?? 0) > before || (occurrences ?? 0) > 0, isHurting, name);
  }
});
