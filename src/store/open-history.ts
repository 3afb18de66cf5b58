// One open file of the history with all its statements; what is done in one transaction.

import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Batch, PolicyBatch } from '../ports/history.ts';
import { Decisions } from './decisions.ts';
import { migrateHistory } from './history-schema.ts';
import { Acts, Incidents } from './incidents.ts';
import { Series } from './series.ts';
import { TenantNumbers } from './tenant-numbers.ts';

const DAY_MS = 86_400_000;
const DECISIONS_KEPT_MS = 7 * DAY_MS;
const INCIDENTS_KEPT_MS = 400 * DAY_MS;

/** The number of no tenant. */
const HOST = 0;

/** All statements of one open file. */
export class OpenHistory {
  readonly db: DatabaseSync;
  readonly numbers: TenantNumbers;
  readonly series: Series;
  readonly decisions: Decisions;
  readonly acts: Acts;
  readonly incidents: Incidents;
  readonly kept: Readonly<
    Record<'counters' | 'states', { put: StatementSync; all: StatementSync; remove: StatementSync }>
  >;

  constructor(path: string) {
    // root's alone; SQLite gives its -wal the mode of the file (sqlite.org, WAL)
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    const db = new DatabaseSync(path);
    try {
      // EXCLUSIVE: the daemon is alone, and without the shared-memory file a full disk opens, too (sqlite.org, wal.html 6)
      // NORMAL: a power cut may lose the last seconds, never the order or the file (sqlite.org, WAL)
      db.exec(
        'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;',
      );
      migrateHistory(db, path);
      this.db = db;
      this.numbers = new TenantNumbers(db);
      this.series = new Series(db);
      this.decisions = new Decisions(db);
      this.acts = new Acts(db);
      this.incidents = new Incidents(db);
      const table = (name: string) => ({
        put: db.prepare(`REPLACE INTO ${name} (tenant, data) VALUES (?, ?)`),
        all: db.prepare(`SELECT tenant, data FROM ${name}`),
        remove: db.prepare(`DELETE FROM ${name} WHERE tenant = ?`),
      });
      this.kept = { counters: table('counters'), states: table('states') };
    } catch (error) {
      db.close();
      throw error;
    }
  }

  transact<T>(act: () => T): T {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const result = act();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      // a full disk has rolled back already (sqlite.org, lang_transaction)
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      this.numbers.forgetKnown();
      this.decisions.forgetKnown();
      throw error;
    }
  }

  writeBatch({ at, rows, host, counters, hostCounters, ...policy }: Batch): void {
    const { numbers, series, kept } = this;
    const own = rows.map(({ tenantId, value }) => ({ tenant: numbers.give(tenantId), row: { ...value, at } }));
    series.write(at, own, { ...host, at });
    for (const { tenantId, value } of counters) kept.counters.put.run(numbers.give(tenantId), JSON.stringify(value));
    kept.counters.put.run(HOST, JSON.stringify(hostCounters));
    this.writePolicy(policy);
  }

  writePolicy({ states, decisions, acts }: PolicyBatch): void {
    const { numbers, kept } = this;
    for (const { tenantId, value } of states) kept.states.put.run(numbers.give(tenantId), JSON.stringify(value));
    for (const chunk of decisions) this.decisions.write(chunk);
    for (const { tenantId, value } of acts) this.acts.write(numbers.give(tenantId), value);
  }

  /** What is kept of each tenant, by id; the host's under ''. */
  readKept(what: 'counters' | 'states'): Map<string, unknown> {
    const ids = this.numbers.list().set(HOST, '');
    const rows = this.kept[what].all.all() as { tenant: number; data: string }[];
    return new Map(rows.map(({ tenant, data }) => [ids.get(tenant) ?? '', JSON.parse(data) as unknown]));
  }

  forget(tenantId: string): void {
    const tenant = this.numbers.find(tenantId);
    if (tenant === undefined) return;
    for (const { remove } of Object.values(this.kept)) remove.run(tenant);
    for (const part of [this.series, this.acts, this.incidents]) part.forget(tenant);
    this.numbers.remove(tenantId);
  }

  prune(nowMs: number): number {
    return (
      this.series.prune(nowMs) +
      this.decisions.prune(nowMs - DECISIONS_KEPT_MS) +
      this.acts.prune(nowMs - INCIDENTS_KEPT_MS) +
      this.incidents.prune(nowMs - INCIDENTS_KEPT_MS)
    );
  }
}
