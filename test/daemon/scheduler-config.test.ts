// The scheduler's section and the time zone of config.yaml: read, or refused with the reason.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseConfig } from '../../src/daemon/config.ts';
import { buildConstants } from '../../src/daemon/scheduler-config.ts';
import { DEFAULT_CONSTANTS } from '../../src/domain/policy-constants.ts';

const read = (text: string) => parseConfig(text, '/etc/x.yaml', (yaml) => parse(yaml));

test('without the section the numbers are the published ones', () => {
  assert.deepEqual(buildConstants({}), DEFAULT_CONSTANTS);
  assert.deepEqual(read('').constants, DEFAULT_CONSTANTS);
  assert.equal(read('').timeZone, null);
});

test('each number is read into its place, and no other changes', () => {
  const { constants } = read(`scheduler:
  credit-ramp: 1m
  turn-pause: 2s
  score-fill: 10s
  score-empty: 20s
  penalty-times: [30s, 40s, 50s]
  penalty-end: 3m
  penalty-forget: 4h
  guard-stall: 5s
  guard-step: 6s
`);
  const { score, ladder, guard } = DEFAULT_CONSTANTS;
  assert.deepEqual(constants, {
    ...DEFAULT_CONSTANTS,
    creditRampMs: 60_000,
    turnMs: 2000,
    score: { ...score, fillMs: 10_000, emptyMs: 20_000 },
    ladder: {
      tiers: ladder.tiers.map((tier, i) => ({ ...tier, ms: [30_000, 40_000, 50_000][i] })),
      endMs: 180_000,
      forgetMs: 14_400_000,
    },
    guard: { ...guard, stallMs: 5000, stepMs: 6000 },
  });
});

test('a time zone is taken when this system knows it', () => {
  assert.equal(read('time-zone: Europe/Berlin').timeZone, 'Europe/Berlin');
});

test('wrong values are refused with the file and the reason', () => {
  const wrong: [string, RegExp][] = [
    ['scheduler: {score-fill: 0s}', /"0s" is not a duration: from 1s to 366d/],
    ['scheduler: {score-fill: 500ms}', /"500ms"/],
    ['scheduler: {penalty-end: 999999999d}', /"999999999d" is not a duration: from 1s to 366d/],
    ['scheduler: {guard-step: -5s}', /"-5s"/],
    ['scheduler: {guard-step: 5}', /scheduler\.guard-step/],
    ['scheduler: {penalty-times: [30s, 40s]}', /scheduler\.penalty-times/],
    ['scheduler: {penalty-times: [30s, 40s, never]}', /"never"/],
    ['scheduler: {colour: red}', /colour/],
    ['scheduler: []', /scheduler/],
    ['time-zone: Mars/Olympus', /Mars\/Olympus/],
    ['time-zone: 7', /time-zone/],
    [`time-zone: ${'x'.repeat(65)}`, /time-zone/],
  ];
  for (const [text, why] of wrong)
    assert.throws(
      () => read(text),
      (error) => {
        const { code, message } = error as { code: string; message: string };
        assert.equal(code, 'CONFIG_INVALID', text);
        assert.match(message, why);
        return message.startsWith('/etc/x.yaml: ');
      },
      text,
    );
});
