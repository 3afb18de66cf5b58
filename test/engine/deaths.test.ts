// Starts that nobody asked for: after a death, a boot, a restart of the guard, a reboot from inside.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addTenant } from '../../src/engine/add.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { healAll, healCut } from '../../src/engine/heal.ts';
import { restartRunning } from '../../src/engine/lifecycle.ts';
import { placeOf } from '../../src/engine/observe.ts';
import { setTenant } from '../../src/engine/set.ts';
import { runTick } from '../../src/engine/tick.ts';
import { type Box, createBox, createWork } from '../fakes/engine.ts';
import { checkLegal } from './legal.ts';

const work = createWork('daemon');

const createAlice = async (): Promise<{ box: Box; engine: Engine; tick: (count: number) => Promise<void> }> => {
  const box = createBox();
  const engine = box.boot();
  await addTenant(engine, { name: 'alice', limits: { cpu: 1 } }, work);
  let number = 0;
  const tick = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      void runTick(engine, number++, work);
      await box.clock.advance(1000);
    }
  };
  return { box, engine, tick };
};
const slotOf = (box: Box): number => box.registry.current.tenants[0]?.slot ?? -1;
const countStarts = (box: Box): number => box.containers.calls.filter((call) => call === 'start alice').length;

test('after a reboot from inside a tenant is held as after a start: groups, link, and the limits of now', async () => {
  const { box, engine, tick } = await createAlice();
  await setTenant(engine, 'alice', { limits: { pids: 77 } }, work);
  await tick(2);
  box.containers.reboot('alice');
  assert.equal(box.cgroups.isConfined(placeOf(box.config, 'alice')), false, 'LXC gave it away');
  await tick(1);
  assert.ok(box.cgroups.isConfined(placeOf(box.config, 'alice')));
  assert.ok(box.network.isTuned(slotOf(box)));
  assert.ok(!box.events.types().includes('tenant-died'));
  assert.ok(!box.events.types().includes('drift-repaired'), 'not only by the comparison that comes now and then');
  await checkLegal(box);
});

test('a reboot from inside while no daemon looked is held by the next one', async () => {
  const { box } = await createAlice();
  box.containers.reboot('alice');
  const engine = box.boot();
  await healCut(engine, work);
  await healAll(engine, work);
  assert.ok(box.cgroups.isConfined(placeOf(box.config, 'alice')));
  assert.ok(box.network.isTuned(slotOf(box)));
});

test('a start that fails after a boot is tried again, and shows why meanwhile', async () => {
  const { box } = await createAlice();
  box.containers.powerCut();
  box.containers.failNextStart('no such device');
  const engine = box.boot();
  await healCut(engine, work);
  await healAll(engine, work);
  assert.equal(box.containers.running.has('alice'), false);
  await box.clock.advance(0);
  assert.match(engine.runtimes.get('alice').reason, /starts again in 1s \(try 1\): .*no such device/);
  await box.clock.advance(1000);
  assert.ok(box.containers.running.has('alice'));
  await checkLegal(box);
});

test('what cannot be healed of a tenant that runs does not take it down', async () => {
  const { box } = await createAlice();
  const [pid] = box.cgroups.listPids(placeOf(box.config, 'alice'));
  box.network.failNext('tuneLink', new Error('no such file'));
  const engine = box.boot();
  await healCut(engine, work);
  const { retried } = await healAll(engine, work);
  await retried;
  assert.ok(box.containers.running.has('alice'));
  assert.deepEqual(box.cgroups.listPids(placeOf(box.config, 'alice')), [pid]);
  assert.ok(!box.containers.calls.includes('stop alice'));
});

test('starts after a boot that never work are given up in the end, and are wanted still', async () => {
  const { box } = await createAlice();
  box.containers.powerCut();
  box.containers.failStarts('no such device');
  const before = countStarts(box);
  const engine = box.boot();
  await healCut(engine, work);
  const { retried } = await healAll(engine, work);
  await box.clock.advance(180_000);
  await retried;
  assert.equal(countStarts(box) - before, 11);
  assert.ok(box.events.types().includes('restart-given-up'));
  assert.equal(engine.runtimes.get('alice').failed, true);
  assert.equal(box.registry.current.tenants[0]?.desired, 'running');
});

test("what a dead tenant leaves in somebody's hands does not keep it down", async () => {
  const { box, tick } = await createAlice();
  await tick(2);
  box.network.failNext('removeLink', new Error('busy'));
  box.containers.die('alice');
  box.network.addLink(slotOf(box)); // its end of the link lives on
  await tick(3);
  assert.ok(box.containers.running.has('alice'));
  await checkLegal(box);
});

test('a restart by the guard whose start fails is tried again, and never the end of what is wanted', async () => {
  const { box, engine } = await createAlice();
  box.containers.failNextStart('out of memory');
  const restart = restartRunning(engine, 'alice', work, { frozenToo: false });
  await box.clock.advance(2000);
  assert.equal(await restart, false);
  assert.ok(box.containers.running.has('alice'));
  assert.equal(box.registry.current.tenants[0]?.desired, 'running');
  await checkLegal(box);
});
