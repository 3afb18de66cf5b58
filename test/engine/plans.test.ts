// Plans: replaced as a whole, checked against everybody who lives by them, kept while somebody does.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyPlans, removePlan } from '../../src/engine/plans.ts';
import { removeTenant } from '../../src/engine/remove.ts';
import { rulesOf } from '../../src/engine/scheduler.ts';
import { setTenant } from '../../src/engine/set.ts';
import { createScene, type Scene, tick, work } from './scene.ts';

const REAL = { dryRun: false, by: 'uid:0' };
const namesIn = ({ box }: Scene): string[] => box.registry.current.plans.map(({ name }) => name);
const aliceRules = ({ box }: Scene) => {
  const tenant = box.registry.current.tenants.find(({ name }) => name === 'alice');
  assert.ok(tenant);
  return rulesOf(box.registry.current, tenant);
};

test('a plan is created, changed and left alone, and says which', async () => {
  const scene = await createScene();
  const small = { name: 'small', rules: { share: '0.2' } };
  assert.deepEqual(await applyPlans(scene.engine, [small], REAL), [{ name: 'small', act: 'created' }]);
  const { saves } = scene.box.registry;
  assert.deepEqual(await applyPlans(scene.engine, [small], REAL), [{ name: 'small', act: 'unchanged' }]);
  assert.equal(scene.box.registry.saves, saves);
  const next = [
    { name: 'small', rules: { share: '0.3' } },
    { name: 'large', rules: {} },
  ];
  assert.deepEqual(
    (await applyPlans(scene.engine, next, REAL)).map(({ act }) => act),
    ['changed', 'created'],
  );
  assert.equal(scene.box.events.all.at(-1)?.text, 'plans were changed: small, large');
});

test('a dry run checks and says, and keeps nothing', async () => {
  const scene = await createScene();
  const plan = { name: 'small', rules: { share: '0.2' } };
  assert.deepEqual(await applyPlans(scene.engine, [plan], { ...REAL, dryRun: true }), [
    { name: 'small', act: 'created' },
  ]);
  assert.deepEqual(namesIn(scene), []);
});

test('tenants live by a changed plan with the next tick, without a change of their own', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice' }, { name: 'bob' }] });
  await applyPlans(scene.engine, [{ name: 'small', rules: { share: '0.2' } }], REAL);
  await setTenant(scene.engine, 'alice', { plan: 'small' }, work);
  await tick(scene);
  assert.equal(scene.engine.scheduler.shares['alice']?.toFixed(6), '0.200000');
  await applyPlans(scene.engine, [{ name: 'small', rules: { share: '0.1', exempt: 'cc1' } }], REAL);
  await tick(scene);
  assert.equal(scene.engine.scheduler.shares['alice']?.toFixed(6), '0.100000');
  assert.deepEqual(aliceRules(scene).exempt, ['cc1']);
});

test('wrong plans are refused with their code, and the rules in force stay', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice' }, { name: 'bob' }] });
  await applyPlans(scene.engine, [{ name: 'half', rules: { share: '0.5' } }], REAL);
  for (const name of ['alice', 'bob']) await setTenant(scene.engine, name, { plan: 'half' }, work);
  const before = scene.box.registry.current;
  const refused = (rules: Record<string, string>, code: string, name = 'half'): Promise<void> =>
    assert.rejects(applyPlans(scene.engine, [{ name, rules }], REAL), { code }, JSON.stringify(rules));
  await refused({ share: '0.6' }, 'SHARES_EXCEED');
  await refused({ share: '-1' }, 'RULE_INVALID');
  await refused({ 'budget-cpu': '0h/week' }, 'RULE_INVALID');
  await refused({ 'budget-disk': '1h/week' }, 'RULE_UNKNOWN');
  await refused({}, 'PLAN_INVALID', '../x');
  // one that nobody uses, too: two CPUs cannot give a burst of 64
  await refused({ credits: 'baseline=1,burst=64' }, 'RULE_INVALID', 'other');
  const twice = [
    { name: 'a', rules: {} },
    { name: 'a', rules: {} },
  ];
  await assert.rejects(applyPlans(scene.engine, twice, REAL), { code: 'PLAN_EXISTS' });
  assert.equal(scene.box.registry.current, before);
});

test('a plan goes when nobody lives by it, also nobody in the trash', async () => {
  const scene = await createScene();
  await applyPlans(scene.engine, [{ name: 'small', rules: {} }], REAL);
  await setTenant(scene.engine, 'alice', { plan: 'small' }, work);
  await assert.rejects(removePlan(scene.engine, 'small', 'uid:0'), { code: 'PLAN_IN_USE' });
  await removeTenant(scene.engine, 'alice', work);
  await assert.rejects(removePlan(scene.engine, 'small', 'uid:0'), { code: 'PLAN_IN_USE' });
  await assert.rejects(removePlan(scene.engine, 'smal', 'uid:0'), { code: 'PLAN_MISSING' });
  await applyPlans(scene.engine, [{ name: 'free', rules: {} }], REAL);
  await removePlan(scene.engine, 'free', 'uid:0');
  assert.deepEqual(namesIn(scene), ['small']);
});
