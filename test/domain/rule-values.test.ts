// Rules as people type them: what is read, what is refused with which words, and that what is written reads back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Problem } from '../../src/domain/errors.ts';
import {
  checkRulesFit,
  exampleOf,
  formatRule,
  parseRule,
  parseRuleKey,
  parseRules,
  RULE_FLAGS,
  RULE_KEYS,
} from '../../src/domain/rule-values.ts';
import { DEFAULT_RULES, type RuleKey } from '../../src/domain/rules.ts';

const isProblem = (code: string, message?: RegExp) => (error: unknown) =>
  error instanceof Problem && error.code === code && (message === undefined || message.test(error.message));

test('each flag names one key, in kebab case', () => {
  for (const key of RULE_KEYS) {
    assert.match(RULE_FLAGS[key], /^[a-z]+(-[a-z]+)*$/);
    assert.equal(parseRuleKey(RULE_FLAGS[key]), key);
  }
  assert.equal(new Set(Object.values(RULE_FLAGS)).size, RULE_KEYS.length);
});

test('an unknown rule is refused with the nearest and all known ones', () => {
  assert.throws(
    () => parseRules({ 'budget-cup': '40h/week' }, {}),
    (error) =>
      isProblem('RULE_UNKNOWN')(error) &&
      /^did you mean "budget-cpu"\? rules: share, share-mode, /.test((error as Problem).hint),
  );
  for (const key of ['__proto__', 'constructor', 'toString', 'shareMode', '', 'budget-disk'])
    assert.throws(() => parseRules(Object.fromEntries([[key, '1']]), {}), isProblem('RULE_UNKNOWN'), key);
});

test('the example of each key is a value of it', () => {
  for (const key of RULE_KEYS) assert.doesNotThrow(() => parseRule(key, exampleOf(key)), key);
});

test('the default of each key is written so that it reads back', () => {
  const roundTrip = <K extends RuleKey>(key: K): unknown => parseRule(key, formatRule(key, DEFAULT_RULES[key]));
  for (const key of RULE_KEYS) assert.deepEqual(roundTrip(key), DEFAULT_RULES[key], key);
});

/** Key, text, why: each of these is refused and names key, value, reason and an example. */
const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['share', '-0.1', /a fraction, a percentage/],
  ['share', '0', /the least share is 0.1%/],
  ['share', '101%', /more than the whole house/],
  ['share', '4/3', /more than the whole house/],
  ['share', '1/0', /divides by zero/],
  ['share', 'NaN', /a fraction/],
  ['share', '1e-1', /a fraction/],
  ['share', '', /a fraction/],
  ['share-mode', 'on', /off, watch, enforce are the modes/],
  ['score', 'ENFORCE', /are the modes/],
  ['ladder-end', 'kill', /repeat, freeze, stop are the ends/],
  ['credits', 'baseline=-1,burst=2', /a number is expected/],
  ['credits', 'baseline=0.5', /baseline=CPU,burst=CPU or none/],
  ['credits', 'baseline=0.5,baseline=1', /baseline=CPU,burst=CPU or none/],
  ['credits', 'baseline=2,burst=0.5', /the baseline is above the burst/],
  ['credits', 'baseline=0.001,burst=2', /the least is 0.01 of a core/],
  ['credits', 'baseline=1,burst=9000', /the most is 8192 cores/],
  ['budget-cpu', '0h/week', /a budget of nothing stops the tenant for good/],
  ['budget-cpu', '-40h/week', /are expected/],
  ['budget-cpu', '40h', /TIME\/PERIOD is expected/],
  ['budget-cpu', '40h/year', /hour, day, week or month/],
  ['budget-cpu', '40/week', /a number and s, m, h or d/],
  ['budget-cpu', '999999999w/month', /the most is 2500000h|a whole amount/],
  ['budget-memory', '200GB/month', /SIZEh\/PERIOD is expected/],
  ['budget-memory', '0GBh/month', /a budget of nothing/],
  ['budget-memory', '2000TiBh/month', /the most is 1024TiBh/],
  ['budget-memory', '5XBh/month', /unknown unit/],
  ['budget-egress', '0/month', /a budget of nothing/],
  ['budget-egress', '-1G/month', /a number and a unit/],
  ['budget-egress', '9000P/month', /too large/],
  ['budget-floor', '0', /the least is 0.01/],
  ['budget-floor', '-5', /a number is expected/],
  ['exempt', 'gcc,', /1-15 visible ASCII/],
  ['exempt', 'a-name-that-is-far-too-long', /1-15 visible ASCII/],
  ['exempt', 'g\u0007cc', /1-15 visible ASCII/],
  ['exempt', Array.from({ length: 65 }, (_, i) => `p${i}`).join(), /64 names are the most/],
  ['exempt', 'gcc,none', /"none" is no name/],
  ['windows', 'nights', /NAME: MINUTE HOUR DAY MONTH WEEKDAY/],
  ['windows', 'nights: * 25 * * * cpu=1', /window nights: hour "25": 0 to 23/],
  ['windows', 'nights: * * * * *', /sets neither cpu nor share/],
  ['windows', 'nights: * * * * * disk=1G', /cpu=CPU or share=SHARE is expected, not "disk=1G"/],
  ['windows', 'nights: * * * * * cpu=1 cpu=2', /cpu is there twice/],
  ['windows', 'nights: * * * * * share=auto', /auto is what holds outside/],
  ['windows', 'nights: * * * * * share=0', /window nights: the least share/],
  ['windows', 'nights: * * * * * share=200%', /window nights: it is more than the whole house/],
  ['windows', 'nights: * * * * * cpu=-1', /window nights: a number is expected/],
  ['windows', 'Nights!: * * * * * cpu=1', /names of windows/],
  ['windows', 'a: * 1 * * * cpu=1; a: * 2 * * * cpu=2', /two windows have the same name/],
  ['windows', Array.from({ length: 17 }, (_, i) => `w${i}: ${i} * * * * cpu=1`).join('; '), /16 windows are the most/],
];

test('a wrong value is refused with key, value, reason and an example, and the rules in force stay', () => {
  const base = parseRules({ share: '1/3', windows: 'a: * 1 * * * cpu=1' }, {});
  const before = inspect(base, { depth: 9 });
  for (const [key, text, why] of REFUSED) {
    assert.throws(
      () => parseRules({ guard: 'off', [key]: text }, base),
      (error) => {
        assert.ok(isProblem('RULE_INVALID', why)(error), `${key}=${text}: ${(error as Error).message}`);
        const { data, hint, message } = error as Problem;
        assert.deepEqual([data['key'], data['example']], [key, exampleOf(parseRuleKey(key))]);
        assert.match(hint, /^for example: /);
        assert.match(message, /^[\x20-\x7e]+$/);
        return true;
      },
      `${key}=${text}`,
    );
  }
  assert.equal(inspect(base, { depth: 9 }), before);
});

test('a value of the size of a bomb is refused before anything reads it', () => {
  const bomb = 'a: * * * * * cpu=1;'.repeat(100_000);
  for (const key of RULE_KEYS)
    assert.throws(() => parseRule(key, bomb), isProblem('RULE_INVALID', /it has more than 4096 characters$/), key);
});

test('windows that overlap and say different things are refused with a minute of the overlap', () => {
  assert.throws(
    () => parseRules({ windows: 'nights: * 22-23 * * * cpu=max; late: 30 23 * * fri cpu=1' }, {}),
    isProblem(
      'WINDOWS_CONFLICT',
      /^windows "nights" and "late" set cpu differently at the same time \(23:30 on a fri, 1 jan\)$/,
    ),
  );
});

test('changes are laid over the rules there are, and null takes a key out', () => {
  const base = parseRules({ share: '1/3', credits: 'baseline=0.5,burst=2', guard: 'off' }, {});
  assert.deepEqual(parseRules({ share: '30%', credits: null, 'budget-cpu': '40h/week', score: null }, base), {
    share: 0.3,
    guardMode: 'off',
    budgetCpu: { amount: 144_000_000_000, period: 'week' },
  });
  assert.deepEqual(parseRules({}, base), base);
});

test('white space around a value does not matter', () => {
  assert.equal(parseRule('share', ' 30%\n'), 0.3);
});

test('amounts of CPU that the host does not have are refused', () => {
  const rules = (input: Record<string, string>) => parseRules(input, {});
  const fits = (input: Record<string, string>) => () => checkRulesFit(rules(input), { cpus: 2 });
  assert.doesNotThrow(fits({}));
  assert.doesNotThrow(fits({ credits: 'baseline=0.5,burst=2', 'budget-floor': '2', windows: 'a: * * * * * cpu=2' }));
  assert.doesNotThrow(fits({ credits: 'none', windows: 'a: * * * * * cpu=max' }));
  assert.throws(
    fits({ credits: 'baseline=0.5,burst=2.5' }),
    isProblem(
      'RULE_INVALID',
      /^"baseline=0.5,burst=2.5" is not valid for rule credits: 2.5 cores are more than this host has \(2\)$/,
    ),
  );
  assert.throws(fits({ 'budget-floor': '3' }), isProblem('RULE_INVALID'));
  assert.throws(fits({ windows: 'a: * 1 * * * cpu=1; b: * 2 * * * cpu=3' }), isProblem('RULE_INVALID'));
});
