// The defaults: what a tenant without plan and rules of its own lives by.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WHY_NOT } from '../../src/domain/rule-bounds.ts';
import { RULE_KEYS } from '../../src/domain/rule-values.ts';
import { DEFAULT_RULES, type RuleKey, type Rules } from '../../src/domain/rules.ts';

test('every key has a default that is allowed', () => {
  assert.deepEqual([...RULE_KEYS].sort(), Object.keys(DEFAULT_RULES).sort());
  const whyNot = <K extends RuleKey>(key: K): string | undefined => WHY_NOT[key](DEFAULT_RULES[key] as Rules[K]);
  for (const key of RULE_KEYS) assert.equal(whyNot(key), undefined, key);
});

test('by default nothing is banked, budgeted or timed, and the score only tells', () => {
  const { credits, budgetCpu, budgetMemory, budgetEgress, windows, share, scoreMode } = DEFAULT_RULES;
  assert.deepEqual(
    [credits, budgetCpu, budgetMemory, budgetEgress, windows, share],
    [null, null, null, null, [], null],
  );
  assert.equal(scoreMode, 'watch');
});
