// The bank of CPU credits against the published figures of AWS T instances, and the cap that follows from it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  advanceCredits,
  CREDIT_USEC,
  capOfCredits,
  creditsPerHour,
  forecastEmpty,
  giveCredits,
  grantCredits,
  mostCredits,
  shownCredits,
} from '../../src/domain/credits.ts';
import { Problem } from '../../src/domain/errors.ts';
import type { CreditRule } from '../../src/domain/rules.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Instance type, credits per hour, most credits, vCPUs, baseline per vCPU in percent. */
const INSTANCES: readonly (readonly [string, number, number, number, number])[] = [
  // EC2 user guide, "Key concepts and definitions for burstable performance instances", the credit table
  ['t2.nano', 3, 72, 1, 5],
  ['t2.micro', 6, 144, 1, 10],
  ['t2.small', 12, 288, 1, 20],
  ['t2.medium', 24, 576, 2, 20],
  ['t2.large', 36, 864, 2, 30],
  ['t2.xlarge', 54, 1296, 4, 22.5],
  ['t2.2xlarge', 81.6, 1958.4, 8, 17],
  ...['t3', 't3a', 't4g'].flatMap((family): [string, number, number, number, number][] => [
    [`${family}.nano`, 6, 144, 2, 5],
    [`${family}.micro`, 12, 288, 2, 10],
    [`${family}.small`, 24, 576, 2, 20],
    [`${family}.medium`, 24, 576, 2, 20],
    [`${family}.large`, 36, 864, 2, 30],
    [`${family}.xlarge`, 96, 2304, 4, 40],
    [`${family}.2xlarge`, 192, 4608, 8, 40],
  ]),
];

const ruleOf = (vcpus: number, percent: number): CreditRule => ({
  baseline: vcpus * percent * 10,
  burst: vcpus * 1000,
});

/** Lets a tenant run for a while at a load, second by second; the balance is in credits. */
const run = (rule: CreditRule, credits: number | null, ms: number, millis: number, dt = 1000): number => {
  let balance = credits === null ? null : credits * CREDIT_USEC;
  for (let at = 0; at < ms; at += dt) balance = advanceCredits(balance, rule, millis * dt, dt);
  return (balance ?? 0) / CREDIT_USEC;
};

test('each published instance type earns and holds exactly what its row says', () => {
  assert.equal(INSTANCES.length, 28);
  for (const [name, perHour, most, vcpus, percent] of INSTANCES) {
    const rule = ruleOf(vcpus, percent);
    assert.equal(creditsPerHour(rule), perHour, name);
    assert.equal(run(rule, null, HOUR, 0), perHour, `${name}: an idle hour from launch`);
    assert.equal(run(rule, null, 24 * HOUR, 0, 10_000), most, `${name}: an idle day from launch`);
    assert.equal(run(rule, null, 48 * HOUR, 0, 10_000), most, `${name}: the bank is full after a day`);
    assert.equal(mostCredits(rule) / CREDIT_USEC, most, name);
    assert.equal(run(rule, 1, HOUR, rule.baseline), 1, `${name}: at the baseline nothing is earned or spent`);
  }
});

test('the published life of a t3.nano: idle, 2.5 %, 7 %, 2.5 %, then a burst of both vCPUs', () => {
  const rule = ruleOf(2, 5);
  const p1 = run(rule, null, 24 * HOUR, 0);
  assert.equal(p1, 144);
  const p2 = run(rule, p1, 12 * HOUR, 2 * 25);
  assert.equal(p2, 144);
  const p3 = run(rule, p2, 24 * HOUR, 2 * 70);
  assert.equal(p3, 86.4);
  const p4 = run(rule, p3, 12 * HOUR, 2 * 25);
  assert.equal(Math.floor(p4), 122); // the guide rounds 86.4 + 36
  // "about an hour into this period, the instance depletes its entire balance"
  const empty = forecastEmpty(p4 * CREDIT_USEC, rule, 2000, 0) ?? Number.NaN;
  assert.equal(Math.round(empty / MINUTE), 64);
  assert.ok(run(rule, p4, 64 * MINUTE, 2000) > 0);
  assert.equal(run(rule, p4, 65 * MINUTE, 2000), 0);
});

test('a t3.nano at 2 % accrues 3.6 credits in an hour', () => {
  assert.equal(run(ruleOf(2, 5), 0, HOUR, 2 * 20), 3.6);
});

const OURS: CreditRule = { baseline: 500, burst: 2000 };

test('half a core of baseline earns 30 an hour, 720 at the most, and pays for 8 hours of two cores', () => {
  assert.equal(creditsPerHour(OURS), 30);
  assert.equal(run(OURS, null, 24 * HOUR, 0), 720);
  assert.equal(forecastEmpty(720 * CREDIT_USEC, OURS, 2000, 1000), 1000 + 8 * HOUR);
  assert.equal(run(OURS, 720, 8 * HOUR, 2000), 0);
  assert.equal(run(OURS, 720, 8 * HOUR - 1000, 2000) * CREDIT_USEC, 1500 * 1000);
});

/** A tenant that always uses all it may, from a balance on: the caps it saw and when each began. */
const drain = (rule: CreditRule, credits: number, ms: number): { at: number; cap: number }[] => {
  let balance = credits * CREDIT_USEC;
  let cap = capOfCredits(balance, rule, undefined);
  const caps = [{ at: 0, cap }];
  for (let at = 1000; at <= ms; at += 1000) {
    balance = advanceCredits(balance, rule, cap * 1000, 1000);
    const next = capOfCredits(balance, rule, cap);
    if (next !== cap) caps.push({ at, cap: next });
    cap = next;
  }
  return caps;
};

test('a full bank bursts until 5 minutes before its end, then falls in 20 steps to the baseline and stays', () => {
  const caps = drain(OURS, 720, 24 * HOUR);
  assert.deepEqual(
    caps.map(({ cap }) => cap),
    Array.from({ length: 21 }, (_, i) => 2000 - 75 * i),
  );
  assert.equal(caps[0]?.cap, 2000);
  assert.equal(caps[1]?.at, 8 * HOUR - 5 * MINUTE + 1000);
  const last = caps.at(-1) ?? { at: 0, cap: 0 };
  assert.ok(last.at > 8 * HOUR && last.at < 8 * HOUR + 15 * MINUTE, `the baseline is reached at ${last.at}`);
});

test('an idle tenant regains the burst step by step', () => {
  let balance: number | null = null;
  let cap: number | undefined;
  const caps: number[] = [];
  for (let at = 0; at < HOUR; at += 1000) {
    balance = advanceCredits(balance, OURS, 0, 1000);
    const next = capOfCredits(balance, OURS, cap);
    if (next !== cap) caps.push(next);
    cap = next;
  }
  assert.deepEqual(
    caps,
    Array.from({ length: 21 }, (_, i) => 500 + 75 * i),
  );
});

test('a load around the edge of a step moves the cap once, not back and forth', () => {
  const edge = (OURS.burst - OURS.baseline) * 5 * MINUTE * 0.5; // half the ramp: 10 steps
  let cap = capOfCredits(edge, OURS, undefined);
  assert.equal(cap, 1250);
  const caps = new Set<number>();
  for (let i = 0; i < 1000; i++) {
    cap = capOfCredits(edge + (i % 2 === 0 ? -1 : 1) * 1_000_000, OURS, cap);
    caps.add(cap);
  }
  assert.deepEqual([...caps], [1175]);
});

const anyRule = fc
  .record({ baseline: fc.integer({ min: 10, max: 8000 }), more: fc.integer({ min: 0, max: 64_000 }) })
  .map(({ baseline, more }): CreditRule => ({ baseline, burst: baseline + more }));

test('the cap is between baseline and burst and never falls when the balance grows', () => {
  fc.assert(
    fc.property(
      anyRule,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.boolean(),
      (rule, a, b, known) => {
        // most of what happens is within the ramp
        const ramp = Math.max(1, (rule.burst - rule.baseline) * 6 * MINUTE);
        const [low, high] = [Math.min(a, b) * ramp, Math.max(a, b) * ramp];
        const previous = known ? capOfCredits(b * ramp, rule, undefined) : undefined;
        const [less, more] = [capOfCredits(low, rule, previous), capOfCredits(high, rule, previous)];
        assert.ok(rule.baseline <= less && less <= more && more <= rule.burst);
        assert.ok(Number.isInteger(less));
        assert.equal(capOfCredits(low, rule, less), less, 'asked again it stays');
      },
    ),
  );
});

test('a cap of other rules is no obstacle: the next one is within the new bounds', () => {
  fc.assert(
    fc.property(
      anyRule,
      fc.integer({ min: 0, max: 1e6 }),
      fc.double({ min: 0, max: 1e13, noNaN: true }),
      (rule, cap, balance) => {
        const next = capOfCredits(balance, rule, cap);
        assert.ok(next >= rule.baseline && next <= rule.burst);
      },
    ),
  );
});

test('an empty bank caps at the baseline, a full one at the burst, and equal bounds never move', () => {
  assert.equal(capOfCredits(0, OURS, 2000), 500);
  assert.equal(capOfCredits(mostCredits(OURS), OURS, 500), 2000);
  assert.equal(capOfCredits(0, { baseline: 700, burst: 700 }, undefined), 700);
});

test('a balance never leaves its bank: not below nothing, not above a day of earnings', () => {
  fc.assert(
    fc.property(
      anyRule,
      fc.array(fc.tuple(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 0, max: 100_000_000 })), {
        maxLength: 50,
      }),
      (rule, intervals) => {
        let balance: number | null = null;
        for (const [used, dt] of intervals) {
          balance = advanceCredits(balance, rule, used, dt);
          assert.ok(balance >= 0 && balance <= mostCredits(rule));
          assert.ok(Number.isInteger(balance));
        }
      },
    ),
  );
});

test('how time is cut does not change what is earned', () => {
  fc.assert(
    fc.property(
      anyRule,
      fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 30 }),
      (rule, cuts) => {
        const total = cuts.reduce((sum, dt) => sum + dt, 0);
        const inParts = cuts.reduce<number>((balance, dt) => advanceCredits(balance, rule, 0, dt), 0);
        assert.equal(inParts, advanceCredits(0, rule, 0, total));
      },
    ),
  );
});

test('a lower baseline takes what its bank cannot hold', () => {
  assert.equal(advanceCredits(mostCredits(OURS), { baseline: 100, burst: 2000 }, 0, 1000), 100 * 24 * HOUR);
});

test('a bank that does not fall is never empty, and a forecast knows the burst as the most', () => {
  assert.equal(forecastEmpty(1, OURS, 500, 0), null);
  assert.equal(forecastEmpty(1, OURS, 0, 0), null);
  assert.equal(forecastEmpty(CREDIT_USEC, OURS, 9000, 0), forecastEmpty(CREDIT_USEC, OURS, 2000, 0));
});

const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;

test('a grant makes credits up to what the bank holds', () => {
  const bank = { name: 'bob', balance: 700 * CREDIT_USEC, rule: OURS };
  assert.deepEqual(grantCredits(bank, 5 * CREDIT_USEC), { balance: 705 * CREDIT_USEC, moved: 5 * CREDIT_USEC });
  assert.deepEqual(grantCredits(bank, 120 * CREDIT_USEC), { balance: 720 * CREDIT_USEC, moved: 20 * CREDIT_USEC });
  assert.deepEqual(grantCredits({ ...bank, balance: null }, 7), { balance: 7, moved: 7 });
  assert.throws(() => grantCredits({ ...bank, rule: null }, 1), isProblem('CREDITS_OFF'));
});

test('a gift never makes or loses a credit', () => {
  const balance = fc.integer({ min: 0, max: mostCredits(OURS) });
  fc.assert(
    fc.property(balance, balance, fc.double({ min: 0, max: 1, noNaN: true }), (mine, yours, part) => {
      const amount = Math.floor(mine * part);
      const after = giveCredits(
        { name: 'alice', balance: mine, rule: OURS },
        { name: 'bob', balance: yours, rule: OURS },
        amount,
      );
      assert.equal(after.giver + after.receiver, mine + yours);
      assert.ok(after.giver >= 0 && after.receiver <= mostCredits(OURS) && after.moved <= amount);
    }),
  );
});

test('what a giver is said to have it can give, and it is less than what was asked for', () => {
  const bob = { name: 'bob', balance: 0, rule: OURS };
  const missing = (balance: number, amount: number): Record<string, unknown> => {
    try {
      giveCredits({ name: 'alice', balance, rule: OURS }, bob, amount);
    } catch (error) {
      if (error instanceof Problem && error.code === 'CREDITS_SHORT') return error.data;
    }
    return {};
  };
  const almost = 10 * CREDIT_USEC - 1_000_000;
  assert.deepEqual(missing(almost, 10 * CREDIT_USEC), { name: 'alice', has: 9.983, asked: 10 });
  assert.deepEqual(missing(0.0014 * CREDIT_USEC, 0.0015 * CREDIT_USEC), { name: 'alice', has: 0.001, asked: 0.002 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: mostCredits(OURS) }), fc.integer({ min: 1, max: 1e9 }), (balance, more) => {
      const { has, asked } = missing(balance, balance + more);
      assert.ok(Number(has) < Number(asked));
      // as the daemon reads what is typed
      assert.deepEqual(missing(balance, Math.round(Number(has) * CREDIT_USEC)), {});
    }),
  );
});

test('a balance is never shown higher than it is', () => {
  assert.deepEqual([9.98, 9.999, 0.05, 312.44, 720].map(shownCredits), [9.9, 9.9, 0, 312.4, 720]);
  for (let tenths = 0; tenths <= 7200; tenths++)
    assert.equal(shownCredits((tenths * (CREDIT_USEC / 10)) / CREDIT_USEC), tenths / 10);
});

test('nobody gives what they do not have, or to a tenant without a bank', () => {
  const alice = { name: 'alice', balance: 3 * CREDIT_USEC, rule: OURS };
  const bob = { name: 'bob', balance: null, rule: null };
  assert.throws(() => giveCredits(alice, bob, 4 * CREDIT_USEC), {
    code: 'CREDITS_SHORT',
    message: 'tenant "alice" has 3 credits, 4 were asked for',
  });
  assert.throws(() => giveCredits(alice, bob, CREDIT_USEC), isProblem('CREDITS_OFF'));
  assert.throws(() => giveCredits(bob, alice, CREDIT_USEC), isProblem('CREDITS_OFF'));
});
