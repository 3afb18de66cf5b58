import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleHolds } from '../../src/api/holds.ts';
import type { HoldView, SchedulingView } from '../../src/api/scheduler-contract.ts';

const hold = (rule: string, cap: number | null = 100): HoldView => ({
  rule,
  resource: 'cpu',
  cap,
  until: null,
  text: rule,
});

const withHolds = (holds: HoldView[], burst = 1000): SchedulingView => ({
  plan: null,
  effective: { cpu: null, cpuWeight: 100, memory: null },
  share: { fraction: 1, cpu: 1900 },
  holds,
  credits: { balance: 1, most: 2, baseline: 100, burst, emptyAt: null },
  budgets: [],
  score: { cpu: 0, memory: 0, io: 0 },
  occurrences: 0,
  penalty: null,
});

test('the caps of rules are told in their order, own limits and the house are not', () => {
  const scheduling = withHolds([hold('limit'), hold('budget'), hold('house'), hold('score')]);
  assert.deepEqual(
    ruleHolds(scheduling).map(({ rule }) => rule),
    ['budget', 'score'],
  );
  assert.deepEqual(ruleHolds(undefined), []);
});

test('a credit bank holds nobody while it allows the whole burst', () => {
  assert.deepEqual(ruleHolds(withHolds([hold('credits', 1000)])), []);
  assert.equal(ruleHolds(withHolds([hold('credits', 999)])).length, 1);
});
