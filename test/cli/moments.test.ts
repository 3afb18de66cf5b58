// Times as people type and read them, in zones whose clocks change.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readBack, readMoment, sinceIso } from '../../src/cli/moments.ts';
import { type Clock, formatLocal, formatMoment, formatUntil } from '../../src/cli/output/times.ts';
import { localMinuteAt } from '../../src/domain/calendar.ts';
import { Problem } from '../../src/domain/errors.ts';

const NOW = Date.parse('2026-11-24T12:00:00.000Z');
const BERLIN: Clock = { now: NOW, zone: 'Europe/Berlin' };
const read = (text: string, clock: Clock = BERLIN): string => new Date(readMoment(text, clock)).toISOString();

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof Problem, String(error));
    return error.code;
  }
  return 'none';
};

describe('a time that is typed', () => {
  it('is a time of day by the clocks of the caller: the last time they showed it', () => {
    assert.equal(read('12:59'), '2026-11-24T11:59:00.000Z');
    assert.equal(read('13:00'), '2026-11-24T12:00:00.000Z');
    assert.equal(read('13:01'), '2026-11-23T12:01:00.000Z');
    assert.equal(read('0:30'), '2026-11-23T23:30:00.000Z');
  });

  const readAt = (now: string, text: string, zone = 'Europe/Berlin'): string =>
    read(text, { now: Date.parse(now), zone });

  it('in an hour that the clocks show twice is the second time, once it has come', () => {
    for (const [now, at] of [
      ['2026-10-25T00:29Z', '2026-10-24T00:30:00.000Z'],
      ['2026-10-25T00:45Z', '2026-10-25T00:30:00.000Z'],
      ['2026-10-25T01:15Z', '2026-10-25T00:30:00.000Z'],
      ['2026-10-25T01:30Z', '2026-10-25T01:30:00.000Z'],
      ['2026-10-25T02:00Z', '2026-10-25T01:30:00.000Z'],
      ['2026-10-26T00:00Z', '2026-10-25T01:30:00.000Z'],
    ] as const)
      assert.equal(readAt(now, '02:30'), at, now);
    assert.equal(readAt('2026-10-25T12:00Z', '03:00'), '2026-10-25T02:00:00.000Z');
    assert.equal(readAt('2026-10-25T12:00Z', '01:59'), '2026-10-24T23:59:00.000Z');
  });

  it('in an hour that the clocks jumped over is that of the day before', () => {
    assert.equal(readAt('2026-03-29T10:00Z', '02:30'), '2026-03-28T01:30:00.000Z');
    assert.equal(readAt('2026-03-29T10:00Z', '01:59'), '2026-03-29T00:59:00.000Z');
    assert.equal(readAt('2026-03-29T10:00Z', '03:00'), '2026-03-29T01:00:00.000Z');
    // a day that was left out
    assert.equal(readAt('2011-12-30T10:30Z', '12:00', 'Pacific/Apia'), '2011-12-29T22:00:00.000Z');
  });

  it('may be of the day after, where clocks are set back over midnight', () => {
    assert.equal(readAt('2006-10-29T03:00Z', '00:00', 'America/St_Johns'), '2006-10-29T02:30:00.000Z');
  });

  it('is the last minute before now at which the clocks showed it, by looking at each', () => {
    const zone = fc.constantFrom('Europe/Berlin', 'America/Havana', 'Australia/Lord_Howe', 'Asia/Beirut', 'UTC');
    const minuteOf = fc.integer({
      min: Date.parse('2026-01-01T00:00Z') / 60_000,
      max: Date.parse('2026-12-31') / 60_000,
    });
    const changes = fc.constantFrom('2026-03-29T01:00Z', '2026-10-25T01:00Z', '2026-11-01T05:00Z', '2026-04-04T15:00Z');
    const nearChange = fc
      .tuple(changes, fc.integer({ min: -1500, max: 3000 }))
      .map(([change, minutes]) => Date.parse(change) / 60_000 + minutes);
    // clocks change between midnight and three
    const time = fc.oneof(fc.integer({ min: 0, max: 180 }), fc.integer({ min: 0, max: 1439 }));
    fc.assert(
      fc.property(zone, fc.oneof(minuteOf, nearChange), time, (name, minute, wanted) => {
        let found = minute;
        const shown = (at: number): number => {
          const { hour, minute: past } = localMinuteAt(name, at * 60_000);
          return hour * 60 + past;
        };
        while (shown(found) !== wanted) found -= 1;
        const text = `${Math.floor(wanted / 60)}:${String(wanted % 60).padStart(2, '0')}`;
        assert.equal(readMoment(text, { now: minute * 60_000, zone: name }), found * 60_000);
      }),
      { numRuns: 300 },
    );
  });

  it('is so long ago', () => {
    assert.equal(read('-2h'), '2026-11-24T10:00:00.000Z');
    assert.equal(read('-1d12h'), '2026-11-23T00:00:00.000Z');
  });

  it('is a date, with an offset or by the clocks of the caller', () => {
    assert.equal(read('2026-11-24T12:05'), '2026-11-24T11:05:00.000Z');
    assert.equal(read('2026-11-24 12:05:06'), '2026-11-24T11:05:06.000Z');
    assert.equal(read('2026-11-24T11:05:00.500Z'), '2026-11-24T11:05:00.500Z');
    assert.equal(read('2026-11-24T11:05+05:30'), '2026-11-24T05:35:00.000Z');
    assert.equal(read('2026-07-01'), '2026-06-30T22:00:00.000Z');
  });

  it('in the hour that clocks jump over is the jump', () => {
    assert.equal(read('2026-03-29T02:30'), '2026-03-29T01:00:00.000Z');
  });

  it('is refused when it is none, lies ahead, or is older than anything kept', () => {
    for (const text of [
      '',
      'now',
      '24:00',
      '12:60',
      '1:5',
      '2026-02-30',
      '2026-13-01T00:00',
      '2026-11-24T25:00Z',
      '１２:００',
    ])
      assert.equal(
        codeOf(() => read(text)),
        'TIME_INVALID',
        text,
      );
    assert.equal(
      codeOf(() => read('2026-11-24T12:00:01Z')),
      'TIME_INVALID',
    );
    assert.equal(
      codeOf(() => read('2020-01-01')),
      'TIME_INVALID',
    );
    assert.equal(
      codeOf(() => read('-500d')),
      'DURATION_INVALID',
    );
    assert.equal(
      codeOf(() => readBack('0s')),
      'DURATION_INVALID',
    );
    assert.equal(sinceIso('7d', NOW), '2026-11-17T12:00:00.000Z');
  });
});

describe('a time that is shown', () => {
  it('is that of the clocks of the caller', () => {
    assert.equal(formatLocal('2026-11-24T12:00:00.000Z', BERLIN), '2026-11-24 13:00:00');
    assert.equal(formatLocal('2026-07-24T12:00:00.000Z', BERLIN), '2026-07-24 14:00:00');
  });

  it('is as short as it can be understood', () => {
    assert.equal(formatMoment('2026-11-25T02:10:00.000Z', BERLIN), 'at 03:10');
    assert.equal(formatMoment('2026-11-29T02:10:00.000Z', BERLIN), 'on the 29th');
    assert.equal(formatMoment('2026-12-01T02:10:00.000Z', BERLIN), 'on 2026-12-01');
    const ends = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30].map((day) =>
      formatMoment(`2026-10-${String(day).padStart(2, '0')}T12:00:00Z`, {
        ...BERLIN,
        now: Date.parse('2026-10-16T12:00Z'),
      }),
    );
    assert.deepEqual(
      ends.map((text) => text.replace('on the ', '')),
      ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '22nd', '23rd', '30th'],
    );
    assert.equal(formatUntil(null, BERLIN), '');
    assert.equal(formatUntil('2026-11-24T13:05:00Z', BERLIN), 'until 14:05');
    assert.equal(formatUntil('2026-11-29T23:00:00Z', BERLIN), 'until 2026-11-30 00:00');
  });
});
