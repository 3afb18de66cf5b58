// Promised shares: refused when they add up to more than the house, as they are or in some minute of a window.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkShares } from '../../src/domain/check-shares.ts';
import { matchesCron, readCron } from '../../src/domain/cron.ts';
import { Problem } from '../../src/domain/errors.ts';
import type { Mode, Rules, TimeWindow } from '../../src/domain/rules.ts';

type Promise = Pick<Rules, 'share' | 'windows' | 'windowsMode'>;

const owns = (share: number | null, windows: readonly TimeWindow[] = [], windowsMode: Mode = 'enforce'): Promise => ({
  share,
  windows,
  windowsMode,
});

const nights = (share: number): TimeWindow => ({ name: 'nights', when: '* 22-23 * * *', share });

const messageOf = (rules: Record<string, Promise>): string | undefined => {
  try {
    checkShares(rules);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Problem && error.code === 'SHARES_EXCEED');
    return error.message;
  }
};

test('shares up to the whole house fit, with those that take what is left', () => {
  assert.equal(messageOf({}), undefined);
  assert.equal(messageOf({ a: owns(1 / 3), b: owns(1 / 3), c: owns(1 / 3), d: owns(null) }), undefined);
  assert.equal(messageOf(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`t${i}`, owns(0.1)]))), undefined);
});

test('shares above the whole house are refused with the sum and the largest owners', () => {
  assert.equal(
    messageOf({ alice: owns(0.5), bob: owns(0.6), carol: owns(null) }),
    'the shares add up to 110%, more than the whole house: bob 60%, alice 50%',
  );
});

test('a window in which the sum is above the house is refused with a minute of it', () => {
  assert.equal(
    messageOf({ alice: owns(0.5, [nights(0.8)]), bob: owns(0.5) }),
    'the shares add up to 130% (22:00 on a sun, 1 jan), more than the whole house: alice 80%, bob 50%',
  );
});

test('a window that takes from one what another gets is fine', () => {
  assert.equal(messageOf({ alice: owns(0.5, [nights(0.8)]), bob: owns(0.5, [nights(0.2)]) }), undefined);
  assert.equal(
    messageOf({ alice: owns(0.5, [nights(0.8)]), bob: owns(0.5, [{ ...nights(0.2), when: '* 23 * * *' }]) }),
    'the shares add up to 130% (22:00 on a sun, 1 jan), more than the whole house: alice 80%, bob 50%',
  );
});

test('windows that do not act are not counted', () => {
  assert.equal(messageOf({ alice: owns(0.5, [nights(0.8)], 'watch'), bob: owns(0.5) }), undefined);
  assert.equal(
    messageOf({ alice: owns(0.5, [{ name: 'cap', when: '* * * * *', cpu: 10 }]), bob: owns(0.5) }),
    undefined,
  );
});

test('too many different windows are judged by the highest share of each, so that the check stays short', () => {
  const windowsOf = (tenant: number, share: number): TimeWindow[] =>
    Array.from({ length: 16 }, (_, i) => ({
      name: `w${i}`,
      when: `${(tenant + i) % 60} ${(tenant * i) % 24} ${((tenant + i) % 28) + 1} ${((tenant * i) % 12) + 1} *`,
      share,
    }));
  const many = (share: number): Record<string, Promise> =>
    Object.fromEntries(Array.from({ length: 60 }, (_, t) => [`t${t}`, owns(0.01, windowsOf(t, share))]));
  assert.equal(messageOf(many(0.016)), undefined);
  assert.match(messageOf(many(0.02)) ?? '', /120% \(the highest of each: the windows are too many/);
});

const anyWindow = (name: string) =>
  fc
    .record({
      minute: fc.constantFrom('*', '0-29', '*/2'),
      hour: fc.constantFrom('*', '0-11', '8-20', '5'),
      day: fc.constantFrom('*', '1-15', '31'),
      weekday: fc.constantFrom('*', 'mon-fri', 'sun'),
      share: fc.constantFrom(0.1, 0.3, 0.5),
    })
    .map(
      ({ minute, hour, day, weekday, share }): TimeWindow => ({
        name,
        when: `${minute} ${hour} ${day} * ${weekday}`,
        share,
      }),
    );

test('what is refused is above the house in the minute that is named, and what is not never is', () => {
  const tenant = fc.record({
    share: fc.constantFrom(null, 0.1, 0.3),
    windows: fc.array(anyWindow('w'), { maxLength: 1 }),
  });
  const minute = fc.record({
    minute: fc.integer({ min: 0, max: 59 }),
    hour: fc.integer({ min: 0, max: 23 }),
    day: fc.integer({ min: 1, max: 31 }),
    month: fc.constant(1),
    weekday: fc.integer({ min: 0, max: 6 }),
  });
  fc.assert(
    fc.property(
      fc.array(tenant, { minLength: 1, maxLength: 4 }),
      fc.array(minute, { maxLength: 50 }),
      (tenants, minutes) => {
        const message = messageOf(
          Object.fromEntries(tenants.map(({ share, windows }, i) => [`t${i}`, owns(share, windows)])),
        );
        const sums = minutes.map((at) =>
          tenants.reduce((sum, { share, windows }) => {
            const inside = windows.find(({ when }) => {
              const sets = readCron(when);
              return typeof sets !== 'string' && matchesCron(sets, at);
            });
            return sum + (inside?.share ?? share ?? 0);
          }, 0),
        );
        if (message === undefined) for (const sum of sums) assert.ok(sum <= 1 + 1e-9);
        else assert.ok(Number(/add up to ([\d.]+)%/.exec(message)?.[1]) > 100);
      },
    ),
    { numRuns: 300 },
  );
});
