// Links that vanish under running tenants: noticed, made anew, told.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addTenant } from '../../src/engine/add.ts';
import { stopTenant } from '../../src/engine/lifecycle.ts';
import { keepLinks } from '../../src/engine/links.ts';
import { placeOf } from '../../src/engine/observe.ts';
import { runTick } from '../../src/engine/tick.ts';
import { createBox, createWork } from '../fakes/engine.ts';

const work = createWork('daemon');

const createScene = async () => {
  const box = createBox();
  const engine = box.boot();
  for (const name of ['alice', 'bob']) await addTenant(engine, { name, limits: { cpu: 0.5 } }, work);
  // the first tick learns init's process id
  await Promise.all(runTick(engine, 0, work));
  const slot = box.registry.current.tenants[0]?.slot ?? -1;
  const told = () => box.events.all.filter(({ type }) => type === 'link-lost');
  return { box, engine, slot, told, runtime: engine.runtimes.get('alice') };
};

test('links that are there give nothing to do and nothing to say', async () => {
  const { box, engine, told } = await createScene();
  await keepLinks(engine, work);
  assert.deepEqual(told(), []);
  assert.ok(!box.network.calls.includes('relink'));
});

test('a link that somebody deleted is made anew, and told', async () => {
  const { box, engine, slot, told, runtime } = await createScene();
  box.network.dropLink(slot);
  await keepLinks(engine, work);
  assert.ok((await box.network.listLinks()).includes(slot));
  const [event, ...more] = told();
  assert.deepEqual(more, []);
  assert.deepEqual([event?.tenant, event?.data], ['alice', { link: `tct${slot}`, repaired: true }]);
  assert.equal(runtime.reason, '');
});

test('one that cannot be made anew is told once, shown as the reason, and the reason goes when it is back', async () => {
  const { box, engine, slot, told, runtime } = await createScene();
  box.network.dropLink(slot);
  for (let n = 0; n < 3; n++) {
    box.network.failNext('relink', new Error('File exists'));
    await keepLinks(engine, work);
  }
  assert.match(runtime.reason, /tct\d+ is gone: tenantctl restart alice/);
  assert.deepEqual(
    told().map(({ data }) => data),
    [{ link: `tct${slot}`, repaired: false }],
  );
  box.network.addLink(slot);
  await keepLinks(engine, work);
  assert.equal(runtime.reason, '');
});

test('a tenant that deletes its own link again and again is left without', async () => {
  const { box, engine, slot, told, runtime } = await createScene();
  for (let n = 0; n < 10; n++) {
    box.network.dropLink(slot);
    await keepLinks(engine, work);
  }
  assert.equal(told().filter(({ data }) => data['repaired'] === true).length, 5);
  assert.equal(told().length, 6);
  assert.match(runtime.reason, /restart alice/);
});

test('a link goes with the tenant that stops or dies: no loss', async () => {
  const { box, engine, told } = await createScene();
  await stopTenant(engine, 'bob', work);
  box.containers.die('alice');
  await keepLinks(engine, work);
  assert.deepEqual(told(), []);
  assert.ok(!box.network.calls.includes('relink'));
});

test('a process id that is no longer of the tenant gets no link', async () => {
  const { box, engine, slot, told } = await createScene();
  box.network.dropLink(slot);
  box.cgroups.empty(placeOf(box.config, 'alice'));
  await keepLinks(engine, work);
  assert.deepEqual(told(), []);
  assert.ok(!(await box.network.listLinks()).includes(slot));
});
