// The bounds of rule values, also for those that no text can have: the registry file is held against the same ones.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_BYTE_SECONDS, WHY_NOT } from '../../src/domain/rule-bounds.ts';
import type { BudgetPeriod, Mode } from '../../src/domain/rules.ts';

test('numbers that are none are never allowed', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1]) {
    assert.ok(WHY_NOT.share(bad), `share ${bad}`);
    assert.ok(WHY_NOT.budgetFloor(bad), `floor ${bad}`);
    assert.ok(WHY_NOT.credits({ baseline: bad, burst: 2000 }), `baseline ${bad}`);
    assert.ok(WHY_NOT.credits({ baseline: 500, burst: bad }), `burst ${bad}`);
    assert.ok(WHY_NOT.budgetCpu({ amount: bad, period: 'day' }), `amount ${bad}`);
    assert.ok(WHY_NOT.windows([{ name: 'a', when: '* * * * *', cpu: bad }]), `cpu ${bad}`);
    assert.ok(WHY_NOT.windows([{ name: 'a', when: '* * * * *', share: bad }]), `window share ${bad}`);
  }
});

test('the edges are inside', () => {
  for (const share of [0.001, 1, null]) assert.equal(WHY_NOT.share(share), undefined);
  for (const cpu of [10, 8_192_000]) assert.equal(WHY_NOT.budgetFloor(cpu), undefined);
  assert.equal(WHY_NOT.credits({ baseline: 10, burst: 10 }), undefined);
  assert.equal(WHY_NOT.budgetMemory({ amount: MOST_BYTE_SECONDS, period: 'month' }), undefined);
  assert.match(WHY_NOT.budgetMemory({ amount: MOST_BYTE_SECONDS * 2, period: 'month' }) ?? '', /the most/);
  assert.match(WHY_NOT.budgetCpu({ amount: 0.5, period: 'month' }) ?? '', /a whole amount/);
});

test('words outside of the list are refused', () => {
  assert.match(WHY_NOT.guardMode('on' as Mode) ?? '', /are the modes/);
  assert.match(WHY_NOT.budgetCpu({ amount: 1, period: 'year' as BudgetPeriod }) ?? '', /are the periods/);
  assert.match(WHY_NOT.exempt(['gcc', 'gcc']) ?? '', /twice/);
});
