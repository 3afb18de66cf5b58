// The ladder: a month in a golden table, its ends, pardon, and clocks that are set back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advanceLadder, capOfPenalty, followClock, type LadderState, pardon } from '../../src/domain/ladder.ts';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';
import { EMPTY_STATE, type PolicyState } from '../../src/domain/policy-types.ts';
import type { LadderEnd, Mode } from '../../src/domain/rules.ts';
import { START } from './policy-values.ts';

const constants = DEFAULT_CONSTANTS.ladder;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const calm: LadderState = { score: { cpu: 0, memory: 0, io: 0 }, occurrences: 0, forgetAt: null, penalty: null };
const full = (state: LadderState, resource: 'cpu' | 'memory' | 'io' = 'cpu'): LadderState => ({
  ...state,
  score: { ...state.score, [resource]: 100 },
});

/** Steps of a minute; at `full` times the score is full. Tells each change. */
const runMonth = (fullAt: readonly number[], ladderEnd: LadderEnd, days: number): string[] => {
  const told: string[] = [];
  const times = new Set(fullAt);
  let state = calm;
  const stamp = (at: number): string => {
    const minutes = Math.round((at - START) / MINUTE);
    const [day, hour, minute] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
    return `${day} ${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  };
  for (let at = START; at < START + days * DAY; at += MINUTE) {
    const before = state;
    const rules = { scoreMode: 'enforce' as Mode, ladderEnd };
    state = advanceLadder(times.has(at - START) ? full(before) : before, rules, at, constants);
    if (state.penalty?.from !== before.penalty?.from) {
      const { penalty } = state;
      told.push(`${stamp(at)} ${penalty ? `${penalty.kind} ${penalty.tier} until ${stamp(penalty.until)}` : 'free'}`);
    }
    if (state.occurrences < before.occurrences) told.push(`${stamp(at)} ${state.occurrences} remembered`);
  }
  return told;
};

const at = (day: number, hour: number, minute = 0): number => day * DAY + hour * HOUR + minute * MINUTE;

test('a month on the ladder: tiers, ends, forgetting, and the first tier again after all is forgotten', () => {
  const fullAt = [at(0, 9), at(0, 9, 45), at(0, 11, 30), at(0, 14), at(3, 8), at(3, 12), at(29, 23)];
  assert.deepEqual(runMonth(fullAt, 'repeat', 31), [
    '0 09:00 cap 1 until 0 09:30',
    '0 09:30 free',
    '0 09:45 cap 2 until 0 10:45',
    '0 10:45 free',
    '0 11:30 cap 3 until 0 13:30',
    '0 13:30 free',
    '0 14:00 cap 3 until 0 16:00', // the last tier repeats
    '0 16:00 free',
    '0 19:00 3 remembered', // three hours after the last penalty
    '0 22:00 2 remembered',
    '1 01:00 1 remembered',
    '1 04:00 0 remembered',
    '3 08:00 cap 1 until 3 08:30',
    '3 08:30 free',
    '3 11:30 0 remembered',
    '3 12:00 cap 1 until 3 12:30', // half an hour after it was forgotten
    '3 12:30 free',
    '3 15:30 0 remembered',
    '29 23:00 cap 1 until 29 23:30',
    '29 23:30 free',
    '30 02:30 0 remembered',
  ]);
});

const sixTimes = [0, 1, 2, 4, 7, 10].map((hour) => at(0, hour));

test('after the third tier it repeats, freezes, or freezes and then stops, as the rule says', () => {
  const kinds = (end: LadderEnd): string[] =>
    runMonth(sixTimes, end, 1)
      .filter((line) => line.includes('until'))
      .map((line) => line.split(' ').slice(2, 4).join(' '));
  assert.deepEqual(kinds('repeat'), ['cap 1', 'cap 2', 'cap 3', 'cap 3', 'cap 3', 'cap 3']);
  assert.deepEqual(kinds('freeze'), ['cap 1', 'cap 2', 'cap 3', 'freeze 4', 'freeze 4', 'freeze 4']);
  assert.deepEqual(kinds('stop'), ['cap 1', 'cap 2', 'cap 3', 'freeze 4', 'stop 5', 'stop 5']);
});

test('a penalty leaves 0.8, 0.5 and 0.3 of the quota; a freeze is no cap', () => {
  const penalty = { resource: 'cpu', from: 0, until: 1 } as const;
  const caps = [1, 2, 3].map((tier) => capOfPenalty({ ...penalty, kind: 'cap', tier }, 1900, constants));
  assert.deepEqual(caps, [1520, 950, 570]);
  assert.equal(capOfPenalty({ ...penalty, kind: 'freeze', tier: 4 }, 1900, constants), null);
});

test('the score that was full starts at 0 again, the others stay', () => {
  const before = { ...calm, score: { cpu: 99, memory: 100, io: 7 } };
  const after = advanceLadder(before, { scoreMode: 'enforce', ladderEnd: 'repeat' }, START, constants);
  assert.deepEqual(after.score, { cpu: 99, memory: 0, io: 7 });
  assert.equal(after.penalty?.resource, 'memory');
});

test('one penalty at a time: a score that is full meanwhile waits for its end', () => {
  const rules = { scoreMode: 'enforce', ladderEnd: 'repeat' } as const;
  const first = advanceLadder(full(calm), rules, START, constants);
  const second = advanceLadder(full(first, 'io'), rules, START + MINUTE, constants);
  assert.deepEqual(second.penalty, first.penalty);
  const third = advanceLadder(second, rules, START + 30 * MINUTE, constants);
  assert.equal(third.penalty?.resource, 'io');
  assert.equal(third.penalty?.tier, 2);
});

test('a pardon ends the penalty and forgets what led to it', () => {
  const rules = { scoreMode: 'enforce', ladderEnd: 'repeat' } as const;
  const state = { ...EMPTY_STATE, credits: 5, ...advanceLadder(full(calm), rules, START, constants) };
  assert.deepEqual(pardon(state), { ...EMPTY_STATE, credits: 5 });
});

test('what was only watched is never served, and what is served ends when the rule only watches or is off', () => {
  const begin = (scoreMode: Mode) => advanceLadder(full(calm), { scoreMode, ladderEnd: 'repeat' }, START, constants);
  const then = (before: LadderState, scoreMode: Mode) =>
    advanceLadder(before, { scoreMode, ladderEnd: 'repeat' }, START + 1000, constants);
  assert.equal(begin('watch').penalty?.mode, 'watch');
  assert.deepEqual(then(begin('watch'), 'enforce'), calm);
  assert.deepEqual(then(begin('enforce'), 'watch'), calm);
  assert.deepEqual(then(begin('enforce'), 'off'), calm);
});

test('after a week without the daemon the penalty is over and all is forgotten', () => {
  const rules = { scoreMode: 'enforce', ladderEnd: 'repeat' } as const;
  let state = calm;
  for (const hour of [0, 1, 2]) state = advanceLadder(full(state), rules, START + hour * HOUR, constants);
  assert.equal(state.occurrences, 3);
  state = JSON.parse(JSON.stringify(state));
  assert.deepEqual(advanceLadder(state, rules, START + 7 * DAY, constants), calm);
});

/** A state in the middle of a penalty that began at START and was seen last at `at`. */
const punished = (seen: number): PolicyState => ({
  ...EMPTY_STATE,
  ...advanceLadder(full(calm), { scoreMode: 'enforce', ladderEnd: 'repeat' }, START, constants),
  at: seen,
});

test('a clock set back moves the end of a penalty with it', () => {
  const before = punished(START + 10 * MINUTE);
  const back = START - 5 * HOUR;
  const after = followClock(before, back, 1000);
  const left = (after.penalty?.until ?? 0) - back;
  assert.equal(left, 20 * MINUTE - 1000);
  assert.equal((after.forgetAt ?? 0) - (after.penalty?.until ?? 0), 3 * HOUR);
  assert.equal(followClock(before, START + 10 * MINUTE + 1000, 1000), before, 'a clock that goes on is left alone');
});

test('a tick that is late by less than half a second moves nothing', () => {
  const before = punished(START + 10 * MINUTE);
  assert.equal(followClock(before, START + 10 * MINUTE + 600, 1000), before);
  assert.notEqual(followClock(before, START + 10 * MINUTE + 400, 1000), before);
});

test('however often and far a clock is set back, a penalty does not last for ever', () => {
  const jump = fc.record({
    back: fc.integer({ min: -HOUR, max: 40 * DAY }),
    dt: fc.integer({ min: 500, max: MINUTE }),
  });
  fc.assert(
    fc.property(fc.array(jump, { minLength: 1, maxLength: 100 }), (jumps) => {
      let state = punished(START);
      let now = START;
      let lived = 0;
      for (const { back, dt } of jumps) {
        now = now + dt - Math.max(0, back);
        lived += dt;
        state = { ...followClock(state, now, dt), at: now };
        const rules = { scoreMode: 'enforce', ladderEnd: 'repeat' } as const;
        state = { ...state, ...advanceLadder(state, rules, now, constants) };
        // what is taken for noise is at most half of each interval
        if (lived >= HOUR) assert.equal(state.penalty, null);
        else assert.ok((state.penalty?.until ?? now) - now <= 30 * MINUTE - lived / 2);
      }
    }),
  );
});
