// What a tenant-year takes on disk, and what a batch of a thousand tenants costs. Figures are in the output.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { HOST_ZERO } from '../../src/domain/accounting.ts';
import type { History } from '../../src/ports/history.ts';
import { openHistory } from '../../src/store/history.ts';
import { makeHostRow, makeRow } from '../domain/usage-rows.ts';
import { writeTenantYear, YEAR_END } from '../support/tenant-year.ts';

const MB = 1_000_000;
/** Issue: under 50 MB a tenant-year. */
const MOST_BYTES = 50 * MB;
/** Of each stretch of the year: a whole one takes minutes to write. */
const PART = 1 / 8;

/** Bytes of the file for a whole year: an eighth of all was written, but of what is kept for a day the whole day. */
const scaleToYear = (path: string): number => {
  const db = new DatabaseSync(path);
  const parts = db.prepare('SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name').all() as unknown as {
    name: string;
    bytes: number;
  }[];
  db.close();
  return parts.reduce((sum, { name, bytes }) => sum + (/_10$/.test(name) ? bytes : bytes / PART), 0);
};

const openIn = (t: TestContext): { readonly history: History; readonly path: string } => {
  const folder = mkdtempSync('/tmp/tenantctl-year-');
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'usage.db');
  const onSetAside = (aside: string, why: string): void => assert.fail(`${aside}: ${why}`);
  return { history: openHistory({ path, now: () => 0, onSetAside }), path };
};

test('a tenant-year takes less than 50 MB', (t) => {
  const { history, path } = openIn(t);
  const batches = writeTenantYear(history, PART);
  const { length } = history.readSeries('0123456789ab', 0, YEAR_END, 10);
  assert.ok(length >= 8640 && length <= 8642, `a day of short rows is kept: ${length}`);
  history.close();
  const year = scaleToYear(path);
  t.diagnostic(`${batches} batches, an eighth of each kind of row: a year takes ${(year / MB).toFixed(1)} MB`);
  assert.ok(year < MOST_BYTES, `${year} bytes`);
});

test('a thousand tenants are one batch each ten seconds, and the tick that writes it says what it took', (t) => {
  const { history } = openIn(t);
  const ids = Array.from({ length: 1000 }, (_, i) => `tenant${i}`);
  const costs: number[] = [];
  const ROUNDS = 18;
  for (let i = 0; i < ROUNDS; i++) {
    const stored = { epoch: 'boot/4711', boot: 'boot', up: i, counters: makeRow({ cpuUsec: i * 4711 }) };
    const batch = {
      at: i * 10_000,
      rows: ids.map((tenantId, n) => ({ tenantId, value: makeRow({ cpuUsec: n * i, memory: n * 4096 * i }) })),
      host: makeHostRow(),
      counters: ids.map((tenantId) => ({ tenantId, value: stored })),
      hostCounters: {
        boot: 'boot',
        up: i,
        counters: { ...HOST_ZERO, busyUsec: 0, idleUsec: 0, iowaitUsec: 0, stolenUsec: 0 },
      },
      states: [],
      decisions: [],
      acts: [],
    };
    const before = process.cpuUsage();
    history.writeBatch(batch);
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1000);
  }
  const [median = 0] = costs.sort((a, b) => a - b).slice(ROUNDS / 2);
  t.diagnostic(`1000 rows with their minutes, hours and counters: ${median.toFixed(1)} ms of CPU`);
  assert.equal(history.readSeries('tenant999', 0, ROUNDS * 10_000, 10).length, ROUNDS);
  history.close();
});
