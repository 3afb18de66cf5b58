// What an act did holds until a decision lets it go.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEnding, isInForce } from '../../src/domain/acts-in-force.ts';
import { type Act, EMPTY_STATE, type PolicyState } from '../../src/domain/policy-types.ts';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.ts';

const rules: Rules = {
  ...DEFAULT_RULES,
  credits: { baseline: 500, burst: 2000 },
  budgetEgress: { amount: 100, period: 'month' },
};

const withDecided = (change: Partial<PolicyState['decided']>): PolicyState => ({
  ...EMPTY_STATE,
  decided: { ...EMPTY_STATE.decided, ...change },
});
const withPenalty = (resource: 'cpu' | 'memory' | 'io', kind: 'cap' | 'freeze'): PolicyState => ({
  ...EMPTY_STATE,
  penalty: { resource, kind, tier: 1, from: 0, until: 9 },
});
const withEgress = (spent: number): PolicyState => ({
  ...EMPTY_STATE,
  budgets: { egress: { from: 0, until: 9, spent } },
});

const CASES: readonly [kind: string, holds: PolicyState, free: PolicyState][] = [
  ['score-cpu', withPenalty('io', 'cap'), withPenalty('memory', 'cap')],
  ['score-cpu', withPenalty('memory', 'freeze'), EMPTY_STATE],
  ['score-memory', withPenalty('memory', 'cap'), withPenalty('cpu', 'cap')],
  ['credits-cpu', withDecided({ caps: { credits: 1925 } }), withDecided({ caps: { credits: 2000 } })],
  ['budget-cpu', withDecided({ caps: { budget: 50 } }), withDecided({ caps: { budget: null } })],
  ['budget-memory', withDecided({ memoryCaps: { budget: 4096 } }), withDecided({ caps: { budget: 4096 } })],
  ['budget-egress', withEgress(100), withEgress(99)],
  ['window-cpu', withDecided({ caps: { window: null } }), withDecided({ caps: {} })],
  ['window-cpu', withDecided({ caps: { share: 400 } }), EMPTY_STATE],
  ['guard-memory', { ...EMPTY_STATE, guard: { stage: 'notice', stalledSince: 1, stageAt: 1, kills: 0 } }, EMPTY_STATE],
];

test('each kind of act holds as long as its rule does, and no longer', () => {
  for (const [kind, holds, free] of CASES)
    assert.deepEqual([isInForce(kind, holds, rules), isInForce(kind, free, rules)], [true, false], kind);
});

test('a fault of the kernel holds nothing', () => {
  for (const kind of ['oom-kill', 'cpu-throttled', 'constructor'])
    assert.equal(isInForce(kind, withPenalty('cpu', 'cap'), rules), false);
});

test('the last step back is an end; a step in between, and a step down, are none', () => {
  const act = (change: Partial<Act>): Act => ({
    ...{ at: 1, tenant: 'alice', rule: 'budget', kind: 'raise', mode: 'enforce', resource: 'cpu' },
    ...{ from: 1, to: null, until: null, cause: '', figures: {} },
    ...change,
  });
  assert.equal(isEnding(act({}), false), true);
  assert.equal(isEnding(act({}), true), false);
  assert.equal(isEnding(act({ kind: 'lower' }), false), false);
  assert.equal(isEnding(act({ kind: 'lower', rule: 'window' }), false), true, 'a window that lifted a limit');
});
