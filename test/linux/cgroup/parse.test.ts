// Numbers out of kernel files: exact on captured text, total on anything.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  Fields,
  parseBlkio,
  parseDevice,
  parseIoStat,
  parseNumberAt,
  parsePressure,
} from '../../../src/linux/cgroup/parse.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const fixture = (path: string): Buffer => readFileSync(join(import.meta.dirname, '../../fixtures', path));

const fieldsOf = (text: Buffer, ...keys: string[]): number[] => {
  const fields = new Fields(...keys);
  fields.parse(text, text.length, []);
  return [...fields.values];
};
const io = (text: string, device: string | null): number[] => {
  const out = new Float64Array(4);
  parseIoStat(bytes(text), text.length, device === null ? null : parseDevice(device), out);
  return [...out];
};
const blkio = (text: Buffer, device: string | null): number[] => {
  const out = new Float64Array(2);
  parseBlkio(text, text.length, device === null ? null : parseDevice(device), out);
  return [...out];
};

test('fields are found whatever their order, and -1 where they are missing', () => {
  const text = bytes('nr_periods 19\nnr_throttled 12\nthrottled_time 589743369\n');
  assert.deepEqual(fieldsOf(text, 'throttled_time', 'nr_periods', 'nr_bursts'), [589743369, 19, -1]);
});

test('a key is the whole word: file is not inactive_file, max is not max_depth', () => {
  assert.deepEqual(fieldsOf(bytes('inactive_file 1\nfilex 2\nfile 3\n'), 'file'), [3]);
  assert.deepEqual(fieldsOf(bytes('low 0\nmax_x 9\nmax 7\n'), 'max'), [7]);
});

test('a file read again gives what it says now, where the lines were and where they moved', () => {
  const fields = new Fields('b', 'd');
  const places: number[] = [];
  const read = (text: string): number[] => {
    fields.parse(bytes(text), text.length, places);
    return [...fields.values];
  };
  assert.deepEqual(read('a 1\nb 2\nc 3\nd 4\n'), [2, 4]);
  assert.deepEqual(read('a 1\nb 5\nc 3\nd 6\n'), [5, 6]);
  assert.deepEqual(read('a 10\nb 7\nc 3\nd 8\n'), [7, 8]);
  assert.deepEqual(read('a 1\nb 2\n'), [2, -1]);
  assert.deepEqual(read(''), [-1, -1]);
  assert.deepEqual(read('a 1\nb 2\nc 3\nd 4\n'), [2, 4]);
});

test('wherever a line was before, the numbers are those of a first reading', () => {
  const file = fc
    .uniqueArray(fc.tuple(fc.constantFrom('a', 'ab', 'b', 'total_b', 'c'), fc.nat()), { selector: ([key]) => key })
    .map((lines) => lines.map(([key, value]) => `${key} ${value}\n`).join(''));
  fc.assert(
    fc.property(fc.array(file), (files) => {
      const fields = new Fields('ab', 'b', 'c');
      const places: number[] = [];
      for (const text of files) {
        fields.parse(bytes(text), text.length, places);
        assert.deepEqual([...fields.values], fieldsOf(bytes(text), 'ab', 'b', 'c'));
      }
    }),
  );
});

test('captured files of both generations give their numbers', () => {
  assert.deepEqual(fieldsOf(fixture('cgroup-v2/payload/cpu.stat'), 'usage_usec', 'nr_throttled'), [1870000, 37]);
  assert.deepEqual(fieldsOf(fixture('cgroup-v2/payload/memory.events'), 'max', 'oom_kill'), [167, 1]);
  assert.deepEqual(fieldsOf(fixture('cgroup-v1/payload/memory/memory.stat'), 'total_inactive_file'), [28672]);
  const blk = fixture('cgroup-v1/payload/blkio/blkio.throttle.io_service_bytes_recursive');
  assert.deepEqual(blkio(blk, '254:0'), [43343872, 16777216]);
  assert.deepEqual(blkio(blk, null), [43343872, 16777216]);
  assert.deepEqual(blkio(blk, '8:0'), [0, 0]);
  const psi = fixture('cgroup-v1/payload/unified/cpu.pressure');
  const out = new Float64Array(2);
  parsePressure(psi, psi.length, out);
  assert.deepEqual([...out], [459830, 452316]);
});

test('traffic counts on the named disk alone; without one, on all but loop devices', () => {
  const text =
    '8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=9 dios=9\n7:0 rbytes=100 wbytes=100 rios=1 wios=1\n8:16 rbytes=10 wbytes=20 rios=30 wios=40\n';
  assert.deepEqual(io(text, '8:0'), [1, 2, 3, 4]);
  assert.deepEqual(io(text, '8:1'), [0, 0, 0, 0]);
  assert.deepEqual(io(text, null), [11, 22, 33, 44]);
});

test('a device without figures, as the kernel prints it at times, counts as none', () => {
  assert.deepEqual(io('8:0 \n254:0 rbytes=5 wbytes=0 rios=1 wios=0\n', '254:0'), [5, 0, 1, 0]);
});

test('pressure without the line full is 0 there, and an empty file is all 0', () => {
  const out = new Float64Array([9, 9]);
  const text = bytes('some avg10=1.00 avg60=0.00 avg300=0.00 total=77\n');
  parsePressure(text, text.length, out);
  assert.deepEqual([...out], [77, 0]);
  parsePressure(text, 0, out);
  assert.deepEqual([...out], [0, 0]);
});

test('any whole number is read back', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.constantFrom('', '\n', ' ', 'x'), (n, end) => {
      const text = bytes(`${n}${end}`);
      assert.equal(parseNumberAt(text, 0, text.length), n);
    }),
  );
  assert.equal(parseNumberAt(bytes('max\n'), 0, 4), -1);
});

test('any set of fields is read back, in any order of lines', () => {
  const key = fc.stringMatching(/^[a-z_]{1,24}$/);
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(key, fc.maxSafeNat()), { selector: ([name]) => name, maxLength: 30 }),
      (rows) => {
        const text = bytes(rows.map(([name, n]) => `${name} ${n}\n`).join(''));
        const wanted = [...rows].reverse();
        assert.deepEqual(
          fieldsOf(text, ...wanted.map(([name]) => name)),
          wanted.map(([, n]) => n),
        );
      },
    ),
  );
});

test('any traffic is summed over the devices that count', () => {
  const row = fc.record({
    major: fc.integer({ min: 1, max: 300 }),
    figures: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
      const text = rows.map(
        ({ major, figures: [a, b, c, d] }) => `${major}:0 rbytes=${a} wbytes=${b} rios=${c} wios=${d}\n`,
      );
      const sums = [0, 1, 2, 3].map((i) =>
        rows.filter(({ major }) => major !== 7).reduce((sum, { figures }) => sum + (figures[i] ?? 0), 0),
      );
      assert.deepEqual(io(text.join(''), null), sums);
    }),
  );
});

test('no bytes make a parser throw, hang or give a number below its floor', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      const four = new Float64Array(4);
      const text = Buffer.from(noise);
      assert.ok(fieldsOf(text, 'a', 'bb').every((n) => n >= -1));
      parseIoStat(text, text.length, null, four);
      parseBlkio(text, text.length, null, four);
      assert.ok(four.every((n) => n >= 0));
      parsePressure(text, text.length, four);
    }),
  );
});
