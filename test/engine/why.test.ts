// `why` over a box in memory: each cause made to happen gives that answer, now and later for that time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stopTenant } from '../../src/engine/lifecycle.ts';
import { explainTenant } from '../../src/engine/why.ts';
import { climb, createScene, hurtBob, restartDaemon, type Scene, setCounters, tick, use, work } from './scene.ts';

const causeNow = async (scene: Scene, name = 'alice') => (await explainTenant(scene.engine, name, null)).cause;

const throttle = (scene: Scene): void => {
  const { periods = 0, throttled = 0 } = scene.counters.get('alice') ?? {};
  setCounters(scene, 'alice', { periods: periods + 10, throttled: throttled + 9 });
  use(scene, 'alice', 500_000);
};

test('its own cap, a bank that is empty, a penalty, a neighbour, and nothing', async () => {
  const capped = await createScene({ tenants: [{ name: 'alice', limits: { cpu: 0.5 } }] });
  await tick(capped, 12, () => throttle(capped));
  assert.equal(await causeNow(capped), 'own-cap');
  const broke = await createScene({ tenants: [{ name: 'alice', rules: { credits: 'baseline=0.5,burst=2' } }] });
  await tick(broke, 12, () => throttle(broke));
  assert.equal(await causeNow(broke), 'credits');
  const rules = { score: 'enforce', 'ladder-end': 'freeze' };
  const held = await createScene({ tenants: [{ name: 'alice', rules }, { name: 'bob' }] });
  await tick(held, 2);
  await climb(held, 3);
  await tick(held);
  assert.equal(await causeNow(held), 'penalty');
  const crowded = await createScene({ tenants: [{ name: 'alice' }, { name: 'bob' }] });
  await tick(crowded, 14, () => hurtBob(crowded));
  const answer = await explainTenant(crowded.engine, 'bob', null);
  assert.deepEqual([answer.cause, answer.neighbour], ['neighbour', 'alice']);
  assert.match(answer.sentence, /alice/);
  const idle = await createScene();
  await tick(idle, 3);
  assert.equal(await causeNow(idle), 'nothing');
  await stopTenant(idle.engine, 'alice', work);
  await tick(idle, 2);
  assert.equal(await causeNow(idle), 'not-running');
});

test('what was so at a time is said later as well, also by the next daemon', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', limits: { cpu: 0.5 } }, { name: 'bob' }] });
  await tick(scene, 12, () => throttle(scene));
  const then = scene.box.clock.now() - 1000;
  const said = await explainTenant(scene.engine, 'alice', null);
  await tick(scene, 60, () => use(scene, 'alice', 1000));
  assert.equal(await causeNow(scene), 'nothing');
  const later = await explainTenant(scene.engine, 'alice', then);
  assert.deepEqual([later.cause, later.sentence], [said.cause, said.sentence]);
  await restartDaemon(scene);
  assert.equal((await explainTenant(scene.engine, 'alice', then)).cause, 'own-cap');
});

test('a time that was not measured is refused', async () => {
  const scene = await createScene();
  await assert.rejects(explainTenant(scene.engine, 'alice', null), { code: 'NOT_MEASURED' });
  await tick(scene, 3);
  await assert.rejects(explainTenant(scene.engine, 'alice', 0), { code: 'NOT_MEASURED' });
});
