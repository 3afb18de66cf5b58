// The history on disk: its contract, its file, damage and what a newer program wrote.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { HOST_TOTALS, HOST_ZERO, ZERO_COUNTERS } from '../../src/domain/accounting.ts';
import type { Problem } from '../../src/domain/errors.ts';
import { HOST_OPTIONAL_LASTS, HOST_OPTIONAL_PEAKS } from '../../src/domain/rollup.ts';
import type { Batch, History } from '../../src/ports/history.ts';
import { openHistory } from '../../src/store/history.ts';
import { historyContract } from '../contract/history.ts';
import { makeHostRow, makeRow } from '../domain/usage-rows.ts';
import { makeAct, makeConfig, makeFrame } from './decision-values.ts';

const base = mkdtempSync('/tmp/tenantctl-history-');
after(() => rmSync(base, { recursive: true }));
let count = 0;
const newPath = (): string => join(base, `usage-${count++}.db`);

const asides: string[] = [];
const open = (path: string): History =>
  openHistory({ path, now: () => Date.parse('2026-06-01T10:00:00Z'), onSetAside: (to) => asides.push(to) });

historyContract('SQLite', () => open(newPath()));

const START = Date.parse('2026-06-01T10:00:00Z');
const batch = (at: number, cpuUsec: number, change: Partial<Batch> = {}): Batch => ({
  at,
  rows: [{ tenantId: 'a', value: makeRow({ cpuUsec }) }],
  host: makeHostRow(),
  counters: [
    { tenantId: 'a', value: { epoch: 'e', boot: 'b', up: at, counters: { ...ZERO_COUNTERS, cpuUsec: at + cpuUsec } } },
  ],
  hostCounters: {
    boot: 'b',
    up: at,
    counters: { ...HOST_ZERO, busyUsec: 0, idleUsec: 0, iowaitUsec: 0, stolenUsec: 0 },
  },
  states: [],
  decisions: [],
  acts: [],
  ...change,
});
const readCpu = (history: History, step: 10 | 60 = 10): number[] =>
  history.readSeries('a', 0, START * 2, step).map(({ cpuUsec }) => cpuUsec);

test('what was written is there after the file is opened again, and minutes go on where they were', () => {
  const path = newPath();
  for (let i = 0; i < 7; i++) {
    const history = open(path);
    history.writeBatch(batch(START + i * 10_000, i));
    history.close();
  }
  const history = open(path);
  assert.deepEqual(readCpu(history), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(readCpu(history, 60), [15, 6]);
  assert.equal(history.readLast().tenants.get('a')?.counters.cpuUsec, START + 60_000 + 6);
  history.close();
});

test("the file and its companions are root's alone", () => {
  const path = newPath();
  writeFileSync(path, '', { mode: 0o644 });
  const history = open(path);
  history.writeBatch(batch(START, 1));
  const modes = globSync(`${path}*`).map((name) => statSync(name).mode & 0o777);
  assert.deepEqual(modes, [0o600, 0o600]);
  history.close();
});

test('a batch of which one part cannot be written leaves nothing behind, and the next one is whole', () => {
  const path = newPath();
  const history = open(path);
  history.writeBatch(batch(START, 1));
  const broken = makeAct(Number.NaN); // NOT NULL
  const bad = batch(START + 10_000, 2, { acts: [{ tenantId: 'new', value: broken }] });
  assert.throws(() => history.writeBatch(bad), { name: 'Problem', code: 'HISTORY_WRITE' });
  assert.deepEqual(readCpu(history), [1]);
  assert.equal(history.readLast().tenants.get('a')?.counters.cpuUsec, START + 1);
  history.writeBatch(batch(START + 10_000, 3, { acts: [{ tenantId: 'new', value: makeAct(START) }] }));
  assert.deepEqual(readCpu(history), [1, 3]);
  assert.equal(history.readActs(0, START * 2, 'new').length, 1);
  history.close();
});

for (const [what, damage] of [
  [
    'is no database',
    'this is not a database, though it is long enough to have a header of one hundred bytes '.repeat(9),
  ],
  ['has a broken header', `SQLite format 3\0${'\xff'.repeat(5000)}`],
] as const) {
  test(`a file that ${what} is set aside, and the history begins anew`, () => {
    const path = newPath();
    writeFileSync(path, damage, 'latin1');
    asides.length = 0;
    const history = open(path);
    history.writeBatch(batch(START, 5));
    assert.deepEqual(readCpu(history), [5]);
    assert.deepEqual(asides, [`${path}.bad-2026-06-01T100000.000Z`]);
    assert.equal(readFileSync(asides[0] ?? '', 'latin1'), damage);
    history.close();
  });
}

test('damage found while the daemon runs is set aside too; the batch at hand is kept in the new file', () => {
  const path = newPath();
  const first = open(path);
  for (let i = 0; i < 200; i++) first.writeBatch(batch(START + i * 10_000, i));
  first.close();
  const bytes = readFileSync(path);
  bytes.fill(0xff, 4096 * 2); // all but the header and the first page of the schema
  writeFileSync(path, bytes);
  asides.length = 0;
  const history = open(path);
  history.writeBatch(batch(START + 2_000_000, 7));
  assert.deepEqual(readCpu(history), [7]);
  assert.equal(asides.length, 1);
  history.close();
});

test('only the last damaged file is kept', () => {
  const path = newPath();
  for (const day of [1, 2]) {
    writeFileSync(path, `damage ${day}`.repeat(100));
    openHistory({ path, now: () => START + day * 86_400_000, onSetAside: () => undefined }).close();
  }
  const kept = globSync(`${path}.bad-*`);
  assert.equal(kept.length, 1);
  assert.match(readFileSync(kept[0] ?? '', 'utf8'), /^damage 2/);
});

test('a file of an older program keeps its rows, what it did not write is unknown, and its decisions are forgotten', () => {
  const path = newPath();
  const before = open(path);
  const decisions = [{ config: makeConfig(), states: {}, commands: [], frames: [makeFrame(START)] }];
  before.writeBatch(batch(START, 5, { host: makeHostRow({ tenantsUsec: 7 }), decisions }));
  before.close();
  const db = new DatabaseSync(path);
  for (const step of [10, 60, 3600])
    for (const key of [...HOST_TOTALS, ...HOST_OPTIONAL_PEAKS, ...HOST_OPTIONAL_LASTS])
      db.exec(`ALTER TABLE host_${step} DROP COLUMN ${key}`);
  db.exec('PRAGMA user_version = 1');
  db.close();
  asides.length = 0;
  const history = open(path);
  history.writeBatch(batch(START + 10_000, 6, { host: makeHostRow({ ioReadBytes: 9, pidsPeak: 4, inodes: 3 }) }));
  const rows = (step: 10 | 60) =>
    history
      .readHostSeries(START, START + 60_000, step)
      .map(({ tenantsUsec, ioReadBytes, pidsPeak, inodes }) => [tenantsUsec, ioReadBytes, pidsPeak, inodes]);
  assert.deepEqual(rows(10), [
    [7, null, null, null],
    [0, 9, 4, 3],
  ]);
  assert.deepEqual(rows(60), [[7, 9, 4, 3]]);
  assert.deepEqual([readCpu(history), asides], [[5, 6], []]);
  assert.deepEqual([...history.readDecisions(0, START * 2)], []);
  history.close();
});

test('a file of a newer program is refused and left as it is', () => {
  const path = newPath();
  open(path).close();
  const db = new DatabaseSync(path);
  db.exec('PRAGMA user_version = 99');
  db.close();
  const before = readFileSync(path);
  assert.throws(() => open(path), { name: 'Problem', code: 'STATE_NEWER' });
  assert.deepEqual(readFileSync(path), before);
});

test('a place where no file can be is told with its path', () => {
  const isTold = (error: Problem): boolean =>
    error.code === 'HISTORY_WRITE' && error.message.includes('/none/usage.db');
  assert.throws(() => open(join(base, 'none/usage.db')), isTold);
});

/** In a process of its own whose files may not grow beyond 256 KiB: a full disk in small (setrlimit(2), RLIMIT_FSIZE). */
const WRITE_WITHIN_LIMIT = `
  import { openHistory } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/history.ts'))};
  import { makeHostRow, makeRow } from ${JSON.stringify(join(import.meta.dirname, '../domain/usage-rows.ts'))};
  const history = openHistory({ path: process.argv[1], now: Date.now, onSetAside: (to) => console.log('aside', to) });
  const hostCounters = { boot: 'b', up: 0, counters: ${JSON.stringify(HOST_ZERO)} };
  const rest = { host: makeHostRow(), counters: [], hostCounters, states: [], decisions: [], acts: [] };
  const write = (at, names) =>
    history.writeBatch({ ...rest, at, rows: names.map((tenantId) => ({ tenantId, value: makeRow({ cpuUsec: 1 }) })) });
  write(0, ['first']);
  const many = Array.from({ length: 20_000 }, (_, i) => 'tenant' + i);
  try {
    write(10_000, many);
    console.log('written');
  } catch (error) {
    console.log(error.code);
  }
  write(20_000, ['first']);
  const { length } = history.readHostSeries(0, 60_000, 10);
  console.log(history.readSeries('first', 0, 60_000, 10).length, history.readSeries('tenant1', 0, 60_000, 10).length, length);
  history.close();
`;

test('a disk that is full in the middle of a batch loses that batch alone', () => {
  const path = newPath();
  const args = ['-c', 'ulimit -f 512; exec "$0" --input-type=module -e "$1" "$2"', process.execPath];
  const child = spawnSync('sh', [...args, WRITE_WITHIN_LIMIT, path], { encoding: 'utf8' });
  assert.equal(child.stdout, 'HISTORY_WRITE\n2 0 2\n', child.stderr);
  const history = open(path);
  assert.equal(history.readSeries('first', 0, 60_000, 10).length, 2);
  history.close();
});
