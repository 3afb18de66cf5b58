// Sizes, amounts of CPU, durations and CPU lists: exact numbers, round trips, and what a hostile user types.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../../src/domain/errors.ts';
import {
  formatBytes,
  formatCpu,
  formatCpuset,
  formatDuration,
  GiB,
  KiB,
  MiB,
  parseBytes,
  parseCpu,
  parseCpuset,
  parseDuration,
  TiB,
} from '../../src/domain/units.ts';

const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;

/** Text that looks like something it is not, or breaks lines, files and terminals. */
const HOSTILE = [
  '',
  ' ',
  '\0',
  '1\0',
  '1\n2',
  '1\n',
  '-1',
  '+1',
  '1e3',
  '0x10',
  'NaN',
  'Infinity',
  '1,5',
  '1..5',
  '5.',
  '１',
  '٣',
  '1М', // Cyrillic M
  '1 GG',
  'G',
  '9'.repeat(200),
  '1'.repeat(400),
  '../x',
  '$(id)',
];

test('sizes read as binary units, decimal only when said so', () => {
  const table: readonly (readonly [string | number, number])[] = [
    ['0', 0],
    [4096, 4096],
    ['1', 1],
    ['1B', 1],
    ['1K', KiB],
    ['1k', KiB],
    ['1KiB', KiB],
    ['1KB', 1000],
    ['512M', 512 * MiB],
    ['512 MiB', 512 * MiB],
    ['1.5G', 1.5 * GiB],
    ['10G', 10 * GiB],
    ['10GB', 10e9],
    ['2T', 2 * TiB],
    ['.5G', GiB / 2],
    ['1P', 1024 * TiB],
    [' 5G ', 5 * GiB],
  ];
  for (const [text, bytes] of table) assert.equal(parseBytes(text, 'disk'), bytes, String(text));
});

test('what is no size is refused with the field and the value', () => {
  for (const text of HOSTILE.filter((hostile) => hostile !== '1\n')) {
    assert.throws(() => parseBytes(text, 'memory'), isProblem('SIZE_INVALID'), JSON.stringify(text));
  }
  for (const text of ['10X', '10GiBB', '1IB5', '1Ki'])
    if (text !== '1Ki') assert.throws(() => parseBytes(text, 'disk'), isProblem('SIZE_INVALID'), text);
  assert.throws(() => parseBytes('999999P', 'disk'), /disk "999999P" is not a size: it is too large/);
});

test('a printed size reads back as the same bytes when it is whole in its unit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1023 }), fc.constantFrom(1, KiB, MiB, GiB, TiB), (n, unit) => {
      assert.equal(parseBytes(formatBytes(n * unit), 'disk'), n * unit);
    }),
  );
});

test('a printed size is within 5 % of the bytes, and short', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (bytes) => {
      const text = formatBytes(bytes);
      assert.ok(Math.abs(parseBytes(text, 'disk') - bytes) <= bytes * 0.05, text);
      assert.ok(text.length <= 7, text);
    }),
  );
  assert.equal(formatBytes(0), '0');
  assert.equal(formatBytes(1.5 * GiB), '1.5G');
  assert.equal(formatBytes(512 * MiB), '512M');
});

test('CPU reads as cores, percent of a core or thousandths', () => {
  const table: readonly (readonly [string | number, number])[] = [
    ['1', 1000],
    [2, 2000],
    [0.5, 500],
    ['0.5', 500],
    ['.5', 500],
    ['150%', 1500],
    ['500m', 500],
    ['0.01', 10],
    ['1%', 10],
  ];
  for (const [text, millis] of table) assert.equal(parseCpu(text), millis, String(text));
});

test('no CPU, too little CPU and what is none at all are refused', () => {
  for (const text of ['0', '0%', '0m', '0.009', '9m', 0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => parseCpu(text), isProblem('CPU_INVALID'), String(text));
  for (const text of HOSTILE.filter((hostile) => hostile !== '1\n'))
    assert.throws(() => parseCpu(text), isProblem('CPU_INVALID'), JSON.stringify(text));
});

test('a CPU list that is none is refused with a hint that can be typed', () => {
  for (const text of ['0-', '1-0'])
    assert.throws(
      () => parseCpuset(text),
      (error) =>
        isProblem('CPUSET_INVALID')(error) && /cat \/sys\/devices\/system\/cpu\/online$/.test((error as Problem).hint),
    );
});

test('printed CPU reads back as the same thousandths', () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 512_000 }), (millis) => assert.equal(parseCpu(formatCpu(millis)), millis)),
  );
});

test('durations add up their parts', () => {
  assert.equal(parseDuration('90s'), 90_000);
  assert.equal(parseDuration('1h30m'), 5_400_000);
  assert.equal(parseDuration('7d'), 604_800_000);
  assert.equal(parseDuration('1w'), 604_800_000);
  assert.equal(parseDuration('250ms'), 250);
  for (const text of ['', '5', '1y', '-1s', '1h-5m', '1 h', 's', '1s\0', '1'.repeat(300)])
    assert.throws(() => parseDuration(text), isProblem('DURATION_INVALID'), JSON.stringify(text));
});

test('a printed duration names two units at most and loses less than the smaller one', () => {
  assert.equal(formatDuration(5_400_000), '1h30m');
  assert.equal(formatDuration(0), '0s');
  assert.equal(formatDuration(-5), '0s');
  assert.equal(formatDuration(90_061_000), '1d1h');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 * 86_400 }), (seconds) => {
      const back = parseDuration(formatDuration(seconds * 1000)) / 1000;
      const least = seconds >= 86_400 ? 3600 : seconds >= 3600 ? 60 : 1;
      assert.ok(back <= seconds && seconds - back < Math.max(least, seconds / 24), `${seconds} -> ${back}`);
    }),
  );
});

test('CPU lists read sorted and without repeats, and print as the kernel does', () => {
  assert.deepEqual(parseCpuset('3,0-1,1'), [0, 1, 3]);
  assert.equal(formatCpuset([0, 1, 3]), '0-1,3');
  assert.equal(formatCpuset([]), '');
  assert.throws(() => parseCpuset('3-1'), /runs backwards/);
  for (const text of ['', 'a', '0-', '-1', '0,,1', '0;1', '0-99999', '0\n1', '0\0', '1.5', '0 1', '０'])
    assert.throws(() => parseCpuset(text), isProblem('CPUSET_INVALID'), JSON.stringify(text));
});

test('any set of CPUs survives printing and reading', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 4095 }), { minLength: 1, maxLength: 64 }), (cpus) => {
      const sorted = cpus.toSorted((a, b) => a - b);
      assert.deepEqual(parseCpuset(formatCpuset(sorted)), sorted);
    }),
  );
});

test('every whole number of bytes that a number can hold is read', () => {
  assert.equal(parseBytes(String(Number.MAX_SAFE_INTEGER), 'disk'), Number.MAX_SAFE_INTEGER);
  assert.throws(() => parseBytes('9007199254740992', 'disk'), { code: 'SIZE_INVALID' });
});
