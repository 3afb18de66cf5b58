// Plans: their names, their rules, and the one a tenant refers to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePlanName } from '../../src/domain/plan-names.ts';
import { findPlan, parsePlans, planSchema } from '../../src/domain/plans.ts';

const plans = parsePlans([
  { name: 'third', rules: { share: '1/3', credits: 'baseline=0.5,burst=2' } },
  { name: 'small', rules: { share: null } },
]);

test('plans are read with their rules', () => {
  assert.deepEqual(plans, [
    { name: 'third', rules: { share: 1 / 3, credits: { baseline: 500, burst: 2000 } } },
    { name: 'small', rules: {} },
  ]);
  for (const plan of plans) assert.deepEqual(planSchema.parse(JSON.parse(JSON.stringify(plan))), plan);
});

test('a plan is found by name, and a missing one names the nearest', () => {
  assert.equal(findPlan(plans, 'third'), plans[0]);
  assert.throws(() => findPlan(plans, 'thrid'), {
    code: 'PLAN_MISSING',
    message: 'there is no plan "thrid"',
    hint: 'did you mean "third"? see: tenantctl plan ls',
  });
  assert.throws(() => findPlan([], 'x\u001b'), { code: 'PLAN_MISSING', hint: 'see: tenantctl plan ls' });
});

test('what is no name is refused', () => {
  for (const name of ['', 'Third', '1third', 'a b', 'a'.repeat(31), 'none', 'x\n', '../x', '__proto__']) {
    assert.throws(() => parsePlanName(name), { code: 'PLAN_INVALID' }, name);
    assert.equal(planSchema.safeParse({ name, rules: {} }).success, false, name);
  }
  assert.equal(parsePlanName('third-2'), 'third-2');
});

test('a name that is there twice and a wrong rule refuse the whole file', () => {
  assert.throws(
    () =>
      parsePlans([
        { name: 'a', rules: {} },
        { name: 'a', rules: {} },
      ]),
    { code: 'PLAN_EXISTS' },
  );
  assert.throws(() => parsePlans([{ name: 'a', rules: { share: '2' } }]), { code: 'RULE_INVALID' });
});
