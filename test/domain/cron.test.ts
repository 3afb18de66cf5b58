// The five fields of a crontab expression: what is read, what is refused, which minutes are inside.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  allDays,
  type CronSets,
  formatMinute,
  matchesCron,
  matchesDay,
  readCron,
  sharedMinute,
} from '../../src/domain/cron.ts';

const setsOf = (text: string): CronSets => {
  const sets = readCron(text);
  if (typeof sets === 'string') throw new Error(`${text}: ${sets}`);
  return sets;
};

const chosen = (set: Uint8Array): number[] => [...set.keys()].filter((value) => set[value] === 1);

test('each form of a field names the values it names in crontab(5)', () => {
  const minutes: Record<string, number[]> = {
    '*': Array.from({ length: 60 }, (_, i) => i),
    '7': [7],
    '0,59': [0, 59],
    '10-13': [10, 11, 12, 13],
    '*/20': [0, 20, 40],
    '5-30/10': [5, 15, 25],
    '1,10-12,*/30': [0, 1, 10, 11, 12, 30],
  };
  for (const [text, expected] of Object.entries(minutes))
    assert.deepEqual(chosen(setsOf(`${text} * * * *`).minute), expected, text);
  assert.deepEqual(chosen(setsOf('* 22-23,0-5 * * *').hour), [0, 1, 2, 3, 4, 5, 22, 23]);
  assert.deepEqual(chosen(setsOf('* * * jan,MAR,10-dec *').month), [1, 3, 10, 11, 12]);
});

test('Sunday is 0, 7 and sun, and a range may end with it', () => {
  const days = (text: string): number[] => chosen(setsOf(`* * * * ${text}`).weekday).filter((day) => day < 7);
  assert.deepEqual(days('0'), [0]);
  assert.deepEqual(days('7'), [0]);
  assert.deepEqual(days('Sun'), [0]);
  assert.deepEqual(days('fri-sun'), [0, 5, 6]);
  assert.deepEqual(days('sun-tue'), [0, 1, 2]);
  assert.deepEqual(days('6-7'), [0, 6]);
  assert.deepEqual(days('mon-fri'), [1, 2, 3, 4, 5]);
});

test('what is no expression is refused with the field and the reason', () => {
  const refused: Record<string, string> = {
    '': 'five fields are expected, there are 0',
    '* * * *': 'five fields are expected, there are 4',
    '* * * * * *': 'five fields are expected, there are 6',
    '60 * * * *': 'minute "60": 0 to 59 is expected',
    '* 24 * * *': 'hour "24": 0 to 23 is expected',
    '* * 0 * *': 'day of the month "0": 1 to 31 is expected',
    '* * * 13 *': 'month "13": 1 to 12 is expected',
    '* * * * 8': 'day of the week "8": 0 to 7 is expected',
    '* * * * jan': 'day of the week "jan": 0 to 7 is expected',
    '-1 * * * *': 'minute "-1": a number, a range, a list or * is expected',
    '1,,2 * * * *': 'minute "1,,2": a number, a range, a list or * is expected',
    '* 22-5 * * *': 'hour "22-5": the range runs backwards; write 22-23,0-5',
    '*/0 * * * *': 'minute "*/0": the step must be 1 or more',
    '5/10 * * * *': 'minute "5/10": a step needs a range, for example 0-30/5',
    '@daily': 'five fields are expected, there are 1',
    '* * 30 feb *': 'there is no such date',
    '* * 31 4,6,9,11 *': 'there is no such date',
    [`${'1,'.repeat(200)}1 * * * *`]: 'it has more than 180 characters',
  };
  for (const [text, why] of Object.entries(refused)) assert.equal(readCron(text), why, text);
  assert.notEqual(typeof readCron('* * 29 feb *'), 'string');
});

test('any text is either five sets or a reason', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789*,-/ sunjanmo\t@#?L'), maxLength: 40 }), (text) => {
      const sets = readCron(text);
      if (typeof sets === 'string') assert.ok(sets.length > 0);
      else for (const set of Object.values(sets)) assert.ok(set.some((inside: number) => inside === 1));
    }),
    { numRuns: 1000 },
  );
});

test('a minute is inside when all five fields match, both day fields too', () => {
  const friday13 = setsOf('30 12 13 * fri');
  const at = { minute: 30, hour: 12, day: 13, month: 2, weekday: 5 };
  assert.equal(matchesCron(friday13, at), true);
  for (const change of [{ minute: 31 }, { hour: 13 }, { day: 14 }, { weekday: 4 }])
    assert.equal(matchesCron(friday13, { ...at, ...change }), false);
  assert.equal(matchesDay(friday13, { month: 12, day: 13, weekday: 5 }), true);
  assert.equal(matchesCron(setsOf('* * * feb *'), { ...at, month: 3 }), false);
});

test('a calendar without years has 366 dates on seven weekdays', () => {
  const days = allDays();
  assert.equal(days.length, 366 * 7);
  assert.deepEqual(
    [...new Set(days.map(({ day }) => day))],
    Array.from({ length: 31 }, (_, i) => i + 1),
  );
  assert.equal(new Set(days.map((day) => JSON.stringify(day))).size, days.length);
});

test('the minute that two expressions share is inside both, and there is none only if no minute is', () => {
  const item = (most: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: 1, max: most }).map(String),
      fc.integer({ min: 2, max: 9 }).map((step) => `*/${step}`),
    );
  const expression = fc.tuple(item(59), item(23), item(31), item(12), item(6)).map((fields) => fields.join(' '));
  fc.assert(
    fc.property(expression, expression, (a, b) => {
      const [first, second] = [readCron(a), readCron(b)];
      fc.pre(typeof first !== 'string' && typeof second !== 'string');
      const shared = sharedMinute(first, second);
      if (shared) {
        assert.ok(matchesCron(first, shared) && matchesCron(second, shared));
        return;
      }
      const sameDay = allDays().some((day) => matchesDay(first, day) && matchesDay(second, day));
      const sameHour = first.hour.some((inside, hour) => inside === 1 && second.hour[hour] === 1);
      const sameMinute = first.minute.some((inside, minute) => inside === 1 && second.minute[minute] === 1);
      assert.ok(!(sameDay && sameHour && sameMinute));
    }),
    { numRuns: 300 },
  );
});

test('a minute is written as people read it', () => {
  assert.equal(formatMinute({ minute: 5, hour: 7, day: 31, month: 12, weekday: 0 }), '07:05 on a sun, 31 dec');
});
