// Budgets: periods that begin at their boundary, a ramp instead of a cliff, and the day on which they run out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advanceBudget, capOfBudget, forecastRunOut } from '../../src/domain/budgets.ts';
import type { BudgetState } from '../../src/domain/policy-types.ts';
import type { BudgetPeriod, BudgetRule } from '../../src/domain/rules.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = (text: string): number => Date.parse(text);
const BERLIN = 'Europe/Berlin';

const weekly: BudgetRule = { amount: 40 * HOUR * 1000, period: 'week' };

test('the first interval opens the period around it', () => {
  assert.deepEqual(advanceBudget(undefined, weekly, BERLIN, at('2026-06-03T12:00Z'), 500, 1000), {
    period: 'week',
    from: at('2026-05-31T22:00Z'),
    until: at('2026-06-07T22:00Z'),
    since: at('2026-06-03T12:00Z') - 1000,
    spent: 500,
  });
});

test('a new period begins exactly at its boundary, and an interval across it is split by time', () => {
  const boundary = at('2026-06-07T22:00Z');
  const before = advanceBudget(undefined, weekly, BERLIN, boundary - 1000, 700, 1000);
  assert.equal(advanceBudget(before, weekly, BERLIN, boundary - 1, 100, 999).spent, 800);
  const onIt = advanceBudget(before, weekly, BERLIN, boundary, 1000, 1000);
  assert.deepEqual([onIt.from, onIt.since, onIt.spent], [boundary, boundary, 0], 'all of it belongs to the old one');
  assert.equal(advanceBudget(before, weekly, BERLIN, boundary + 250, 1000, 1000).spent, 250);
  assert.equal(advanceBudget(before, weekly, BERLIN, boundary + 5000, 1000, 1000).spent, 1000);
});

test('an interval of no length counts where it is', () => {
  assert.equal(advanceBudget(undefined, weekly, 'UTC', at('2026-06-01T00:00Z'), 7, 0).spent, 7);
});

test('after weeks without a look only the part of this period counts', () => {
  const state = advanceBudget(undefined, weekly, 'UTC', at('2026-06-03T12:00Z'), 1, 1000);
  const later = at('2026-06-29T12:00Z'); // a Monday
  const dt = later - at('2026-06-03T12:00Z');
  assert.equal(advanceBudget(state, weekly, 'UTC', later, 26_000, dt).spent, Math.round((26_000 * 12 * HOUR) / dt));
});

test('another kind of period starts anew; another amount goes on', () => {
  const state = advanceBudget(undefined, weekly, 'UTC', at('2026-06-03T12:00Z'), 500, 1000);
  assert.equal(advanceBudget(state, { ...weekly, amount: 1 }, 'UTC', at('2026-06-03T12:00:01Z'), 5, 1000).spent, 505);
  const monthly = advanceBudget(state, { ...weekly, period: 'month' }, 'UTC', at('2026-06-03T12:00:01Z'), 5, 1000);
  assert.deepEqual([monthly.spent, monthly.from], [5, at('2026-06-01T00:00Z')]);
  assert.equal(monthly.since, at('2026-06-03T12:00Z'), 'the forecast knows that it did not count from the first on');
});

test('a clock corrected back over a boundary forgets nothing; one set back by days starts the period it shows', () => {
  const state = advanceBudget(undefined, weekly, 'UTC', at('2026-06-08T00:00:05Z'), 500, 1000);
  assert.equal(advanceBudget(state, weekly, 'UTC', at('2026-06-07T23:59:58Z'), 5, 1000).spent, 505);
  const back = advanceBudget(state, weekly, 'UTC', at('2026-05-20T12:00Z'), 5, 1000);
  assert.deepEqual([back.spent, back.until], [5, at('2026-05-25T00:00Z')]);
});

test('a clock that shows another year for a moment forgets nothing: back in its period the budget goes on', () => {
  const rule: BudgetRule = { amount: 100, period: 'month' };
  const noon = at('2026-03-20T12:00Z');
  for (const glitch of ['2038-01-01T00:00:05Z', '1970-01-01T00:00:05Z']) {
    const before = advanceBudget(undefined, rule, 'UTC', noon, 90, 1000);
    const during = advanceBudget(before, rule, 'UTC', at(glitch), 1, 1000);
    const still = advanceBudget(during, rule, 'UTC', at(glitch) + 1000, 1, 1000);
    const after = advanceBudget(still, rule, 'UTC', noon + 3000, 1, 1000);
    assert.deepEqual([during.spent, still.spent], [1, 2]);
    assert.deepEqual([after.spent, after.from, after.since], [91, before.from, before.since]);
  }
});

test('a period that was left behind comes back with what was spent in it, one back and no more', () => {
  const first = advanceBudget(undefined, weekly, 'UTC', at('2026-06-03T12:00Z'), 500, 1000);
  const second = advanceBudget(first, weekly, 'UTC', at('2026-06-10T12:00Z'), 30, 1000);
  const back = advanceBudget(second, weekly, 'UTC', at('2026-06-05T12:00Z'), 7, 1000);
  assert.equal(back.spent, 507);
  assert.equal(advanceBudget(back, weekly, 'UTC', at('2026-06-11T12:00Z'), 4, 1000).spent, 34);
  const third = advanceBudget(second, weekly, 'UTC', at('2026-06-17T12:00Z'), 1, 1000);
  assert.equal(third.former?.spent, 30);
  assert.equal(JSON.stringify(third).split('former').length, 2, 'the state does not grow with each period');
});

test('a period of another kind is not taken back', () => {
  const week = advanceBudget(undefined, weekly, 'UTC', at('2026-06-03T12:00Z'), 500, 1000);
  const month = advanceBudget(week, { ...weekly, period: 'month' }, 'UTC', at('2026-06-03T12:01Z'), 5, 1000);
  assert.equal(month.former, undefined);
  assert.equal(advanceBudget(month, weekly, 'UTC', at('2026-06-03T12:02Z'), 2, 1000).spent, 2);
});

test('a state without its kind and its beginning, as older ones are, goes on', () => {
  const state: BudgetState = { from: at('2026-06-01T00:00Z'), until: at('2026-06-08T00:00Z'), spent: 10 };
  assert.equal(advanceBudget(state, weekly, 'UTC', at('2026-06-02T00:00Z'), 1, 1000).spent, 11);
  assert.equal(advanceBudget(state, weekly, 'UTC', at('2026-06-08T00:00Z'), 1, 1000).since, state.until);
});

/** Runs a tenant at a constant rate per ms minute by minute; what each period held at its end, and how long it was. */
const runMonth = (
  zone: string,
  from: string,
  until: string,
  period: BudgetPeriod,
): { hours: number; spent: number }[] => {
  const rule: BudgetRule = { amount: 1e18, period };
  const done: { hours: number; spent: number }[] = [];
  let state: BudgetState | undefined;
  for (let now = at(from) + MINUTE; now <= at(until); now += MINUTE) {
    const next = advanceBudget(state, rule, zone, now, MINUTE, MINUTE);
    if (state && next.from !== state.from) {
      // the minute before the boundary was counted by the new period, which took its part of nothing
      assert.equal(next.from, state.until);
      done.push({ hours: (state.until - state.from) / HOUR, spent: state.spent + MINUTE - next.spent });
    }
    state = next;
  }
  return done;
};

test('a month under a fake clock: each day holds what was used on it, 23 and 25 hours on the days of the change', () => {
  const march = runMonth(BERLIN, '2026-02-28T23:00Z', '2026-03-31T22:00Z', 'day');
  assert.deepEqual(
    march.map(({ hours }) => hours),
    Array.from({ length: 31 }, (_, i) => (i + 1 === 29 ? 23 : 24)),
  );
  const october = runMonth(BERLIN, '2026-09-30T22:00Z', '2026-10-31T23:00Z', 'day');
  assert.deepEqual(
    october.map(({ hours }) => hours),
    Array.from({ length: 31 }, (_, i) => (i + 1 === 25 ? 25 : 24)),
  );
  for (const { hours, spent } of [...march, ...october]) assert.equal(spent, hours * HOUR);
  assert.deepEqual(runMonth('UTC', '2028-02-01T00:00Z', '2028-03-01T00:00Z', 'month'), [
    { hours: 29 * 24, spent: 29 * DAY },
  ]);
});

/** Fraction spent in percent, top, floor, cap. */
const RAMP: readonly (readonly [number, number, number, number])[] = [
  [0, 2000, 50, 2000],
  [75, 2000, 50, 2000],
  [75.5, 2000, 50, 1961],
  [80, 2000, 0, 1600],
  [87.5, 2000, 0, 1000],
  [95, 2000, 0, 400],
  [99.4, 2000, 0, 80],
  [99.6, 2000, 0, 40],
  [100, 2000, 50, 50],
  [250, 2000, 50, 50],
  [99, 100, 500, 100],
];

test('the cap is whole up to 75 %, then falls in steps of 2 % to the floor at 100 %', () => {
  for (const [percent, top, floor, cap] of RAMP)
    assert.equal(capOfBudget(percent / 100, top, floor), cap, `${percent} % of ${top}`);
  const caps = new Set(Array.from({ length: 10_001 }, (_, i) => capOfBudget(i / 10_000, 2000, 50)));
  assert.equal(caps.size, 51);
});

test('the cap never rises as a budget is spent, and is never below the floor or above the top', () => {
  const fraction = fc.double({ min: 0, max: 2, noNaN: true });
  const cpu = fc.integer({ min: 10, max: 64_000 });
  fc.assert(
    fc.property(fraction, fraction, cpu, cpu, (a, b, top, floor) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)];
      const [before, after] = [capOfBudget(less, top, floor), capOfBudget(more, top, floor)];
      assert.ok(after <= before && before <= top && after >= Math.min(top, floor));
      assert.ok(Number.isInteger(after));
    }),
    { numRuns: 1000 },
  );
});

test('a tenant that always uses what it may slides down to the floor within the period and is whole again in the next', () => {
  const rule: BudgetRule = { amount: 10 * HOUR * 1000, period: 'day' };
  let state: BudgetState | undefined;
  let cap = 2000;
  const caps: number[] = [];
  for (let now = at('2026-06-01T00:00Z') + 1000; now <= at('2026-06-02T00:00Z'); now += 1000) {
    state = advanceBudget(state, rule, 'UTC', now, cap * 1000, 1000);
    const next = capOfBudget(state.spent / rule.amount, 2000, 50);
    if (next !== cap) caps.push(next);
    cap = next;
  }
  const day = caps.slice(0, -1);
  assert.deepEqual(
    day,
    [...day].sort((a, b) => b - a),
  );
  assert.equal(day.at(-1), 50);
  assert.equal(day.length, 50);
  assert.equal(caps.at(-1), 2000, 'midnight');
});

const monthly: BudgetRule = { amount: 300, period: 'month' };
const june = (spent: number, since?: string): BudgetState => ({
  from: at('2026-06-01T00:00Z'),
  until: at('2026-07-01T00:00Z'),
  spent,
  ...(since === undefined ? {} : { since: at(since) }),
});

test('at the average rate so far a budget runs out on the day it will', () => {
  assert.equal(forecastRunOut(june(100), monthly, at('2026-06-08T08:00Z')), at('2026-06-23T00:00Z'));
  assert.equal(forecastRunOut(june(100), monthly, at('2026-06-16T00:00Z')), 'lasts', 'not in this period');
  assert.equal(
    forecastRunOut(june(150), monthly, at('2026-06-16T00:00Z')),
    'lasts',
    'it is spent with its last moment',
  );
  assert.equal(forecastRunOut(june(0), monthly, at('2026-06-16T00:00Z')), 'lasts');
  assert.equal(forecastRunOut(june(300), monthly, 42), 42, 'it is spent');
  assert.equal(
    forecastRunOut(june(100, '2026-06-11T00:00Z'), monthly, at('2026-06-16T00:00Z')),
    at('2026-06-26T00:00Z'),
    'a rule set on the 11th',
  );
});

test('the first minutes of a period say nothing about its end', () => {
  assert.equal(forecastRunOut(june(10), monthly, at('2026-06-01T00:01Z')), 'too early');
  assert.equal(forecastRunOut(june(0), monthly, at('2026-06-01T00:01Z')), 'too early');
  assert.equal(typeof forecastRunOut(june(10), monthly, at('2026-06-01T08:00Z')), 'number');
});
