// Three layers of rules: which value is in force, where it came from, and what the registry accepts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveRules, ruleSetSchema } from '../../src/domain/resolve-rules.ts';
import { parseRules } from '../../src/domain/rule-values.ts';
import { DEFAULT_RULES } from '../../src/domain/rules.ts';

test('without plan and own rules all is default', () => {
  const { rules, origins } = resolveRules(undefined, {});
  assert.deepEqual(rules, DEFAULT_RULES);
  assert.deepEqual(new Set(Object.values(origins)), new Set(['default']));
  assert.deepEqual(Object.keys(origins), Object.keys(rules));
});

test('each key comes from the uppermost layer that sets it', () => {
  const plan = parseRules({ share: '1/3', credits: 'baseline=0.5,burst=2', score: 'off' }, {});
  const own = parseRules({ share: '50%', guard: 'watch' }, {});
  const { rules, origins } = resolveRules(plan, own);
  assert.deepEqual(
    [rules.share, rules.credits?.burst, rules.scoreMode, rules.guardMode, rules.ladderEnd],
    [0.5, 2000, 'off', 'watch', 'repeat'],
  );
  assert.deepEqual(
    [origins.share, origins.credits, origins.scoreMode, origins.guardMode, origins.ladderEnd],
    ['tenant', 'plan', 'plan', 'tenant', 'default'],
  );
});

test('none and auto are values: a tenant takes back what its plan gives', () => {
  const plan = parseRules({ share: '1/3', credits: 'baseline=0.5,burst=2', windows: 'a: * 1 * * * cpu=1' }, {});
  const { rules, origins } = resolveRules(plan, parseRules({ share: 'auto', credits: 'none', windows: 'none' }, {}));
  assert.deepEqual([rules.share, rules.credits, rules.windows], [null, null, []]);
  assert.deepEqual([origins.share, origins.credits, origins.windows], ['tenant', 'tenant', 'tenant']);
});

test('what people may type is what the registry accepts, through JSON too', () => {
  const rules = parseRules(
    {
      share: '1/3',
      credits: 'baseline=0.5,burst=2',
      'budget-cpu': '40h/week',
      'budget-memory': '1024TiBh/month',
      'budget-egress': 'none',
      'budget-floor': '0.05',
      exempt: 'gcc,cc1',
      score: 'enforce',
      'ladder-end': 'freeze',
      windows: 'nights: * 22-23,0-5 * * * cpu=max share=50%',
    },
    {},
  );
  assert.deepEqual(ruleSetSchema.parse(JSON.parse(JSON.stringify(rules))), rules);
  assert.deepEqual(ruleSetSchema.parse({}), {});
});

test('the registry refuses what people may not type, and keys it does not know', () => {
  const refused: readonly Record<string, unknown>[] = [
    { share: 0 },
    { share: 1.1 },
    { share: '1/3' },
    { shareMode: 'on' },
    { credits: { baseline: 2000, burst: 500 } },
    { credits: { baseline: 500, burst: 2000, surplus: 1 } },
    { budgetCpu: { amount: 0, period: 'week' } },
    { budgetCpu: { amount: 1000, period: 'year' } },
    { budgetFloor: 9 },
    { ladderEnd: 'kill' },
    { exempt: [''] },
    { windows: [{ name: 'a', when: '* * * * *' }] },
    { windows: [{ name: 'a', when: '* * 30 2 *', cpu: 100 }] },
    {
      windows: [
        { name: 'a', when: '* * * * *', cpu: 100 },
        { name: 'b', when: '* 1 * * *', cpu: 200 },
      ],
    },
    { burst: 1 },
  ];
  for (const rules of refused) assert.equal(ruleSetSchema.safeParse(rules).success, false, JSON.stringify(rules));
});
