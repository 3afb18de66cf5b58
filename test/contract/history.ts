// What every implementation of the history port must do, the fake and the real one alike.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HOST_ZERO, ZERO_COUNTERS } from '../../src/domain/accounting.ts';
import { type HostRow, slotOf } from '../../src/domain/rollup.ts';
import type { Batch, DecisionChunk, History, Incident } from '../../src/ports/history.ts';
import { anyHostRow, anyRow, makeHostRow, makeRow } from '../domain/usage-rows.ts';
import { makeAct, makeConfig, makeFrame, makeState } from '../store/decision-values.ts';
import { rollUp, rollUpHost } from '../support/rollup.ts';

const DAY_MS = 86_400_000;
/** A whole hour. */
const START = Date.parse('2026-06-01T10:00:00Z');
const ALICE = '0123456789ab';
const BOB = 'ba9876543210';

type Row = Partial<Parameters<typeof makeRow>[0]>;

const storedAt = (cpuUsec: number) => ({
  epoch: 'boot/7',
  boot: 'boot',
  up: 5000,
  counters: { ...ZERO_COUNTERS, cpuUsec, netRxBytes: 7 },
});
const hostStored = {
  boot: 'boot',
  up: 5000,
  counters: { ...HOST_ZERO, busyUsec: 1, idleUsec: 2, iowaitUsec: 3, stolenUsec: 4 },
};

const batch = (at: number, rows: Readonly<Record<string, Row>> = {}, change: Partial<Batch> = {}): Batch => ({
  at,
  rows: Object.entries(rows).map(([tenantId, row]) => ({ tenantId, value: makeRow(row) })),
  host: makeHostRow({ tenantsUsec: at % 1000 }),
  counters: [],
  hostCounters: hostStored,
  states: [],
  decisions: [],
  acts: [],
  ...change,
});

const chunk = (at: number, change: Partial<DecisionChunk> = {}): DecisionChunk => ({
  config: makeConfig(),
  states: null,
  commands: [],
  frames: [makeFrame(at), makeFrame(at + 1000, { dt: 1001, tenants: {} })],
  ...change,
});

type Open = () => History | Promise<History>;

const rowTests = (name: string, open: Open): void => {
  test(`${name}: what is written of a tenant and of the host is read back, by id and time`, async () => {
    const history = await open();
    const row = { cpuUsec: 5, memory: 7, netRxBytes: 2 ** 40, swap: 0, diskUsed: 3, inodes: 9, cpuPeak: 1500 };
    history.writeBatch(batch(START, { [ALICE]: row, [BOB]: { cpuUsec: 9 } }));
    history.writeBatch(batch(START + 10_000, { [ALICE]: { cpuUsec: 6 } }));
    assert.deepEqual(history.readSeries(ALICE, START, START + 20_000, 10), [
      makeRow({ ...row, at: START }),
      makeRow({ cpuUsec: 6, at: START + 10_000 }),
    ]);
    assert.deepEqual(history.readSeries(BOB, START, START + 20_000, 10), [makeRow({ cpuUsec: 9, at: START })]);
    assert.deepEqual(history.readSeries(ALICE, START + 1, START + 10_000, 10), []);
    assert.deepEqual(history.readSeries('ffffffffffff', START, START + 20_000, 10), []);
    assert.equal(history.readHostSeries(START, START + 20_000, 10).length, 2);
    history.close();
  });

  test(`${name}: minutes and hours are the sums of their parts`, async () => {
    const history = await open();
    let runs = 0;
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 7, maxLength: 14 }), (rows) => {
        const id = `run${runs++}`;
        const at = (i: number): number => START + 3_570_000 + i * 10_000;
        for (const [i, row] of rows.entries()) history.writeBatch(batch(at(i), { [id]: row }));
        for (const step of [10, 60, 3600] as const) {
          const want = new Map<number, ReturnType<typeof makeRow>>();
          for (const [i, row] of rows.entries()) {
            const slot = slotOf(at(i), step);
            const before = want.get(slot);
            want.set(slot, before ? rollUp([before, row], slot) : { ...row, at: slot });
          }
          assert.deepEqual(history.readSeries(id, START, START + DAY_MS, step), [...want.values()]);
        }
      }),
      { numRuns: 30 },
    );
    history.close();
  });

  test(`${name}: the host's minutes and hours are the sums of their parts`, async () => {
    const history = await open();
    let runs = 0;
    fc.assert(
      fc.property(fc.array(anyHostRow, { minLength: 18, maxLength: 18 }), (made) => {
        const start = START + DAY_MS * runs++;
        const rows = made.map((row, i) => ({ ...row, at: start + i * 10_000 }));
        for (const { at, ...host } of rows) history.writeBatch(batch(at, {}, { host }));
        const add = (list: readonly HostRow[], at: number): HostRow =>
          list.slice(1).reduce((sum, row) => rollUpHost([sum, row], at), { ...makeHostRow(list[0]), at });
        const read = (step: 10 | 60 | 3600): HostRow[] => history.readHostSeries(start, start + DAY_MS, step);
        assert.deepEqual(read(10), rows);
        assert.deepEqual(
          read(60),
          [0, 1, 2].map((i) => add(rows.slice(i * 6, i * 6 + 6), start + i * 60_000)),
        );
        assert.deepEqual(read(3600), [add(rows, start)]);
      }),
      { numRuns: 20 },
    );
    history.close();
  });

  test(`${name}: a clock that is set back adds to the rows that are there, in every resolution`, async () => {
    const history = await open();
    for (let at = START; at <= START + 60_000; at += 10_000)
      history.writeBatch(batch(at, { [ALICE]: { cpuUsec: 10 } }));
    history.writeBatch(batch(START + 20_000, { [ALICE]: { cpuUsec: 3 }, [BOB]: { cpuUsec: 1 } }));
    history.writeBatch(batch(START + 60_000, { [ALICE]: { cpuUsec: 2 } }));
    const cpu = (id: string, step: 10 | 60 | 3600): number =>
      history.readSeries(id, START, START + 60_000, step).reduce((sum, { cpuUsec }) => sum + cpuUsec, 0);
    assert.deepEqual([cpu(ALICE, 10), cpu(ALICE, 60), cpu(ALICE, 3600)], [63, 63, 75]);
    assert.deepEqual([cpu(BOB, 10), cpu(BOB, 60), cpu(BOB, 3600)], [1, 1, 1]);
    assert.equal(history.readSeries(ALICE, START + 60_000, START + 70_000, 10)[0]?.cpuUsec, 12);
    history.close();
  });
};

const stateTests = (name: string, open: Open): void => {
  test(`${name}: counters and states are those of the last batch that had them`, async () => {
    const history = await open();
    assert.deepEqual(history.readLast(), { host: null, tenants: new Map() });
    const value = (cpuUsec: number) => ({ tenantId: ALICE, value: storedAt(cpuUsec) });
    history.writeBatch(batch(START, {}, { counters: [value(5)], states: [{ tenantId: ALICE, value: makeState(3) }] }));
    history.writeBatch(batch(START + 10_000, {}, { counters: [value(6)] }));
    assert.deepEqual(history.readLast(), { host: hostStored, tenants: new Map([[ALICE, storedAt(6)]]) });
    assert.deepEqual(history.readStates(), new Map([[ALICE, makeState(3)]]));
    history.close();
  });

  test(`${name}: a tenant that is forgotten leaves nothing, and others lose nothing`, async () => {
    const history = await open();
    for (let i = 0; i < 12; i++) {
      const of = (tenantId: string) => ({ tenantId, value: makeState(i) });
      const extra = { states: [of(ALICE), of(BOB)], acts: [{ tenantId: ALICE, value: makeAct(START + i) }] };
      history.writeBatch(batch(START + i * 10_000, { [ALICE]: { cpuUsec: 1 }, [BOB]: { cpuUsec: 2 } }, extra));
    }
    history.openIncident(incident(ALICE, START));
    history.forgetTenant(ALICE);
    history.forgetTenant(ALICE);
    for (const step of [10, 60, 3600] as const) {
      assert.deepEqual(history.readSeries(ALICE, 0, START + DAY_MS, step), []);
      assert.ok(history.readSeries(BOB, 0, START + DAY_MS, step).length > 0);
    }
    assert.deepEqual([...history.readStates().keys()], [BOB]);
    assert.deepEqual(history.readActs(0, START + DAY_MS, ALICE), []);
    assert.deepEqual(history.listIncidents({ since: 0, until: START + DAY_MS, tenantId: ALICE }), []);
    history.writeBatch(batch(START + 120_000, { [ALICE]: { cpuUsec: 4 } }));
    assert.equal(history.readSeries(ALICE, 0, START + DAY_MS, 10).length, 1);
    history.close();
  });

  test(`${name}: what is too old goes piece by piece, and only that`, async () => {
    const history = await open();
    for (let i = 0; i < 30; i++) {
      const acts = [{ tenantId: ALICE, value: makeAct(START + i) }];
      const decisions = [chunk(START + i * 10_000, { states: {} })];
      history.writeBatch(batch(START + i * 10_000, { [ALICE]: { cpuUsec: 1 } }, { acts, decisions }));
    }
    const pruneAll = (now: number): number => {
      for (let total = 0; ; ) {
        const removed = history.prune(now);
        if (removed === 0) return total;
        total += removed;
      }
    };
    const count = (step: 10 | 60 | 3600): number => history.readSeries(ALICE, 0, START + DAY_MS, step).length;
    assert.equal(pruneAll(START + DAY_MS), 0);
    pruneAll(START + DAY_MS + 100_000);
    assert.deepEqual([count(10), count(60), count(3600)], [20, 5, 1]);
    pruneAll(START + 7 * DAY_MS + 250_000);
    assert.equal([...history.readDecisions(0, START + DAY_MS)].length, 5);
    pruneAll(START + 30 * DAY_MS + 60_000);
    assert.deepEqual([count(10), count(60), count(3600)], [0, 4, 1]);
    pruneAll(START + 401 * DAY_MS);
    assert.deepEqual([count(60), count(3600), history.readActs(0, START + DAY_MS).length], [0, 0, 0]);
    history.close();
  });
};

const incident = (tenantId: string, openedAt: number): Omit<Incident, 'id' | 'closedAt'> => ({
  tenantId,
  tenant: 'alice',
  kind: 'oom-kill',
  openedAt,
  lastAt: openedAt,
  count: 1,
  summary: 'a process was killed for memory',
  action: '',
  outcome: '',
  evidence: {
    processes: [{ name: 'hog', pid: 7, cpuUsec: 5, memory: 6, memoryDelta: -2 }],
    pressure: { cpu: 0.5, memory: 0.25, io: 0 },
    neighbours: [{ name: 'bob', cpu: 500, memory: 9 }],
    figures: { limit: 64, text: 'x' },
  },
});

const recordTests = (name: string, open: Open): void => {
  test(`${name}: acts are read by time and by tenant, oldest first`, async () => {
    const history = await open();
    const acts = [makeAct(START + 5), makeAct(START + 2, { tenant: 'bob', kind: 'raise' }), makeAct(START + 9)];
    const [a, b, c] = acts;
    assert.ok(a && b && c);
    const of = (tenantId: string, value: typeof a) => ({ tenantId, value });
    history.writeBatch(batch(START, {}, { acts: [of(ALICE, a), of(BOB, b), of(ALICE, c)] }));
    assert.deepEqual(history.readActs(START, START + 9), [b, a]);
    assert.deepEqual(history.readActs(START, START + 10, ALICE), [a, c]);
    assert.deepEqual(history.readActs(START, START + 10, 'ffffffffffff'), []);
    history.close();
  });

  test(`${name}: decisions are written without a slot, and leave rows and counters alone`, async () => {
    const history = await open();
    const state = makeState(9);
    history.writePolicy({
      states: [{ tenantId: ALICE, value: state }],
      acts: [{ tenantId: ALICE, value: makeAct(START + 3) }],
      decisions: [chunk(START, { states: {} })],
    });
    assert.deepEqual(history.readStates().get(ALICE), state);
    assert.equal(history.readActs(START, START + 10).length, 1);
    assert.equal([...history.readDecisions(START, START + 10)].length, 1);
    assert.deepEqual(history.readHostSeries(0, START + 60_000, 10), []);
    assert.equal(history.readLast().host, null);
    history.close();
  });

  test(`${name}: an incident is opened, added to, closed and found while it lasted`, async () => {
    const history = await open();
    const id = history.openIncident(incident(ALICE, START));
    const other = history.openIncident(incident(BOB, START + 50));
    history.updateIncident(id, { count: 3, lastAt: START + 10, summary: 'three processes were killed' });
    const find = (since: number, until: number, open?: boolean): number[] =>
      history.listIncidents({ since, until, ...(open === undefined ? {} : { open }) }).map((one) => one.id);
    assert.deepEqual(find(START, START + 60), [other, id]);
    history.closeIncident(id, START + 100, 'it was over after 0.1 s');
    assert.deepEqual(history.listIncidents({ since: 0, until: START + 1 }), [
      {
        ...incident(ALICE, START),
        id,
        count: 3,
        lastAt: START + 10,
        summary: 'three processes were killed',
        closedAt: START + 100,
        outcome: 'it was over after 0.1 s',
      },
    ]);
    assert.deepEqual(
      [find(START + 101, START + 200), find(0, START + 200, true), find(0, START + 200, false)],
      [[other], [other], [id]],
    );
    assert.deepEqual(history.listIncidents({ since: 0, until: START + 200, tenantId: BOB, max: 1 })[0]?.id, other);
    history.updateIncident(999, { count: 9 });
    history.close();
  });

  test(`${name}: decisions come back as they were made, from a chunk with states on`, async () => {
    const history = await open();
    const chunks = [
      chunk(START, { states: { alice: makeState(1) } }),
      chunk(START + 10_000, {
        commands: [{ at: START + 10_001, kind: 'give', tenant: 'alice', data: { credits: 5, from: null } }],
      }),
      chunk(START + 20_000, { config: makeConfig(500), states: { alice: makeState(2) } }),
      chunk(START + 30_000, { config: makeConfig(500) }),
    ];
    for (const one of chunks) history.writeBatch(batch(one.frames[0]?.at ?? 0, {}, { decisions: [one] }));
    history.writeBatch(batch(START + 40_000, {}, { decisions: [chunk(0, { frames: [] })] }));
    const read = (from: number, to: number): DecisionChunk[] => [...history.readDecisions(from, to)];
    assert.deepEqual(read(START, START + DAY_MS), chunks);
    assert.deepEqual(read(START + 19_999, START + 30_000), chunks.slice(0, 3));
    assert.deepEqual(read(START + 25_000, START + 30_001), chunks.slice(2));
    assert.deepEqual(read(0, START + 10_000), chunks.slice(0, 1));
    assert.deepEqual(read(0, START), []);
    history.close();
  });

  test(`${name}: decisions of a long time are read in their order`, async () => {
    const history = await open();
    for (let i = 0; i < 70; i++)
      history.writeBatch(
        batch(START + i * 10_000, {}, { decisions: [chunk(START + i * 10_000, i === 0 ? { states: {} } : {})] }),
      );
    const times = [...history.readDecisions(0, START + DAY_MS)].map(({ frames }) => frames[0]?.at);
    assert.deepEqual(
      times,
      Array.from({ length: 70 }, (_, i) => START + i * 10_000),
    );
    history.close();
  });
};

export const historyContract = (name: string, open: Open): void => {
  rowTests(name, open);
  stateTests(name, open);
  recordTests(name, open);
};
