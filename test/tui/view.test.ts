import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readPrefs } from '../../src/tui/state/initial.ts';
import { planLoads } from '../../src/tui/state/loads.ts';
import { extendTrail } from '../../src/tui/state/trails.ts';
import type { State, Trail } from '../../src/tui/state/types.ts';
import { buildTheme, paintLine, turnTheme } from '../../src/tui/theme.ts';
import { bar, graph, roundUp, sparkline, squeeze } from '../../src/tui/view-model/graph.ts';
import { cutText, fitText, textWidth, wrapText } from '../../src/tui/view-model/lines.ts';
import { processRows } from '../../src/tui/view-model/panes/lists.ts';
import { badge, coresText, forecastDays } from '../../src/tui/view-model/tenant-row.ts';
import { aTenant } from '../support/fake-daemon.ts';
import { after, begin, NOW, press, screenOf } from './support.ts';

const theme = buildTheme({}, { ascii: false, color: true });
const { glyphs } = theme;

describe('a trail', () => {
  it('averages ten seconds, leaves gaps empty, and ends after five minutes', () => {
    let trail: Trail | undefined;
    for (const [at, value] of [
      [0, 100],
      [1000, 300],
      [30_000, 50],
    ] as const)
      trail = extendTrail(trail, at, value);
    assert.deepEqual(trail?.values, [200, null, null, 50]);
    for (let i = 4; i < 100; i++) trail = extendTrail(trail, i * 10_000, i);
    assert.equal(trail?.values.length, 30);
    assert.equal(trail?.values.at(-1), 99);
  });
});

describe('graphs', () => {
  it('a bar is as wide as asked, shows any use, and nothing of nothing', () => {
    assert.equal(bar(0.5, 8, glyphs), '████····');
    assert.equal(bar(0.01, 8, glyphs), '█·······');
    assert.equal(bar(0, 4, glyphs), '····');
    assert.equal(bar(7, 4, glyphs), '████');
    assert.equal(bar(undefined, 4, glyphs), '–   ');
  });

  it('a sparkline keeps peaks when it is squeezed', () => {
    assert.deepEqual(squeeze([1, 9, 2, 3], 2), [9, 3]);
    assert.equal(sparkline([0, 1, 50, 100, null], 100, 6, glyphs), '  ▁▄█ ');
  });

  it('a graph of two rows fills the lower one first', () => {
    assert.deepEqual(graph([0, 25, 50, 75, 100], 100, 2, glyphs), ['   ▄█', ' ▄███']);
  });

  it('a scale is a round number at or above the peak', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (peak) => {
        const top = roundUp(peak);
        assert.ok(top >= peak * 0.999999 && top <= peak * 10.000001);
      }),
    );
  });
});

describe('text', () => {
  it('is cut and padded to cells, wide characters included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.integer({ min: 0, max: 30 }), (text, width) => {
        assert.equal(textWidth(fitText(text, width)), width);
        assert.ok(textWidth(cutText(text, width)) <= width);
      }),
    );
    assert.equal(fitText('日本語', 5), '日本 ');
  });

  it('is broken at spaces into lines that fit, and loses no word', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { maxLength: 12 }), (words) => {
        const lines = wrapText(words.join(' '), 10);
        assert.ok(lines.every((row) => row.length <= 10));
        assert.equal(lines.join(' '), words.join(' '));
      }),
    );
  });
});

describe('the theme', () => {
  const bad = [{ text: 'x', tone: 'bad' }] as const;

  it('has no colour with NO_COLOR, still tells the selection', () => {
    const none = buildTheme({}, { ascii: false, color: false });
    assert.equal(paintLine(bad, none), 'x');
    assert.equal(paintLine([{ text: 'x', inverse: true }], none), '\x1b[7mx\x1b[0m');
    assert.equal(turnTheme(none).palette, 'none');
  });

  it('uses the 16 colours only, and no ground', () => {
    for (const palette of [theme, turnTheme(theme)])
      for (const tone of ['good', 'warn', 'bad', 'quiet', 'strong', 'cold'] as const)
        assert.match(paintLine([{ text: 'x', tone }], palette).replaceAll('\x1b', 'E'), /^E\[(1|3\d|9\d)mxE\[0m$/);
  });

  it('knows a light ground, the console of the kernel and an ASCII locale', () => {
    const wishes = { ascii: false, color: true };
    assert.equal(buildTheme({ COLORFGBG: '0;15' }, wishes).palette, 'light');
    assert.equal(buildTheme({ COLORFGBG: '15;0' }, wishes).palette, 'dark');
    assert.equal(buildTheme({ COLORFGBG: '0;15' }, { ...wishes, light: false }).palette, 'dark');
    assert.ok(buildTheme({ TERM: 'linux' }, wishes).glyphs.ascii);
    assert.ok(buildTheme({ LANG: 'C' }, wishes).glyphs.ascii);
    assert.ok(!buildTheme({ LC_ALL: 'de_DE.utf8' }, wishes).glyphs.ascii);
  });
});

describe('preferences', () => {
  it('are read from whatever a file holds', () => {
    const known = { sort: { column: 'memory', reverse: true }, scale: 'host', intervalMs: 5000 };
    assert.deepEqual(readPrefs(known), known);
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const prefs = readPrefs(value);
        assert.deepEqual(readPrefs(prefs), prefs);
      }),
    );
  });
});

describe('processes', () => {
  it('have a rate by two readings; a pid used again is a new process', () => {
    const one = {
      pid: 7,
      name: 'a',
      state: 'R',
      threads: 1,
      cpuUsec: 0,
      memory: 1,
      startedAt: '2026-11-24T11:00:00.000Z',
    };
    const before = { name: 'alice', at: '2026-11-24T12:00:00.000Z', processes: [one, { ...one, pid: 8 }] };
    const now = {
      name: 'alice',
      at: '2026-11-24T12:00:02.000Z',
      processes: [
        { ...one, cpuUsec: 1_000_000 },
        { ...one, pid: 8, cpuUsec: 5, startedAt: '2026-11-24T11:59:59.000Z' },
      ],
    };
    assert.deepEqual(
      processRows(now, before).map(({ pid, cpu }) => [pid, cpu]),
      [
        [7, 500],
        [8, null],
      ],
    );
  });
});

const HOUR = 3_600_000;
const seriesOf = (used: readonly number[]) =>
  used.map((diskUsed, i) => ({
    at: new Date(NOW - (used.length - i) * HOUR).toISOString(),
    seconds: 3600,
    cpu: 250,
    throttledShare: 0.1,
    memory: 5,
    memoryPeak: 6,
    pids: 3,
    ioReadBps: 0,
    ioWriteBps: 0,
    netRxBps: null,
    netTxBps: null,
    diskUsed,
    diskSize: 1000e6,
    pressureCpu: null,
    pressureMemory: null,
    pressureIo: null,
    faults: 0,
    ...{ cpuUser: 0, cpuSystem: 0, memoryCache: 0, swap: null, ioReadOps: 0, ioWriteOps: 0 },
    ...{ inodesUsed: null, inodes: null, faultsCpu: 0, faultsMemory: 0, faultsPids: 0 },
  }));

describe('the forecast of a full disk', () => {
  it('follows the growth of the last day', () => {
    // 10 MB an hour, 500 MB are left: 50 hours
    const days = forecastDays(seriesOf([470e6, 480e6, 490e6, 500e6]));
    assert.ok(days !== undefined && Math.abs(days - 50 / 24) < 1e-6);
  });

  it('says nothing without growth or without enough hours', () => {
    assert.equal(forecastDays(seriesOf([5e8, 5e8, 5e8])), undefined);
    assert.equal(forecastDays(seriesOf([1e8, 9e8])), undefined);
  });
});

const scheduling = (change: object) =>
  ({
    plan: null,
    effective: { cpu: 250, cpuWeight: 100, memory: null },
    share: { fraction: 1, cpu: 1000 },
    holds: [],
    credits: null,
    budgets: [],
    score: { cpu: 0, memory: 0, io: 0 },
    occurrences: 0,
    penalty: null,
    ...change,
  }) as NonNullable<ReturnType<typeof aTenant>['scheduling']>;

describe('the badge', () => {
  it('shows the strictest thing: penalty, hold, throttling, score', () => {
    const penalty = { resource: 'cpu', tier: 2, kind: 'freeze', until: '' };
    const hold = { rule: 'credits', resource: 'cpu', cap: 250, until: null, text: '' };
    const of = (change: object): string => badge({ tenant: aTenant({ scheduling: scheduling(change) }) }).text;
    assert.equal(of({ penalty, holds: [hold] }), 'P2 frozen');
    assert.equal(of({ holds: [hold] }), 'credits 0.25');
    assert.equal(of({ holds: [{ ...hold, rule: 'limit' }] }), 'THROTTLED', 'its own limit is no news');
    assert.equal(of({ score: { cpu: 12, memory: 0, io: 0 } }), 'THROTTLED');
    const calm = aTenant({ scheduling: scheduling({ score: { cpu: 12, memory: 0, io: 0 } }), usage: null });
    assert.equal(badge({ tenant: calm }).text, 'score 12');
  });
});

describe('a limit that a rule lowered', () => {
  const hold = { rule: 'credits', resource: 'cpu', cap: 250, until: null, text: '' };
  const used = aTenant({ scheduling: scheduling({ holds: [hold] }) });
  const usage = used.usage && { ...used.usage, cpu: 250, throttledShare: 0.5 };
  const held = { ...used, usage };

  it('is what shares are counted against, and marked', () => {
    const text = screenOf(begin({ tenants: [held] })).join('\n');
    assert.match(text, /alice +● running +100%! █{8} +50% +0\.25\/0\.25▼/);
    assert.match(text, /credits 0\.25/);
    const detail = screenOf(press(begin({ tenants: [held], rows: 40 }), 'enter').state).join('\n');
    assert.match(detail, /cpu +1 +0\.25 .* 25% +held at 0\.25 by a rule; set for this tenant/);
  });

  it('throttles a tenant without a limit of its own, too', () => {
    const free = { ...held, limits: { ...held.limits, cpu: null } };
    assert.match(screenOf(begin({ tenants: [free] })).join('\n'), /alice +● running +100%! █{8} +50% +0\.25\/0\.25▼/);
  });

  it('may also be raised by a window', () => {
    const raised = scheduling({
      effective: { cpu: 2000, cpuWeight: 100, memory: null },
      holds: [{ ...hold, rule: 'window', cap: 2000 }],
    });
    assert.equal(coresText({ ...held, scheduling: raised }, glyphs), '0.25/2▲');
    assert.equal(coresText(aTenant({ scheduling: scheduling({}) }), glyphs), '0.42/1');
  });
});

const loadedPast = (state: State): State => {
  const hour = Math.floor((NOW - HOUR) / HOUR) * HOUR;
  const at = new Date(NOW - HOUR).toISOString();
  const row = { ...seriesOf([1])[0], at, diskUsed: null, diskSize: null };
  const host = { at, seconds: 60, capacity: 4000, tenants: 250, system: 1750, idle: 2000, iowait: 0, stolen: 0 };
  const memory = { memoryTotal: 8 * 1024 ** 3, memoryUsed: 4 * 1024 ** 3, memoryUsedPeak: 4 * 1024 ** 3 };
  return after(
    state,
    { type: 'loaded', key: `past:alice:${hour}`, value: { name: 'alice', step: 60, rows: [row] }, now: NOW },
    { type: 'loaded', key: `past:host:${hour}`, value: { step: 60, rows: [{ ...host, ...memory }] }, now: NOW },
  );
};

describe('time travel', () => {
  it('shows each tenant as it was, and what nobody kept as unknown', () => {
    const state = loadedPast(press(begin(), ',').state);
    assert.equal(state.at, NOW - HOUR);
    const text = screenOf(state).join('\n');
    assert.match(text, /AS IT WAS 11-24 11:00:00Z/);
    assert.match(text, /alice +ran +25%/);
    assert.match(text, /bob +– +–/);
    assert.match(text, /cpu +█+·+ +50% +2\/4 +tenants 0.25 of 3.8 +rest 1.75/);
    assert.equal(press(state, 'n').state.at, undefined);
  });

  it('goes back a day at the most and forward to now', () => {
    const far = press(begin(), ...Array.from({ length: 30 }, () => ',')).state;
    assert.equal(far.at, NOW - 24 * HOUR + 60_000);
    assert.equal(press(begin(), ',', '.', 'right').state.at, undefined);
  });

  it('jumps from act to act of the scheduler', () => {
    const act = (minutes: number) => ({ at: new Date(NOW - minutes * 60_000).toISOString(), tenant: 'alice' });
    const acted = after(begin(), { type: 'loaded', key: 'acts', value: { acts: [act(90), act(30)] }, now: NOW });
    const one = press(acted, '[').state;
    assert.equal(one.at, NOW - 30 * 60_000);
    const two = press(one, '[').state;
    assert.equal(two.at, NOW - 90 * 60_000);
    assert.equal(press(two, '[').state.at, two.at);
    assert.equal(press(two, ']', ']').state.at, undefined);
  });

  it('has a line of the day with the moment and the acts, and tells those of the minute', () => {
    const act = {
      at: new Date(NOW - HOUR).toISOString(),
      ...{ tenant: 'bob', rule: 'budget', kind: 'lower', mode: 'enforce', cause: 'half is spent' },
    };
    const acted = after(begin(), { type: 'loaded', key: 'acts', value: { acts: [act] }, now: NOW });
    const state = press(acted, '[').state;
    const lines = screenOf(state);
    assert.match(lines[3] ?? '', /^24h ago ─{100,}▲─{2,6} now$/);
    assert.equal(lines.at(-2), 'bob: budget lower, half is spent');
    assert.doesNotMatch(screenOf(press(state, 'n').state).join('\n'), /24h ago/);
  });

  it('tells nothing of today as if it were of the past', () => {
    const hold = { rule: 'credits', resource: 'cpu', cap: 250, until: null, text: 'few are left' };
    const faults = { throttledPeriods: 0, oomKills: 3, memoryMaxHits: 0, forksRefused: 0, deaths: 0 };
    const tenants = [aTenant({ scheduling: scheduling({ holds: [hold] }), reason: 'of today', faults })];
    const list = loadedPast(press(begin({ tenants }), ',').state);
    for (const state of [list, press(list, 'enter').state]) {
      const text = screenOf(state).join('\n');
      assert.doesNotMatch(text, /credits 0\.25|few are left|of today|o3|running/);
    }
    assert.match(screenOf(press(list, 'enter').state).join('\n'), /rules as they are today/);
  });

  it('asks for the hour of each row that is shown, once', () => {
    const state = press(begin(), ',').state;
    const keys = planLoads(state, ['alice', 'bob']).map(({ key }) => key.split(':').slice(0, 2).join(':'));
    assert.deepEqual(keys, ['past:host', 'past:alice', 'past:bob', 'acts']);
    const asked = planLoads(state, ['alice']).reduce(
      (now, { key }) => after(now, { type: 'asked', key, now: NOW }),
      state,
    );
    assert.deepEqual(planLoads(asked, ['alice']), []);
  });
});
