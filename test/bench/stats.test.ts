// The arithmetic and the verdicts of the benchmark.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatAmount, formatComparison, judge, judgeAmount, summarise } from '../../bench/stats.ts';

test('the median of an even number of runs is the middle between the two in the middle', () => {
  assert.deepEqual(summarise([4, 1, 3, 2]), { runs: 4, median: 2.5, min: 1, max: 4 });
  assert.deepEqual(summarise([9, 1, 5]), { runs: 3, median: 5, min: 1, max: 9 });
  assert.equal(summarise([]), undefined);
});

test('the median lies between the extremes and does not depend on the order', () => {
  const runs = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(runs, (values) => {
      const summary = summarise(values);
      assert.ok(summary && summary.min <= summary.median && summary.median <= summary.max);
      assert.deepEqual(summarise([...values].reverse()), summary);
    }),
  );
});

test('a ratio at the bar is within it, above it is short, without a peer nothing is claimed', () => {
  const of = (value: number) => summarise([value]);
  assert.deepEqual(judge(of(16), of(10), 1.6), { ratio: 1.6, verdict: 'within the bar' });
  assert.deepEqual(judge(of(17), of(10), 1.6), { ratio: 1.7, verdict: 'short of the bar' });
  assert.deepEqual(judge(of(17), undefined, 1.6), { ratio: undefined, verdict: 'not measured' });
  assert.equal(judgeAmount(90, 90), 'within the bar');
  assert.equal(judgeAmount(90.1, 90), 'short of the bar');
  assert.equal(judgeAmount(undefined, 90), 'not measured');
});

test('the report shows every contender and says so when a bar is missed', () => {
  const values = new Map([
    ['tenantctl', [30, 20, 40]],
    ['lxc-attach', [10, 10, 10]],
    ['docker', []],
  ]);
  const bars = [
    { peer: 'lxc-attach', most: 2.5 },
    { peer: 'docker', most: 0.4 },
  ];
  const text = formatComparison({ title: 'exec', ours: 'tenantctl', values, bars });
  assert.match(text, /tenantctl +30\.0 ms +min +20\.0 +max +40\.0 +3 runs/);
  assert.match(text, /3\.00 x lxc-attach, bar 2\.5 x: short of the bar/);
  assert.match(text, /bar 0\.4 x docker: not measured/);
  assert.equal(formatAmount('daemon', 95.04, 90, 'MB'), 'daemon\n  -> 95.0 MB, bar 90 MB: short of the bar');
});
