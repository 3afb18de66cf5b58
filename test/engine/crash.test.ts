// The daemon dies at every point of every verb, and again at every point of the healing: the next start heals it all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GiB, MiB } from '../../src/domain/units.ts';
import { addTenant } from '../../src/engine/add.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { freezeTenant, restartTenant, startTenant, stopTenant, thawTenant } from '../../src/engine/lifecycle.ts';
import { emptyTrash, removeTenant, restoreTenant } from '../../src/engine/remove.ts';
import { setTenant } from '../../src/engine/set.ts';
import { type Box, type BoxOptions, createBox, createWork } from '../fakes/engine.ts';
import { bootAndHeal, checkLegal } from './legal.ts';

interface Story {
  readonly title: string;
  readonly options?: BoxOptions;
  /** Brings the box to where the verb starts. */
  readonly before: (engine: Engine) => Promise<unknown>;
  readonly act: (engine: Engine) => Promise<unknown>;
  /** Ends that are right after a crash anywhere: how alice is described. */
  readonly ends: readonly string[];
}

const work = createWork();
const add = (engine: Engine, name = 'alice', start = true) => addTenant(engine, { name, start }, work);
const frozen = async (engine: Engine): Promise<void> => {
  await add(engine);
  await freezeTenant(engine, 'alice', work);
};
const removed = async (engine: Engine): Promise<void> => {
  await add(engine);
  await removeTenant(engine, 'alice', work);
};

/** In one word what became of alice. */
const describe = (box: Box): string => {
  const tenant = box.registry.current.tenants.find(({ name }) => name === 'alice');
  if (tenant) return `${tenant.desired} ${tenant.limits.disk / GiB}G cpu ${tenant.limits.cpu}`;
  return box.registry.current.trash.some(({ tenant }) => tenant.name === 'alice') ? 'in the trash' : 'gone';
};

const RUNNING = 'running 5G cpu null';
const STOPPED = 'stopped 5G cpu null';
const FROZEN = 'frozen 5G cpu null';

const STORIES: readonly Story[] = [
  { title: 'add', before: async () => undefined, act: (e) => add(e), ends: ['gone', RUNNING] },
  {
    title: 'add --no-start',
    before: async () => undefined,
    act: (e) => add(e, 'alice', false),
    ends: ['gone', STOPPED],
  },
  {
    title: 'start',
    before: (e) => add(e, 'alice', false),
    act: (e) => startTenant(e, 'alice', work),
    ends: [STOPPED, RUNNING],
  },
  { title: 'stop', before: (e) => add(e), act: (e) => stopTenant(e, 'alice', work), ends: [STOPPED, RUNNING] },
  { title: 'restart', before: (e) => add(e), act: (e) => restartTenant(e, 'alice', work), ends: [RUNNING] },
  { title: 'freeze', before: (e) => add(e), act: (e) => freezeTenant(e, 'alice', work), ends: [RUNNING, FROZEN] },
  { title: 'thaw', before: frozen, act: (e) => thawTenant(e, 'alice', work), ends: [RUNNING, FROZEN] },
  { title: 'stop of a frozen one', before: frozen, act: (e) => stopTenant(e, 'alice', work), ends: [FROZEN, STOPPED] },
  {
    title: 'set --cpu --disk, live',
    before: (e) => add(e),
    act: (e) => setTenant(e, 'alice', { limits: { cpu: '0.5', disk: '6G' } }, work),
    ends: [RUNNING, 'running 6G cpu 500'],
  },
  {
    title: 'set --disk --restart where disks grow only unmounted',
    options: { growMode: 'restart' },
    before: (e) => add(e),
    act: (e) => setTenant(e, 'alice', { limits: { disk: '6G' }, allowRestart: true }, work),
    ends: [RUNNING, 'running 6G cpu null'],
  },
  {
    title: 'set --disk smaller --restart',
    before: (e) => add(e),
    act: (e) => setTenant(e, 'alice', { limits: { disk: '4G' }, allowRestart: true }, work),
    ends: [RUNNING, 'running 4G cpu null'],
  },
  { title: 'rm', before: (e) => add(e), act: (e) => removeTenant(e, 'alice', work), ends: [RUNNING, 'in the trash'] },
  {
    title: 'trash restore',
    before: removed,
    act: (e) => restoreTenant(e, 'alice', work, { start: true }),
    ends: ['in the trash', RUNNING],
  },
  { title: 'trash empty', before: removed, act: (e) => emptyTrash(e, {}, 'uid:0'), ends: ['in the trash', 'gone'] },
];

/** Points reached by the verb, each with the how-many-eth time it is. */
const listPoints = async (story: Story): Promise<{ point: string; nth: number }[]> => {
  const box = createBox(story.options);
  const engine = box.boot();
  await addTenant(engine, { name: 'bob', limits: { memory: 64 * MiB } }, work);
  await story.before(engine);
  const from = box.faults.points.length;
  await story.act(engine);
  await checkLegal(box);
  assert.ok(story.ends.includes(describe(box)), describe(box));
  const counts = new Map<string, number>();
  return box.faults.points.slice(from).map((point) => {
    const nth = (counts.get(point) ?? 0) + 1;
    counts.set(point, nth);
    return { point, nth };
  });
};

const runUntilDeath = async (story: Story, at: { point: string; nth: number }): Promise<Box> => {
  const box = createBox(story.options);
  const engine = box.boot();
  await addTenant(engine, { name: 'bob', limits: { memory: 64 * MiB } }, work);
  await story.before(engine);
  const dead = box.faults.dieAt(at.point, at.nth);
  void story.act(engine);
  await dead;
  box.faults.disarm();
  return box;
};

/** The healing dies as well, at its n-th point, until it gets through. */
const healThroughDeaths = async (box: Box): Promise<void> => {
  for (let nth = 0; nth < 40; nth++) {
    const from = box.faults.points.length;
    const next = nextPoint(box, nth);
    const healed = bootAndHeal(box).then(() => 'healed');
    const outcome = await Promise.race([healed, next.then(() => 'died')]);
    box.faults.disarm();
    if (outcome === 'healed' || box.faults.points.length === from) return;
  }
  assert.fail('healing never ended');
};

/** Dies at whatever kind of point comes after `skip` of them. */
const nextPoint = (box: Box, skip: number): Promise<void> => box.faults.dieAtCount(skip + 1);

for (const story of STORIES) {
  test(`${story.title}: a death at any point is healed by the next start`, async (t) => {
    const points = await listPoints(story);
    assert.ok(points.length >= 1);
    for (const at of points) {
      const box = await runUntilDeath(story, at);
      const bob = box.containers.running.get('bob')?.pid;
      await bootAndHeal(box);
      const where = `${at.point}#${at.nth}`;
      await checkLegal(box).catch((error: unknown) => assert.fail(`${where}: ${String(error)}`));
      assert.ok(story.ends.includes(describe(box)), `${where}: ${describe(box)}`);
      assert.equal(box.containers.running.get('bob')?.pid, bob, 'bob goes on undisturbed');
    }
    t.diagnostic(`${points.length} points`);
  });

  test(`${story.title}: deaths of the healing itself are healed as well`, async () => {
    for (const at of await listPoints(story)) {
      const box = await runUntilDeath(story, at);
      await healThroughDeaths(box);
      await checkLegal(box);
      assert.ok(story.ends.includes(describe(box)), describe(box));
    }
  });
}

test('after a power cut every tenant comes back as it was wanted', async () => {
  const box = createBox();
  const engine = box.boot();
  await add(engine);
  await add(engine, 'bob', false);
  await addTenant(engine, { name: 'carol', limits: { memory: 64 * MiB } }, work);
  await freezeTenant(engine, 'carol', work);
  box.containers.powerCut();
  for (const folder of box.rootfs.folders.values()) folder.mounted = false;
  await bootAndHeal(box);
  await checkLegal(box);
  assert.deepEqual([...box.containers.running.keys()].sort(), ['alice', 'carol']);
});

test('groups and links nobody owns are swept, those of tenants stay', async () => {
  const box = createBox();
  await add(box.boot());
  const { house } = { house: box.instance.name };
  box.cgroups.create({ house, root: `${house}/ghost`, payload: `${house}/ghost/payload`, inner: '', monitor: '' });
  box.network.addLink(box.instance.slots.first + 7);
  await bootAndHeal(box);
  await checkLegal(box);
  assert.ok(box.containers.running.has('alice'));
  assert.ok(box.events.all.some(({ type, text }) => type === 'healed' && text.includes('ghost')));
});

test('a tenant that cannot be healed is reported and keeps no other from coming back', async () => {
  const box = createBox();
  const first = box.boot();
  await add(first);
  await addTenant(first, { name: 'bob', limits: { memory: 64 * MiB } }, work);
  box.containers.powerCut();
  box.containers.failNextStart('no such device');
  const engine = await bootAndHeal(box);
  assert.equal(box.containers.running.size, 1);
  const down = ['alice', 'bob'].find((name) => !box.containers.running.has(name)) ?? '';
  assert.equal(engine.runtimes.get(down).failed, true);
  assert.match(engine.runtimes.get(down).reason, /no such device/);
});

test('a shrink that was cut and proves impossible leaves the disk as it was, and the tenant up', async () => {
  const box = createBox();
  const engine = box.boot();
  await add(engine);
  const folder = box.rootfs.folders.get('alice');
  assert.ok(folder);
  const dead = box.faults.dieAt('after:unmount');
  void setTenant(engine, 'alice', { limits: { disk: '4G' }, allowRestart: true }, work);
  await dead;
  folder.used = 4.5 * GiB; // written after the disk was found small enough
  await bootAndHeal(box);
  await checkLegal(box);
  assert.equal(describe(box), RUNNING);
});

test('an entry whose deletion was cut is never restored', async () => {
  const box = createBox();
  const engine = box.boot();
  await removed(engine);
  const dead = box.faults.dieAt('before:save', 2);
  void emptyTrash(engine, {}, 'uid:0');
  await dead;
  await assert.rejects(restoreTenant(box.boot(), 'alice', work, { start: false }), { code: 'TRASH_MISSING' });
});
