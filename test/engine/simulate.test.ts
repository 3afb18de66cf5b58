// `policy simulate`: the rules in force give the recorded acts exactly; other rules give theirs and change nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import { addTenant } from '../../src/engine/add.ts';
import { moveCredits, pardonTenant } from '../../src/engine/policy-verbs.ts';
import { emptyTrash, removeTenant } from '../../src/engine/remove.ts';
import { setTenant } from '../../src/engine/set.ts';
import { simulatePolicy } from '../../src/engine/simulate.ts';
import { climb, createScene, hurtBob, QUICK, restartDaemon, type Scene, tick, use, work } from './scene.ts';

const never = new AbortController().signal;
const LONG_PENALTY = { ...QUICK, ladder: DEFAULT_CONSTANTS.ladder };
const RULES = { score: 'enforce', credits: 'baseline=0.2,burst=2' };

/** A penalty, a pardon, gifts, a change of rules and a restart of the daemon. */
const createEventful = async (): Promise<Scene> => {
  const scene = await createScene({ tenants: [{ name: 'alice', rules: RULES }, { name: 'bob' }] });
  await tick(scene, 3);
  moveCredits(scene.engine, 'alice', 200, { by: 'uid:0' });
  await climb(scene, 0);
  await tick(scene, 4);
  pardonTenant(scene.engine, 'alice', 'uid:0');
  await tick(scene, 6, () => use(scene, 'alice', 1_500_000));
  await setTenant(scene.engine, 'alice', { rules: { credits: 'baseline=0.4,burst=1' } }, work);
  await tick(scene, 12, () => hurtBob(scene));
  await restartDaemon(scene);
  await scene.box.clock.advance(1000);
  await tick(scene, 12, () => hurtBob(scene));
  return scene;
};

test('the rules in force give the recorded acts exactly, across commands, changes and a restart', async () => {
  const scene = await createEventful();
  const { differences, acts, ticks } = await simulatePolicy(scene.engine, undefined, 0, never);
  const recorded = scene.box.history.readActs(0, Number.MAX_SAFE_INTEGER);
  assert.ok(recorded.length >= 5);
  assert.equal(differences, 0);
  assert.deepEqual(acts, recorded);
  assert.ok(ticks >= 40);
});

test('more changes between two ticks than the daemon holds in memory leave no gap', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice' }, { name: 'bob' }] });
  await tick(scene, 3);
  for (let n = 0; n < 80; n++) {
    const credits = n % 20 === 5 ? 'baseline=0.5,burst=2' : n % 20 === 10 ? null : undefined;
    const rules = { share: `${10 + (n % 30)}%`, ...(credits === undefined ? {} : { credits }) };
    await setTenant(scene.engine, 'alice', { rules }, work);
  }
  await tick(scene, 12);
  const { differences, acts } = await simulatePolicy(scene.engine, undefined, 0, never);
  assert.ok(acts.length >= 8);
  assert.equal(differences, 0);
});

test('a clock set back and a pardon right after it are replayed in the order in which they came', async () => {
  for (const seconds of [2, 5, 8]) {
    const scene = await createScene({
      tenants: [{ name: 'alice', rules: { score: 'enforce' } }, { name: 'bob' }],
      constants: LONG_PENALTY,
    });
    await tick(scene, 11);
    await climb(scene, 0);
    await tick(scene, seconds);
    scene.box.clock.setWall(scene.box.clock.now() - 2500);
    await tick(scene, 1);
    pardonTenant(scene.engine, 'alice', 'uid:0');
    const { differences, acts } = await simulatePolicy(scene.engine, undefined, 0, never);
    assert.equal(differences, 0, `${seconds} s after the penalty began`);
    assert.deepEqual(
      acts.map(({ kind }) => kind),
      ['penalty', 'penalty-ended'],
    );
  }
});

test('of a tenant that left the trash for good nothing is replayed, of one in the trash all is', async () => {
  const scene = await createScene({
    tenants: [{ name: 'alice', rules: { score: 'enforce' } }, { name: 'bob' }],
    constants: LONG_PENALTY,
  });
  await tick(scene, 3);
  await climb(scene, 0);
  await tick(scene, 12);
  await removeTenant(scene.engine, 'alice', work);
  await addTenant(scene.engine, { name: 'alice', overcommit: true, rules: { credits: 'baseline=0.2,burst=1' } }, work);
  await tick(scene, 12);
  const rulesOf = async (): Promise<string[]> => {
    const { acts, differences } = await simulatePolicy(scene.engine, undefined, 0, never);
    assert.equal(differences, 0);
    return [...new Set(acts.map(({ rule }) => rule))];
  };
  assert.deepEqual(await rulesOf(), ['score', 'credits']);
  await emptyTrash(scene.engine, {}, 'uid:0');
  await tick(scene, 12);
  assert.deepEqual(await rulesOf(), ['credits']);
});

test('a record that was changed is found', async () => {
  const scene = await createEventful();
  const { readActs } = scene.box.history;
  scene.box.history.readActs = (...query) => readActs(...query).slice(1);
  assert.equal((await simulatePolicy(scene.engine, undefined, 0, never)).differences, 1);
});

test('other rules give other acts, are not compared, and nothing of the box changes', async () => {
  const scene = await createEventful();
  const before = scene.box.registry.current;
  const stored = scene.box.history.readActs(0, Number.MAX_SAFE_INTEGER).length;
  const off = await simulatePolicy(scene.engine, { alice: { score: 'off', credits: null } }, 0, never);
  assert.ok(off.acts.every(({ rule }) => rule !== 'score'));
  assert.equal(off.differences, null);
  const tight = await simulatePolicy(scene.engine, { bob: { credits: 'baseline=0.1,burst=2' } }, 0, never);
  assert.ok(tight.acts.some(({ rule, tenant }) => rule === 'credits' && tenant === 'bob'));
  assert.equal(scene.box.registry.current, before);
  assert.equal(scene.box.history.readActs(0, Number.MAX_SAFE_INTEGER).length, stored);
});

test('rules that could not be applied are refused here, too, and so is a time without a record', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice' }, { name: 'bob' }] });
  const refused = (rules: Record<string, Record<string, string>>, code: string): Promise<void> =>
    assert.rejects(simulatePolicy(scene.engine, rules, 0, never), { code });
  const { engine: idle } = await createScene({ tenants: [] });
  await assert.rejects(simulatePolicy(idle, undefined, 0, never), { code: 'NOT_MEASURED' });
  await tick(scene, 2);
  await refused({ dave: {} }, 'TENANT_MISSING');
  await refused({ 'plan:none': {} }, 'PLAN_MISSING');
  await refused({ alice: { share: '2' } }, 'RULE_INVALID');
  await refused({ alice: { share: '0.7' }, bob: { share: '0.7' } }, 'SHARES_EXCEED');
});
