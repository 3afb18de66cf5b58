// The books of a tick and the log of decisions: who runs is read, what was done is written at once, what fails waits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stopTenant } from '../../src/engine/lifecycle.ts';
import { climb, createScene, setCounters, tick, use, work } from './scene.ts';

const ALL = Number.MAX_SAFE_INTEGER;

test('ten seconds are one row of each tenant that ran, and of none that did not', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice' }, { name: 'bob' }] });
  const [alice, bob] = scene.box.registry.current.tenants.map(({ id }) => id);
  await stopTenant(scene.engine, 'bob', work);
  await tick(scene, 21, () => use(scene, 'alice', 100_000));
  const rows = scene.box.history.readSeries(alice ?? '', 0, ALL, 10);
  assert.deepEqual(
    rows.map(({ cpuUsec }) => cpuUsec),
    [1_000_000, 1_000_000],
  );
  assert.deepEqual(scene.box.history.readSeries(bob ?? '', 0, ALL, 10), []);
});

test('a tick without an act waits for the batch, one with an act is written at once', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', rules: { score: 'enforce' } }, { name: 'bob' }] });
  await tick(scene, 2);
  assert.deepEqual(scene.box.history.readActs(0, ALL), []);
  await climb(scene, 0);
  assert.equal(scene.box.history.readActs(0, ALL).length, 1);
});

test('an act that cannot be written is done all the same, and written with the next batch', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', rules: { score: 'enforce' } }, { name: 'bob' }] });
  await tick(scene, 2);
  const { writePolicy } = scene.box.history;
  scene.box.history.writePolicy = () => assert.fail('the disk is full');
  await climb(scene, 0);
  const cap = scene.engine.scheduler.verdicts['alice']?.effective.cpu;
  assert.equal(scene.engine.runtimes.get('alice').effective?.cpu, cap);
  assert.ok(scene.box.log.messages('error').includes('decisions could not be written'));
  scene.box.history.writePolicy = writePolicy;
  await tick(scene, 11);
  assert.equal(scene.box.history.readActs(0, ALL)[0]?.kind, 'penalty');
});

test('what a tenant used up to its end is in the books, also of the last part of a second', async () => {
  const scene = await createScene();
  const [alice] = scene.box.registry.current.tenants.map(({ id }) => id);
  await tick(scene, 3, () => use(scene, 'alice', 100_000));
  use(scene, 'alice', 50_000);
  scene.box.containers.die('alice', { orderly: true, text: 'exit 0' });
  setCounters(scene, 'alice', { pids: 0 });
  await tick(scene, 18);
  const used = scene.box.history.readSeries(alice ?? '', 0, ALL, 10).reduce((sum, { cpuUsec }) => sum + cpuUsec, 0);
  // the books begin with the first reading
  assert.equal(used, 250_000);
});
