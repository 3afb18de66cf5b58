// Windows in time: what is in force, until when, across changes of the clocks, and what contradicts what.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TimeWindow } from '../../src/domain/rules.ts';
import { findConflicts, isInside, nextChange, windowsInForce } from '../../src/domain/windows.ts';

const MINUTE = 60_000;
const at = (text: string): number => Date.parse(text);
const iso = (ms: number): string => new Date(ms).toISOString();

const NIGHTS: TimeWindow = { name: 'nights', when: '* 22-23,0-5 * * *', cpu: null, share: 0.5 };
const EXAM: TimeWindow = { name: 'exam', when: '* * 10-20 jul *', cpu: 500 };

test('outside of every window nothing is said; inside each key is that of the window that sets it', () => {
  const windows = [NIGHTS, EXAM];
  const inForce = (text: string) => windowsInForce({ windows }, 'Europe/Berlin', at(text));
  assert.deepEqual(inForce('2026-06-01T10:00:30Z'), { names: [], until: at('2026-06-01T20:00Z') });
  assert.deepEqual(inForce('2026-06-01T20:00:00Z'), {
    cpu: null,
    share: 0.5,
    names: ['nights'],
    until: at('2026-06-02T04:00Z'),
  });
  assert.deepEqual(inForce('2026-07-12T10:00:00Z'), { cpu: 500, names: ['exam'], until: at('2026-07-12T20:00Z') });
});

test('without windows nothing is in force, for ever', () => {
  assert.deepEqual(windowsInForce({ windows: [] }, 'UTC', 0), { names: [], until: Number.POSITIVE_INFINITY });
  assert.equal(nextChange([{ name: 'all', when: '* * * * *', cpu: 100 }], 'UTC', 0), Number.POSITIVE_INFINITY);
});

test('a rare window is found months ahead', () => {
  const windows = [{ name: 'leap', when: '15 3 29 feb *', cpu: 100 }];
  assert.equal(iso(nextChange(windows, 'UTC', at('2027-03-01T00:00Z'))), '2028-02-29T03:15:00.000Z');
  assert.equal(iso(nextChange(windows, 'UTC', at('2028-02-29T03:15:20Z'))), '2028-02-29T03:16:00.000Z');
});

test('a window that was too far ahead to be found is in force when its day comes, also of a list asked long before', () => {
  const windows = [{ name: 'leap', when: '* * 29 2 *', cpu: 100 }];
  const inForce = (text: string) => windowsInForce({ windows }, 'UTC', at(text));
  assert.equal(inForce('2026-06-01T00:00Z').until, Number.POSITIVE_INFINITY);
  assert.deepEqual(inForce('2028-02-29T12:00Z').names, ['leap']);
});

test('a window of an hour that the clocks skip is not in force that day; one that comes twice is in force twice', () => {
  const windows = [{ name: 'two', when: '* 2 * * *', cpu: 100 }];
  assert.equal(iso(nextChange(windows, 'Europe/Berlin', at('2026-03-29T00:10Z'))), '2026-03-30T00:00:00.000Z');
  const begin = nextChange(windows, 'Europe/Berlin', at('2026-10-24T12:00Z'));
  assert.equal(iso(begin), '2026-10-25T00:00:00.000Z');
  assert.equal(iso(nextChange(windows, 'Europe/Berlin', begin)), '2026-10-25T02:00:00.000Z');
  const half = [{ name: 'half', when: '30-44 2 * * *', cpu: 100 }];
  const edges: string[] = [];
  for (let moment = at('2026-10-24T12:00Z'); edges.length < 4; edges.push(iso(moment)))
    moment = nextChange(half, 'Europe/Berlin', moment);
  assert.deepEqual(edges, [
    '2026-10-25T00:30:00.000Z',
    '2026-10-25T00:45:00.000Z',
    '2026-10-25T01:30:00.000Z',
    '2026-10-25T01:45:00.000Z',
  ]);
});

const field = (least: number, most: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most })).map((ends) => {
      const [from, to] = [Math.min(...ends), Math.max(...ends)];
      return from === to ? `${from}` : `${from}-${to}`;
    }),
  );
const anyWindow = fc
  .tuple(field(0, 59), field(0, 23), fc.constant('*'), field(1, 12), field(0, 6), fc.integer({ min: 10, max: 4000 }))
  .map(
    ([minute, hour, day, month, weekday, cpu]): TimeWindow => ({
      name: 'w',
      when: [minute, hour, day, month, weekday].join(' '),
      cpu,
    }),
  );
const anyZone = fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Beirut', 'Australia/Lord_Howe', 'America/St_Johns');

test('until the next change every minute has the same windows, and from it on other ones', () => {
  // around the changes of the clocks of several zones
  const moment = fc
    .constantFrom('2026-03-28T20:00Z', '2026-10-24T20:00Z', '2026-04-04T12:00Z', '2026-06-10T07:07Z')
    .map(at);
  fc.assert(
    fc.property(fc.array(anyWindow, { minLength: 1, maxLength: 4 }), anyZone, moment, (windows, zone, from) => {
      const inside = (ms: number): string => windows.map((window) => isInside(window, zone, ms)).join();
      const change = nextChange(windows, zone, from);
      const until = Math.min(change, from + 2 * 24 * 60 * MINUTE);
      for (let ms = from; ms < until; ms += MINUTE) assert.equal(inside(ms), inside(from), iso(ms));
      if (change < Number.POSITIVE_INFINITY) {
        assert.notEqual(inside(change), inside(from));
        assert.equal(inside(change - 1), inside(from));
      }
    }),
    { numRuns: 60 },
  );
});

test('asking again between two changes gives the same answer without work, and another zone another one', () => {
  const windows = [NIGHTS];
  const first = windowsInForce({ windows }, 'UTC', at('2026-06-01T10:00Z'));
  assert.equal(windowsInForce({ windows }, 'UTC', at('2026-06-01T21:59:59.999Z')), first);
  assert.deepEqual(windowsInForce({ windows }, 'UTC', at('2026-06-01T22:00Z')).names, ['nights']);
  assert.deepEqual(windowsInForce({ windows }, 'Asia/Tokyo', at('2026-06-01T22:00Z')).names, []);
  // the clock was set back
  assert.deepEqual(windowsInForce({ windows }, 'Asia/Tokyo', at('2026-06-01T14:00Z')).names, ['nights']);
});

test('windows that share a minute and set a key differently contradict each other', () => {
  const early: TimeWindow = { name: 'early', when: '* 5-8 * * mon-fri', cpu: 1000 };
  assert.deepEqual(findConflicts([NIGHTS, early]), [
    { first: 'nights', second: 'early', what: 'cpu', when: '05:00 on a mon, 1 jan' },
  ]);
  assert.deepEqual(findConflicts([NIGHTS, { ...early, when: '* 6-8 * * *' }]), [], 'no minute is shared');
  assert.deepEqual(findConflicts([NIGHTS, { ...early, cpu: null }]), [], 'the same value');
  assert.deepEqual(findConflicts([NIGHTS, { name: 'early', when: early.when, share: 0.5 }]), []);
  assert.deepEqual(findConflicts([EXAM, { name: 'odd', when: '0 0 31 jul *', cpu: 10 }]), [], 'other days');
  assert.equal(findConflicts([NIGHTS, { ...NIGHTS, name: 'b', cpu: 10, share: 0.1 }]).length, 2);
});
