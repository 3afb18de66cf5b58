// When a tenant that died is started again: policies, pauses that double, and the end of patience.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Death, decideRestart, MAX_TRIES } from '../../src/domain/restarts.ts';

const crashes = (count: number, everyMs: number): Death[] =>
  Array.from({ length: count }, (_, i) => ({ at: i * everyMs, orderly: false }));

test('the first crash is answered after 250 ms, each further one after twice as long, never above 2 s', () => {
  const pauses = Array.from({ length: 10 }, (_, i) => decideRestart('always', crashes(i + 1, 100), i * 100));
  assert.deepEqual(
    pauses.map((verdict) => (verdict.act === 'restart' ? verdict.inMs : verdict.act)),
    [250, 500, 1000, ...Array.from({ length: 7 }, () => 2000)],
  );
});

test('a machine that takes four seconds for each start still comes to the end of its tries', () => {
  const deaths: Death[] = [];
  for (let now = 0; deaths.length < MAX_TRIES; now += 4000) {
    deaths.push({ at: now, orderly: false });
    const verdict = decideRestart('always', deaths, now);
    assert.equal(verdict.act, 'restart');
    if (verdict.act === 'restart') now += verdict.inMs;
  }
  const now = (deaths.at(-1)?.at ?? 0) + 6000;
  assert.equal(decideRestart('always', [...deaths, { at: now, orderly: false }], now).act, 'give-up');
});

test('ten tries a minute, and the eleventh death is the last', () => {
  assert.equal(decideRestart('always', crashes(10, 1000), 9000).act, 'restart');
  assert.deepEqual(decideRestart('always', crashes(11, 1000), 10_000), {
    act: 'give-up',
    why: 'it died 11 times within a minute',
  });
});

test('a death a minute ago no longer counts', () => {
  const old = crashes(10, 100);
  const now = 900 + 60_000;
  assert.deepEqual(decideRestart('always', [...old, { at: now, orderly: false }], now), {
    act: 'restart',
    inMs: 250,
    attempt: 1,
  });
});

test('an orderly power-off stays down on-failure, and comes back always', () => {
  const off: Death[] = [{ at: 0, orderly: true }];
  assert.deepEqual(decideRestart('on-failure', off, 0), { act: 'stay-down', why: 'it powered itself off' });
  assert.equal(decideRestart('always', off, 0).act, 'restart');
  assert.equal(decideRestart('on-failure', crashes(1, 0), 0).act, 'restart');
});

test('never means never', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ at: fc.nat(), orderly: fc.boolean() })), fc.nat(), (deaths, now) => {
      assert.equal(decideRestart('never', deaths, now).act, 'stay-down');
    }),
  );
});

test('however tenants die, no minute sees more than ten restarts', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 80 }), (gaps) => {
      let now = 0;
      const deaths: Death[] = [];
      const starts: number[] = [];
      for (const gap of gaps) {
        now += gap;
        deaths.push({ at: now, orderly: false });
        const verdict = decideRestart('always', deaths, now);
        if (verdict.act !== 'restart') break;
        now += verdict.inMs;
        starts.push(now);
      }
      for (const start of starts)
        assert.ok(starts.filter((at) => at > start - 60_000 && at <= start).length <= MAX_TRIES + 1);
    }),
  );
});
