// Pardons and credits: in force at once, on disk before anybody is told, and in the log for a replay.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREDIT_USEC } from '../../src/domain/credits.ts';
import { moveCredits, pardonTenant } from '../../src/engine/policy-verbs.ts';
import { climb, createScene, fileOf, restartDaemon, type Scene, tick } from './scene.ts';

const BANK = { credits: 'baseline=0.5,burst=2' };

const createBanks = async (): Promise<Scene> => {
  const tenants = [{ name: 'alice', rules: BANK }, { name: 'bob', rules: BANK }, { name: 'carol' }];
  const scene = await createScene({ tenants });
  await tick(scene);
  return scene;
};

const balanceOf = ({ engine }: Scene, name: string): number =>
  (engine.scheduler.states[name]?.credits ?? 0) / CREDIT_USEC;
const storedOf = ({ box }: Scene, name: string): number => {
  const id = box.registry.current.tenants.find((tenant) => tenant.name === name)?.id ?? '';
  return (box.history.readStates().get(id)?.credits ?? 0) / CREDIT_USEC;
};

test('granted credits are there at once, written before the answer, and told', async () => {
  const scene = await createBanks();
  const before = balanceOf(scene, 'alice');
  const { moved } = moveCredits(scene.engine, 'alice', 30, { by: 'uid:0' });
  assert.equal(moved, 30);
  assert.equal(balanceOf(scene, 'alice'), before + 30);
  assert.equal(storedOf(scene, 'alice'), before + 30);
  assert.equal(scene.box.events.all.at(-1)?.text, 'alice got 30 credits');
  assert.equal(scene.box.events.all.at(-1)?.by, 'uid:0');
});

test('the cap follows with the next tick', async () => {
  const scene = await createBanks();
  await tick(scene, 2);
  assert.equal(fileOf(scene, 'cpu.max'), '50000 100000'); // an empty bank: the baseline
  moveCredits(scene.engine, 'alice', 600, { by: 'uid:0' });
  await tick(scene, 2);
  assert.equal(fileOf(scene, 'cpu.max'), '200000 100000');
});

test('a bank holds a day of earnings, and no more is said to have moved', async () => {
  const scene = await createBanks();
  const { moved } = moveCredits(scene.engine, 'alice', 1_000_000, { by: 'uid:0' });
  assert.equal(Math.round(moved), 720);
  assert.equal(Math.round(balanceOf(scene, 'alice')), 720);
});

test('credits move between two tenants without one more or less', async () => {
  const scene = await createBanks();
  moveCredits(scene.engine, 'bob', 40, { by: 'uid:0' });
  const sum = balanceOf(scene, 'alice') + balanceOf(scene, 'bob');
  moveCredits(scene.engine, 'alice', 15, { tenant: 'bob', by: 'uid:0' });
  assert.equal(balanceOf(scene, 'alice') + balanceOf(scene, 'bob'), sum);
  assert.equal(scene.box.events.all.at(-1)?.text, 'alice got 15 credits from bob');
});

test('what cannot be moved is refused, and nothing changes', async () => {
  const scene = await createBanks();
  const before = scene.engine.scheduler.states;
  const refused = (name: string, from: string | undefined, code: string): void =>
    assert.throws(() => moveCredits(scene.engine, name, 10, { tenant: from, by: 'uid:0' }), { code });
  refused('carol', undefined, 'CREDITS_OFF');
  refused('alice', 'carol', 'CREDITS_OFF');
  refused('alice', 'bob', 'CREDITS_SHORT');
  refused('bob', 'bob', 'CREDITS_SELF');
  refused('dave', undefined, 'TENANT_MISSING');
  refused('alice', 'dave', 'TENANT_MISSING');
  assert.deepEqual(scene.engine.scheduler.states, before);
  assert.ok(!scene.box.events.types().includes('credits-moved'));
});

test('a pardon ends the penalty and forgets what led to it, for the next daemon, too', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', rules: { score: 'enforce' } }, { name: 'bob' }] });
  await tick(scene, 2);
  await climb(scene, 1);
  assert.equal(scene.engine.scheduler.states['alice']?.penalty?.tier, 2);
  pardonTenant(scene.engine, 'alice', 'uid:7');
  assert.equal(scene.box.events.all.at(-1)?.text, 'alice was pardoned: its penalty ends');
  await restartDaemon(scene);
  const state = scene.engine.scheduler.states['alice'];
  assert.deepEqual([state?.penalty, state?.occurrences, state?.score.cpu], [null, 0, 0]);
  const kinds = scene.box.history.readActs(0, Number.MAX_SAFE_INTEGER).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['penalty', 'penalty-ended']);
});

test('on a full disk it is in force all the same, and written with the next batch', async () => {
  const scene = await createBanks();
  scene.box.history.failNextBatch();
  moveCredits(scene.engine, 'alice', 30, { by: 'uid:0' });
  assert.ok(balanceOf(scene, 'alice') >= 30);
  assert.ok(storedOf(scene, 'alice') < 30);
  assert.deepEqual(scene.box.log.messages('error'), ['decisions could not be written']);
  await tick(scene, 11);
  assert.ok(storedOf(scene, 'alice') >= 30);
});
