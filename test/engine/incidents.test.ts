// Faults and acts become incidents: merged, with evidence of who did it, closed; a disk that is full stops nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MERGE_MS } from '../../src/domain/incidents.ts';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import { MiB } from '../../src/domain/units.ts';
import { addTenant } from '../../src/engine/add.ts';
import { pardonTenant } from '../../src/engine/policy-verbs.ts';
import { removeTenant } from '../../src/engine/remove.ts';
import type { Incident } from '../../src/ports/history.ts';
import { createWork } from '../fakes/engine.ts';
import {
  climb,
  createScene,
  NO_PRESSURE,
  placeIn,
  QUICK,
  restartDaemon,
  type Scene,
  setCounters,
  tick,
  use,
} from './scene.ts';

const listIn = ({ box }: Scene): Incident[] =>
  box.history.listIncidents({ since: 0, until: Number.MAX_SAFE_INTEGER }).reverse();

/** Ten more periods, half of them throttled, of which alice's processes make what `spend` says. */
const throttle = (scene: Scene, spend: () => void = () => undefined): void => {
  const { periods = 0, throttled = 0 } = scene.counters.get('alice') ?? {};
  setCounters(scene, 'alice', { periods: periods + 10, throttled: throttled + 5 });
  spend();
};

const createLimited = (): Promise<Scene> =>
  createScene({ tenants: [{ name: 'alice', limits: { cpu: 1 } }, { name: 'bob' }] });

test('a burst of faults is one incident that grows, and closes five minutes after the last', async () => {
  const scene = await createLimited();
  await tick(scene, 2);
  await tick(scene, 30, () => throttle(scene));
  const [incident, ...others] = listIn(scene);
  assert.equal(others.length, 0);
  assert.equal(incident?.kind, 'cpu-throttled');
  assert.equal(incident?.closedAt, null);
  await tick(scene, MERGE_MS / 1000 + 1);
  const [closed] = listIn(scene);
  assert.equal(closed?.count, 30);
  assert.equal(closed?.outcome, 'back to normal after 29 s, 30 times');
  assert.equal(closed?.closedAt, closed?.lastAt);
});

test('a burst of hits of the memory limit is one event and one incident; file pages that come and go are none', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', limits: { memory: 512 * MiB } }] });
  const hit = (memory: number) => () => {
    const { memoryMaxHits = 0, pressure } = scene.counters.get('alice') ?? {};
    const waited = pressure ?? NO_PRESSURE;
    setCounters(scene, 'alice', {
      memory,
      memoryMaxHits: memoryMaxHits + 5000,
      pressure: { ...waited, memorySomeUsec: waited.memorySomeUsec + 300_000 },
    });
  };
  await tick(scene, 2);
  await tick(scene, 20, hit(300 * MiB));
  assert.equal(listIn(scene).length, 0);
  await tick(scene, 30, hit(500 * MiB));
  await tick(scene, MERGE_MS / 1000 + 1);
  assert.deepEqual(
    listIn(scene).map(({ kind, count, evidence }) => [kind, count, evidence.figures]),
    [['memory-limit', 30, { memoryMaxHits: 5000, memory: 500 * MiB, waitedPercent: 30 }]],
  );
  assert.equal(scene.box.events.all.filter(({ type }) => type === 'memory-limit').length, 1);
});

test('while it goes on it is written every ten seconds, not every second', async () => {
  const scene = await createLimited();
  await tick(scene, 2);
  let writes = 0;
  const { updateIncident } = scene.box.history;
  scene.box.history.updateIncident = (id, change) => {
    if (change.count !== undefined) writes += 1;
    updateIncident(id, change);
  };
  await tick(scene, 61, () => throttle(scene));
  assert.equal(writes, 6);
});

test('two hours of flapping around the edge are few incidents and few events', async () => {
  const scene = await createLimited();
  await tick(scene, 2);
  let second = 0;
  await tick(scene, 7200, () => {
    if (second++ % 2 === 0) throttle(scene);
  });
  assert.equal(listIn(scene).length, 1);
  assert.ok(scene.box.events.all.length < 20, `${scene.box.events.all.length}`);
});

test('evidence says which processes used the CPU between two looks, short-lived ones together', async () => {
  const scene = await createLimited();
  const { box } = scene;
  const pid = box.cgroups.addProcess(placeIn(scene));
  box.processes.set({ pid, name: 'miner', cpuUsec: 5_000_000, memory: 4096 });
  use(scene, 'bob', 1);
  await tick(scene, 2);
  let spent = 5_000_000;
  await tick(scene, 2, () =>
    throttle(scene, () => {
      spent += 700_000;
      use(scene, 'alice', 900_000);
      use(scene, 'bob', 100_000);
      box.processes.set({ pid, cpuUsec: spent, memory: 4096 + ((spent - 5_700_000) / 700_000) * 8192 });
    }),
  );
  const { evidence } = listIn(scene)[0] ?? {};
  assert.deepEqual(evidence?.processes.slice(0, 2), [
    { name: 'miner', pid, cpuUsec: 700_000, memory: 12_288, memoryDelta: 8192 },
    { name: 'other', pid: 0, cpuUsec: 200_000, memory: 0, memoryDelta: 0 },
  ]);
  assert.deepEqual(evidence?.neighbours, [{ name: 'bob', cpu: 100, memory: 0 }]);
  assert.equal(evidence?.figures['throttledPercent'], 50);
});

test('two kinds that begin in the same tick have the same evidence', async () => {
  const scene = await createLimited();
  const { box } = scene;
  const pid = box.cgroups.addProcess(placeIn(scene));
  box.processes.set({ pid, name: 'miner', cpuUsec: 0 });
  await tick(scene, 2);
  let spent = 0;
  await tick(scene, 2, () =>
    throttle(scene, () => {
      spent += 700_000;
      use(scene, 'alice', 700_000);
      setCounters(scene, 'alice', { oomKills: spent / 700_000 });
      box.processes.set({ pid, cpuUsec: spent });
    }),
  );
  const incidents = listIn(scene);
  assert.deepEqual(incidents.map(({ kind }) => kind).sort(), ['cpu-throttled', 'oom-kill']);
  for (const { evidence } of incidents) assert.equal(evidence.processes[0]?.cpuUsec, 700_000);
});

test('an act of a rule is an incident with what was done', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', rules: { score: 'enforce' } }, { name: 'bob' }] });
  await climb(scene, 0);
  const incident = listIn(scene).find(({ kind }) => kind === 'score-cpu');
  assert.equal(incident?.action, 'penalty');
  assert.match(incident?.summary ?? '', /^alice it used more than its share/);
});

const LONG_PENALTY = { ...QUICK, ladder: DEFAULT_CONSTANTS.ladder };

const createPenalized = async (): Promise<Scene> => {
  const rules = { score: 'enforce' };
  const tenants = [{ name: 'alice', rules }, { name: 'bob' }];
  const scene = await createScene({ tenants, constants: LONG_PENALTY });
  await climb(scene, 0);
  return scene;
};

const scoreOf = (scene: Scene): Incident | undefined => listIn(scene).find(({ kind }) => kind === 'score-cpu');

test('the incident of a penalty is open as long as the penalty, and its outcome is how that ended', async () => {
  const scene = await createPenalized();
  let writes = 0;
  const { updateIncident } = scene.box.history;
  await tick(scene, 5);
  scene.box.history.updateIncident = (id, change) => {
    writes += 1;
    updateIncident(id, change);
  };
  await tick(scene, 1700);
  assert.equal(writes, 0, 'that it goes on is not worth a write');
  assert.equal(scoreOf(scene)?.closedAt, null);
  await tick(scene, 120 + MERGE_MS / 1000);
  const incidents = listIn(scene).filter(({ kind }) => kind === 'score-cpu');
  assert.equal(incidents.length, 1);
  const [closed] = incidents;
  assert.equal(closed?.action, 'penalty');
  assert.match(closed?.summary ?? '', /^alice it used more than its share/);
  assert.equal(closed?.outcome, 'its penalty is over: back to normal after 1800 s, 1 time');
  assert.equal((closed?.closedAt ?? 0) - (closed?.openedAt ?? 0), 1_800_000);
});

test('a penalty that ends while no daemon runs ends the incident that it began', async () => {
  const scene = await createPenalized();
  await tick(scene, 20);
  await scene.box.clock.advance(3_600_000);
  await restartDaemon(scene);
  await tick(scene, 1 + MERGE_MS / 1000);
  const incidents = listIn(scene).filter(({ kind }) => kind === 'score-cpu');
  assert.deepEqual(
    incidents.map(({ outcome }) => outcome.replace(/\d+ s/, 'N s')),
    ['its penalty is over: back to normal after N s, 1 time'],
  );
});

test('the incident of a pardoned penalty says that it was ended, and when', async () => {
  const scene = await createPenalized();
  await tick(scene, 400);
  pardonTenant(scene.engine, 'alice', 'uid:0');
  await tick(scene, 2 + MERGE_MS / 1000);
  assert.match(scoreOf(scene)?.outcome ?? '', /^its penalty was ended: back to normal after 40\d s, 1 time$/);
});

test('an incident that was open when the daemon was killed goes on, or is closed when its time is over', async () => {
  const near = await createLimited();
  await tick(near, 2);
  await tick(near, 5, () => throttle(near));
  await restartDaemon(near);
  await tick(near, 5, () => throttle(near));
  assert.equal(listIn(near).length, 1);
  const far = await createLimited();
  await tick(far, 2);
  await tick(far, 5, () => throttle(far));
  await far.box.clock.advance(MERGE_MS);
  await restartDaemon(far);
  await tick(far);
  await tick(far, 2, () => throttle(far));
  const [old, fresh] = listIn(far);
  assert.ok(old?.closedAt !== null && old?.closedAt !== undefined);
  assert.equal(fresh?.closedAt, null);
});

test('a clock that is set back a day leaves no incident open for a day', async () => {
  const scene = await createLimited();
  await tick(scene, 2);
  await tick(scene, 3, () => throttle(scene));
  scene.box.clock.setWall(scene.box.clock.now() - 86_400_000);
  await tick(scene, 2, () => throttle(scene));
  const [first, second] = listIn(scene).sort((a, b) => a.id - b.id);
  assert.notEqual(first?.closedAt, null);
  assert.equal(second?.closedAt, null);
});

test('a new tenant of the same name has incidents of its own, and adds to none of the old one', async () => {
  const scene = await createLimited();
  await tick(scene, 2);
  await tick(scene, 5, () => throttle(scene));
  await removeTenant(scene.engine, 'alice', createWork());
  await addTenant(scene.engine, { name: 'alice', limits: { cpu: 1 }, overcommit: true }, createWork());
  setCounters(scene, 'alice', { periods: 0, throttled: 0 });
  await tick(scene, 2);
  await tick(scene, 5, () => throttle(scene));
  scene.engine.incidents.finish(); // writes what was counted
  const [old, own] = listIn(scene).sort((a, b) => a.id - b.id);
  assert.notEqual(old?.tenantId, own?.tenantId);
  assert.deepEqual([old?.count, own?.count], [5, 5]);
  assert.equal(old?.closedAt, old?.lastAt);
});

test('a history that cannot be written is told once and stops no tick', async () => {
  const scene = await createLimited();
  await tick(scene, 2);
  scene.box.history.openIncident = () => {
    throw new Error('the disk is full');
  };
  await tick(scene, 10, () => throttle(scene));
  const told = scene.box.log.messages('error').filter((message) => message === 'incidents cannot be written');
  assert.equal(told.length, 1);
  assert.equal(scene.engine.runtimes.get('alice').usage?.throttledPeriods, 5);
});

test('an orderly end writes what was counted since the last time', async () => {
  const scene = await createLimited();
  await tick(scene, 2);
  await tick(scene, 5, () => throttle(scene));
  scene.engine.incidents.finish();
  assert.equal(listIn(scene)[0]?.count, 5);
});
