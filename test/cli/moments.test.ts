// Times as people type and read them, in zones whose clocks change.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBack, readMoment, sinceIso } from '../../src/cli/moments.ts';
import { type Clock, formatLocal, formatMoment, formatUntil } from '../../src/cli/output/times.ts';
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
