// Limit hits: told once per burst, with the figures, again after a minute of silence.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BURST_GAP_MS, detectHits, type HitState } from '../../src/domain/hits.ts';
import { MiB } from '../../src/domain/units.ts';
import { makeTenant, makeUsage } from './tenant-values.ts';

const { limits } = makeTenant({ limits: { cpu: 500, memory: 512 * MiB, pids: 64 } });

test('a quiet interval tells nothing and remembers nothing', () => {
  assert.deepEqual(detectHits({}, makeUsage(), limits, 0), { hits: [], state: {} });
});

test('each kind of hit says the limit and its figures', () => {
  const usage = makeUsage({
    throttledShare: 0.25,
    throttledPeriods: 5,
    cpu: 499.6,
    oomKills: 2,
    memory: 100,
    forksRefused: 3,
    pids: 64,
  });
  assert.deepEqual(
    detectHits({}, usage, limits, 7).hits.map(({ type, text, data }) => [type, text, data]),
    [
      [
        'cpu-throttled',
        'reached its CPU limit of 0.5: throttled in 25 % of periods',
        { throttledPeriods: 5, throttledPercent: 25, cpuMillis: 500 },
      ],
      [
        'oom-kill',
        'ran out of its memory limit of 512M: the kernel killed 2 of its processes',
        { oomKills: 2, memory: 100 },
      ],
      ['fork-refused', 'reached its limit of 64 processes: 3 new ones were refused', { forksRefused: 3, pids: 64 }],
    ],
  );
});

const squeezed = { memoryMaxHits: 40, memory: 470 * MiB } as const;
const kinds = (change: Parameters<typeof makeUsage>[0], of = limits): string[] =>
  detectHits({}, makeUsage(change), of, 0).hits.map(({ type }) => type);

test('a tenant that makes room at its memory limit all the time is told, with its figures', () => {
  assert.deepEqual(detectHits({}, makeUsage(squeezed), limits, 7).hits, [
    {
      type: 'memory-limit',
      text: 'is at its memory limit of 512M: it had to make room 40 times',
      data: { memoryMaxHits: 40, memory: 470 * MiB },
    },
  ]);
  const pressure = { cpu: 0, memory: 0.25, io: 0 };
  assert.equal(detectHits({}, makeUsage({ ...squeezed, pressure }), limits, 7).hits[0]?.data['waitedPercent'], 25);
});

test('file pages that go at the limit are no event, however many', () => {
  assert.deepEqual(kinds({ memoryMaxHits: 50_000, memory: 100 * MiB, memoryCache: 400 * MiB }), []);
  assert.deepEqual(kinds({ ...squeezed, memory: 460 * MiB }), []);
  assert.deepEqual(kinds({ ...squeezed, memory: 461 * MiB }), ['memory-limit']);
});

test('a few hits, hits for which nobody waits, and hits of a tenant without a limit are no event', () => {
  assert.deepEqual(kinds({ ...squeezed, memoryMaxHits: 9 }), []);
  assert.deepEqual(kinds({ ...squeezed, memoryMaxHits: 19, seconds: 2 }), []);
  assert.deepEqual(kinds({ ...squeezed, pressure: { cpu: 1, memory: 0.09, io: 1 } }), []);
  assert.deepEqual(kinds(squeezed, { ...limits, memory: null }), []);
});

test('a kill is told instead of the hits that led to it', () => {
  assert.deepEqual(kinds({ ...squeezed, oomKills: 1 }), ['oom-kill']);
});

test('less than one period in ten is not told', () => {
  assert.equal(detectHits({}, makeUsage({ throttledShare: 0.099 }), limits, 0).hits.length, 0);
  assert.equal(detectHits({}, makeUsage({ throttledShare: 0.1 }), limits, 0).hits.length, 1);
});

test('a burst is told once however long it lasts; a minute of silence ends it', () => {
  const hit = makeUsage({ oomKills: 1 });
  let state: HitState = {};
  const told: number[] = [];
  const step = (now: number, usage = hit): void => {
    const result = detectHits(state, usage, limits, now);
    state = result.state;
    if (result.hits.length > 0) told.push(now);
  };
  for (let now = 0; now <= 300_000; now += 1000) step(now);
  assert.deepEqual(told, [0]);
  for (let now = 301_000; now < 300_000 + BURST_GAP_MS; now += 1000) step(now, makeUsage());
  step(300_000 + BURST_GAP_MS);
  assert.deepEqual(told, [0], 'a gap of exactly a minute still belongs to it');
  step(300_000 + 2 * BURST_GAP_MS + 1);
  assert.deepEqual(told, [0, 300_000 + 2 * BURST_GAP_MS + 1]);
});

test('bursts of different kinds are told apart', () => {
  const first = detectHits({}, makeUsage({ oomKills: 1 }), limits, 0);
  const second = detectHits(first.state, makeUsage({ oomKills: 1, forksRefused: 1 }), limits, 1000);
  assert.deepEqual(
    second.hits.map(({ type }) => type),
    ['fork-refused'],
  );
  assert.deepEqual(second.state, { 'oom-kill': 1000, 'fork-refused': 1000 });
});
