// Calendar periods across changes of the clocks, in zones that change them at inconvenient times.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstMomentOf, localMinuteAt, momentsOf, offsetAt, periodAt } from '../../src/domain/calendar.ts';
import { Problem } from '../../src/domain/errors.ts';
import type { BudgetPeriod } from '../../src/domain/rules.ts';

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);

/** period, zone, a moment, the period's start and end in UTC. */
const PERIODS: readonly (readonly [BudgetPeriod, string, string, string, string])[] = [
  ['hour', 'UTC', '2026-03-04T05:06:07Z', '2026-03-04T05:00Z', '2026-03-04T06:00Z'],
  ['hour', 'Asia/Kathmandu', '2026-03-04T05:06:07Z', '2026-03-04T04:15Z', '2026-03-04T05:15Z'],
  ['day', 'UTC', '2026-03-04T00:00:00Z', '2026-03-04T00:00Z', '2026-03-05T00:00Z'],
  ['week', 'UTC', '2026-03-04T05:06:07Z', '2026-03-02T00:00Z', '2026-03-09T00:00Z'],
  ['week', 'UTC', '2026-03-08T23:59:59.999Z', '2026-03-02T00:00Z', '2026-03-09T00:00Z'],
  ['week', 'UTC', '2026-03-09T00:00:00Z', '2026-03-09T00:00Z', '2026-03-16T00:00Z'],
  ['month', 'UTC', '2026-12-31T23:59:59.999Z', '2026-12-01T00:00Z', '2027-01-01T00:00Z'],
  ['month', 'UTC', '2028-02-29T12:00:00Z', '2028-02-01T00:00Z', '2028-03-01T00:00Z'],
  ['month', 'UTC', '2026-02-28T12:00:00Z', '2026-02-01T00:00Z', '2026-03-01T00:00Z'],
  // 23 and 25 hours
  ['day', 'Europe/Berlin', '2026-03-29T10:00Z', '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
  ['day', 'Europe/Berlin', '2026-10-25T10:00Z', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
  ['day', 'America/New_York', '2026-11-01T05:30Z', '2026-11-01T04:00Z', '2026-11-02T05:00Z'],
  ['week', 'Europe/Berlin', '2026-03-29T10:00Z', '2026-03-22T23:00Z', '2026-03-29T22:00Z'],
  ['month', 'Europe/Berlin', '2026-03-29T10:00Z', '2026-02-28T23:00Z', '2026-03-31T22:00Z'],
  // an hour that comes twice is one of two, an hour that is skipped has no moment
  ['hour', 'Europe/Berlin', '2026-10-25T00:30Z', '2026-10-25T00:00Z', '2026-10-25T02:00Z'],
  ['hour', 'Europe/Berlin', '2026-10-25T01:30Z', '2026-10-25T00:00Z', '2026-10-25T02:00Z'],
  ['hour', 'Europe/Berlin', '2026-03-29T01:00Z', '2026-03-29T01:00Z', '2026-03-29T02:00Z'],
  // half an hour of summer time
  ['hour', 'Australia/Lord_Howe', '2026-04-04T15:10Z', '2026-04-04T14:00Z', '2026-04-04T15:30Z'],
  // clocks that jump over midnight: the day begins at 01:00
  ['day', 'America/Sao_Paulo', '2018-11-04T12:00Z', '2018-11-04T03:00Z', '2018-11-05T02:00Z'],
  ['day', 'Asia/Beirut', '2026-03-29T12:00Z', '2026-03-28T22:00Z', '2026-03-29T21:00Z'],
  ['day', 'Africa/Cairo', '2026-04-24T12:00Z', '2026-04-23T22:00Z', '2026-04-24T21:00Z'],
  // clocks set back from midnight to 23:00: the last hour of the old day comes twice
  ['day', 'America/Sao_Paulo', '2018-02-17T12:00Z', '2018-02-17T02:00Z', '2018-02-18T03:00Z'],
  ['day', 'Asia/Beirut', '2026-10-24T12:00Z', '2026-10-23T21:00Z', '2026-10-24T22:00Z'],
  // from 01:00 back to midnight: the day begins with the first one
  ['day', 'America/Havana', '2026-11-01T12:00Z', '2026-11-01T04:00Z', '2026-11-02T05:00Z'],
  // one minute after midnight back to the day before: that day is over all the same
  ['day', 'America/St_Johns', '2006-10-29T03:00Z', '2006-10-29T02:30Z', '2006-10-30T03:30Z'],
  ['day', 'America/St_Johns', '2006-10-29T02:29:59Z', '2006-10-28T02:30Z', '2006-10-29T02:30Z'],
  // 30 December 2011 did not take place
  ['day', 'Pacific/Apia', '2011-12-30T11:00Z', '2011-12-30T10:00Z', '2011-12-31T10:00Z'],
  ['day', 'Pacific/Apia', '2011-12-30T09:00Z', '2011-12-29T10:00Z', '2011-12-30T10:00Z'],
];

test('each period begins and ends where the calendar of its zone says', () => {
  for (const [period, zone, moment, from, until] of PERIODS) {
    assert.deepEqual(
      Object.values(periodAt(period, zone, at(moment))).map((ms) => new Date(ms).toISOString()),
      [from, until].map((text) => new Date(at(text)).toISOString()),
      `${period} in ${zone} at ${moment}`,
    );
  }
});

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'Africa/Cairo',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Casablanca',
  'America/Havana',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
];
const anyZone = fc.constantFrom(...ZONES);
const anyPeriod = fc.constantFrom<BudgetPeriod>('hour', 'day', 'week', 'month');
const anyMoment = fc.integer({ min: at('1995-01-01T00:00Z'), max: at('2037-12-31T00:00Z') });

test('each moment is in its period, and periods follow each other without gap or overlap', () => {
  fc.assert(
    fc.property(anyPeriod, anyZone, anyMoment, (period, zone, moment) => {
      const { from, until } = periodAt(period, zone, moment);
      assert.ok(from <= moment && moment < until);
      for (const inside of [from, until - 1]) assert.deepEqual(periodAt(period, zone, inside), { from, until });
      assert.equal(periodAt(period, zone, until).from, until);
      assert.equal(periodAt(period, zone, from - 1).until, from);
    }),
    { numRuns: 400 },
  );
});

test('the days of 20 years in zones that change their clocks have 24 hours but for those of the changes', () => {
  for (const zone of ['Asia/Beirut', 'America/Sao_Paulo', 'Africa/Cairo', 'Europe/Berlin']) {
    let day = periodAt('day', zone, at('2006-01-01T12:00Z'));
    let odd = 0;
    for (let count = 0; count < 20 * 365; count++) {
      const hours = (day.until - day.from) / HOUR;
      assert.ok([23, 24, 25].includes(hours), `${zone} ${new Date(day.from).toISOString()}: ${hours}`);
      const before = offsetAt(zone, day.from - 1);
      const changed = offsetAt(zone, day.until - 1) !== before;
      assert.equal(hours !== 24, changed, `${zone} ${new Date(day.from).toISOString()}: ${hours}`);
      odd += hours === 24 ? 0 : 1;
      day = periodAt('day', zone, day.until);
    }
    assert.ok(odd >= 10, `${zone} had ${odd}`);
  }
});

test('the first moment of a wall-clock time is the jump where there is none, and the earlier where there are two', () => {
  const local = (text: string): number => at(`${text}Z`);
  assert.equal(firstMomentOf('Europe/Berlin', local('2026-03-29T02:30')), at('2026-03-29T01:00Z'));
  assert.equal(firstMomentOf('Europe/Berlin', local('2026-10-25T02:30')), at('2026-10-25T00:30Z'));
  assert.equal(firstMomentOf('Europe/Berlin', local('2026-10-25T03:00')), at('2026-10-25T02:00Z'));
});

test('the moments of a wall-clock time are none in a jump, two where the clocks show it twice, else one', () => {
  const moments = (zone: string, text: string): string[] =>
    momentsOf(zone, at(`${text}Z`)).map((moment) => new Date(moment).toISOString().slice(0, 16));
  assert.deepEqual(moments('Europe/Berlin', '2026-03-29T02:30'), []);
  assert.deepEqual(moments('Europe/Berlin', '2026-03-29T03:00'), ['2026-03-29T01:00']);
  assert.deepEqual(moments('Europe/Berlin', '2026-10-25T02:30'), ['2026-10-25T00:30', '2026-10-25T01:30']);
  assert.deepEqual(moments('Europe/Berlin', '2026-10-25T03:00'), ['2026-10-25T02:00']);
  assert.deepEqual(moments('Pacific/Apia', '2011-12-30T12:00'), []);
});

test('the wall clock of a minute is that of its zone', () => {
  const moment = at('2026-10-25T00:59:59.999Z');
  assert.deepEqual(localMinuteAt('Europe/Berlin', moment), { minute: 59, hour: 2, day: 25, month: 10, weekday: 0 });
  assert.deepEqual(localMinuteAt('Europe/Berlin', moment + 1), { minute: 0, hour: 2, day: 25, month: 10, weekday: 0 });
  assert.deepEqual(localMinuteAt('UTC', moment), { minute: 59, hour: 0, day: 25, month: 10, weekday: 0 });
  assert.deepEqual(localMinuteAt('Pacific/Kiritimati', at('2026-12-31T12:00Z')), {
    minute: 0,
    hour: 2,
    day: 1,
    month: 1,
    weekday: 5,
  });
});

test('a zone that does not exist is refused by name', () => {
  assert.throws(
    () => offsetAt('Mars/Olympus\u001b[2J', 0),
    (error) =>
      error instanceof Problem &&
      error.code === 'ZONE_UNKNOWN' &&
      error.message === '"Mars/Olympus\\x1b[2J" is not a time zone',
  );
});
