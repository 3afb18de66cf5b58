// The spelling of each kind of rule value, and that every allowed value survives the way to text and back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WHY_NOT } from '../../src/domain/rule-bounds.ts';
import {
  type Read,
  readCpu,
  readCpuBudget,
  readCredits,
  readEgressBudget,
  readMemoryBudget,
  readNames,
  readShare,
  readWindows,
  writeCpuBudget,
  writeCredits,
  writeEgressBudget,
  writeMemoryBudget,
  writeNames,
  writeShare,
  writeWindows,
} from '../../src/domain/rule-texts.ts';
import { formatRule, parseRule } from '../../src/domain/rule-values.ts';
import type { BudgetPeriod, RuleKey, Rules, TimeWindow } from '../../src/domain/rules.ts';
import { GiB, TiB } from '../../src/domain/units.ts';

const HOUR_USEC = 3_600_000_000;
const takeValue = <T>(read: Read<T>): T => {
  if ('why' in read) throw new Error(read.why);
  return read.value;
};

test('a share is a fraction, a percentage, a number or auto', () => {
  const shares: Record<string, number | null> = {
    '1/3': 1 / 3,
    '30%': 0.3,
    '0.3': 0.3,
    '12.5%': 0.125,
    '1': 1,
    auto: null,
  };
  for (const [text, share] of Object.entries(shares)) assert.equal(takeValue(readShare(text)), share, text);
});

test('a share is written in its shortest exact spelling', () => {
  const spellings: readonly (readonly [number | null, string])[] = [
    [null, 'auto'],
    [0.3, '30%'],
    [0.125, '12.5%'],
    [1 / 3, '1/3'],
    [2 / 7, '2/7'],
    [1, '100%'],
    [0.123456789, '0.123456789'],
  ];
  for (const [share, text] of spellings) assert.equal(writeShare(share), text);
});

test('credits name baseline and burst in either order', () => {
  const rule = { baseline: 500, burst: 2000 };
  assert.deepEqual(takeValue(readCredits('baseline=0.5,burst=2')), rule);
  assert.deepEqual(takeValue(readCredits('burst=200%,baseline=500m')), rule);
  assert.equal(writeCredits(rule), 'baseline=0.5,burst=2');
  assert.equal(takeValue(readCpu('150%')), 1500);
});

test('CPU budgets are hours of a core, memory budgets bytes for hours, egress budgets bytes', () => {
  const week = (amount: number) => ({ amount, period: 'week' });
  assert.deepEqual(takeValue(readCpuBudget('40h/week')), week(40 * HOUR_USEC));
  assert.deepEqual(takeValue(readCpuBudget('1h30m/week')), week(1.5 * HOUR_USEC));
  assert.deepEqual(takeValue(readMemoryBudget('200GBh/week')), week(200e9 * 3600));
  assert.deepEqual(takeValue(readMemoryBudget('200Gh/week')), week(200 * GiB * 3600));
  assert.deepEqual(takeValue(readMemoryBudget('1.5GiBh/week')), week(1.5 * GiB * 3600));
  assert.deepEqual(takeValue(readEgressBudget('500G/week')), week(500 * GiB));
  assert.deepEqual(takeValue(readEgressBudget('500GB/week')), week(500e9));
  for (const read of [readCpuBudget, readMemoryBudget, readEgressBudget]) assert.equal(takeValue(read('none')), null);
});

test('budgets are written as they were meant', () => {
  const month = (amount: number) => ({ amount, period: 'month' as const });
  assert.equal(writeCpuBudget(month(40 * HOUR_USEC)), '40h/month');
  assert.equal(writeCpuBudget(month(100.5 * HOUR_USEC)), '100h30m/month');
  assert.equal(writeMemoryBudget(month(200e9 * 3600)), '200GBh/month');
  assert.equal(writeMemoryBudget(month(2 * TiB * 3600)), '2TiBh/month');
  assert.equal(writeMemoryBudget(month(7 * 3600)), '7Bh/month');
  assert.equal(writeEgressBudget(month(500 * GiB)), '500G/month');
  assert.equal(writeEgressBudget(month(500e9)), '500GB/month');
  assert.equal(writeEgressBudget(month(1001)), '1001/month');
  assert.equal(writeEgressBudget(null), 'none');
});

test('names of processes are a list without repeats', () => {
  assert.deepEqual(takeValue(readNames('gcc, cc1,clang,gcc')), ['gcc', 'cc1', 'clang']);
  assert.deepEqual(takeValue(readNames('none')), []);
  assert.equal(writeNames(['gcc', 'cc1']), 'gcc,cc1');
  assert.equal(writeNames([]), 'none');
});

test('windows are separated by ";", each a name, five fields and what it sets', () => {
  const windows = [
    { name: 'nights', when: '* 22-23,0-5 * * *', cpu: null, share: 0.5 },
    { name: 'exam', when: '*/5 * 10-20 jul mon-fri', cpu: 500 },
  ];
  const text = 'nights: * 22-23,0-5 * * * cpu=max share=50%; exam: */5 * 10-20 jul mon-fri cpu=0.5';
  assert.deepEqual(takeValue(readWindows(text)), windows);
  assert.deepEqual(takeValue(readWindows(`\n${text.replaceAll(' ', '  ')};\n`.trim())), windows);
  assert.equal(writeWindows(windows), text);
  assert.equal(writeWindows([]), 'none');
});

const cpu = fc.integer({ min: 10, max: 8_192_000 });
const share = fc.oneof(
  fc.double({ min: 0.001, max: 1, noNaN: true }),
  fc.tuple(fc.nat({ max: 300 }), fc.nat({ max: 300 })).map(([a, b]) => (Math.min(a, b) + 1) / (Math.max(a, b) + 1)),
);
const budget = (amount: fc.Arbitrary<number>) =>
  fc.option(
    fc.record(
      { amount, period: fc.constantFrom<BudgetPeriod>('hour', 'day', 'week', 'month') },
      { noNullPrototype: true },
    ),
  );
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 50 }),
  fc
    .tuple(fc.integer({ min: 1, max: 900 }), fc.constantFrom(1e3, 1e6, 1e9, 1e12, 1024, GiB, TiB))
    .map(([n, unit]) => n * unit),
);
const mode = fc.constantFrom('off', 'watch', 'enforce' as const);
/** Each window has its own minute, so that none contradicts another. */
const windows = fc
  .array(fc.record({ cpu: fc.option(cpu), share: fc.option(share, { nil: undefined }) }), { maxLength: 16 })
  .map((all): TimeWindow[] =>
    all.map((window, i) => ({
      name: `window-${i}`,
      when: `${i} 1-5/2 * jan,dec sun`,
      cpu: window.cpu,
      ...(window.share === undefined ? {} : { share: window.share }),
    })),
  );

const VALUES: { readonly [K in RuleKey]: fc.Arbitrary<Rules[K]> } = {
  share: fc.option(share),
  shareMode: mode,
  credits: fc.option(fc.tuple(cpu, cpu).map(([a, b]) => ({ baseline: Math.min(a, b), burst: Math.max(a, b) }))),
  creditsMode: mode,
  budgetCpu: budget(fc.integer({ min: 1, max: 9e12 }).map((ms) => ms * 1000)),
  budgetMemory: budget(sizes.map((bytes) => bytes * 3600)),
  budgetEgress: budget(fc.oneof(sizes, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER / 1.01 }))),
  budgetMode: mode,
  budgetFloor: cpu,
  scoreMode: mode,
  ladderEnd: fc.constantFrom('repeat', 'freeze', 'stop'),
  exempt: fc.uniqueArray(fc.string({ unit: fc.constantFrom(...'abc019+_.:-/@'), minLength: 1, maxLength: 15 }), {
    maxLength: 64,
  }),
  guardMode: mode,
  windows,
  windowsMode: mode,
};

test('every value of every key reads back as it was written', () => {
  const check = <K extends RuleKey>(key: K): void =>
    fc.assert(
      fc.property(VALUES[key], (value) => {
        assert.equal(WHY_NOT[key](value), undefined);
        assert.deepEqual(parseRule(key, formatRule(key, value)), value);
      }),
      { numRuns: 200 },
    );
  for (const key of Object.keys(VALUES) as RuleKey[]) check(key);
});
