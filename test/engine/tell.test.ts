// What a tenant is told of what holds it back: when it changes, in its own folder, and nothing of others.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addTenant } from '../../src/engine/add.ts';
import { emptyTrash, removeTenant } from '../../src/engine/remove.ts';
import { climb, createScene, type Scene, tick, work } from './scene.ts';

const RULES = { score: 'enforce' };
const createTold = (): Promise<Scene> => createScene({ tenants: [{ name: 'alice', rules: RULES }, { name: 'bob' }] });
const toldTo = ({ box }: Scene, name: string) => box.notices.told.filter((notice) => notice.name === name);

test('a tenant is told once at its start, and again only when something changes', async () => {
  const scene = await createTold();
  await tick(scene, 20);
  assert.equal(toldTo(scene, 'bob').length, 1);
  assert.deepEqual(toldTo(scene, 'bob')[0]?.holds, []);
});

test('a penalty is told with its cap, its end and its cause, and so is its end', async () => {
  const scene = await createTold();
  await climb(scene, 0);
  const told = toldTo(scene, 'alice').at(-1);
  const penalty = scene.engine.scheduler.states['alice']?.penalty;
  assert.ok(penalty);
  const hold = told?.holds.find(({ rule }) => rule === 'score');
  assert.equal(hold?.until, new Date(penalty.until).toISOString());
  assert.equal(hold?.cap, scene.engine.scheduler.verdicts['alice']?.effective.cpu);
  assert.match(told?.acts[0]?.text ?? '', /used more than its share/);
  await tick(scene, 12);
  assert.deepEqual(toldTo(scene, 'alice').at(-1)?.holds, []);
  assert.match(toldTo(scene, 'alice').at(-1)?.acts[0]?.text ?? '', /its penalty is over/);
});

test('no notice names a neighbour or what the whole house has', async () => {
  const scene = await createTold();
  await climb(scene, 0);
  const text = JSON.stringify(toldTo(scene, 'alice'));
  assert.doesNotMatch(text, /bob|all tenants together/);
});

test('what is only watched is not told', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice' }, { name: 'bob' }] });
  await climb(scene, 0);
  assert.ok(scene.box.events.all.some(({ type }) => type === 'rule-watch'));
  assert.deepEqual(toldTo(scene, 'alice').at(-1)?.acts, []);
});

test("a tenant of a removed one's name is not told what was done to that", async () => {
  const scene = await createTold();
  await climb(scene, 0);
  await removeTenant(scene.engine, 'alice', work);
  await emptyTrash(scene.engine, {}, 'uid:0');
  await addTenant(scene.engine, { name: 'alice', rules: RULES, overcommit: true }, work);
  await tick(scene, 3);
  assert.deepEqual(toldTo(scene, 'alice').at(-1)?.acts, []);
  assert.deepEqual(toldTo(scene, 'alice').at(-1)?.holds, []);
});

test('a tenant that cannot be told keeps nobody else from it', async () => {
  const scene = await createTold();
  const { tell } = scene.box.notices;
  scene.box.notices.tell = (notice) => {
    if (notice.name === 'alice') throw new Error('the disk is full');
    tell(notice);
  };
  await tick(scene);
  assert.equal(toldTo(scene, 'bob').length, 1);
  assert.deepEqual(scene.box.log.messages('warn'), ['a tenant could not be told']);
});

test('a new run is told anew, for its folder is new', async () => {
  const scene = await createTold();
  await tick(scene, 3);
  scene.box.containers.die('bob');
  await tick(scene, 4);
  assert.ok(scene.box.containers.running.has('bob'));
  assert.ok(toldTo(scene, 'bob').length >= 2);
});
