// Acts and incidents: few, kept for 400 days, found by time and by tenant.

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Act } from '../domain/policy-types.ts';
import type { Incident, IncidentQuery, IncidentUpdate } from '../ports/history.ts';

/** A piece for one prune. */
const PRUNED = 500;
const MOST_LISTED = 10_000;

const textOf = (row: unknown): string => (row as { data: string }).data;

export class Acts {
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #selectOf: StatementSync;
  readonly #prune: StatementSync;
  readonly #forget: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT INTO acts (at, tenant, data) VALUES (?, ?, ?)');
    this.#select = db.prepare('SELECT data FROM acts WHERE at >= ? AND at < ? ORDER BY at, number');
    this.#selectOf = db.prepare('SELECT data FROM acts WHERE tenant = ? AND at >= ? AND at < ? ORDER BY at, number');
    this.#prune = db.prepare(
      `DELETE FROM acts WHERE number IN (SELECT number FROM acts WHERE at < ? ORDER BY at LIMIT ${PRUNED})`,
    );
    this.#forget = db.prepare('DELETE FROM acts WHERE tenant = ?');
  }

  write(tenant: number, act: Act): void {
    this.#insert.run(act.at, tenant, JSON.stringify(act));
  }

  read(since: number, until: number, tenant?: number): Act[] {
    const rows = tenant === undefined ? this.#select.all(since, until) : this.#selectOf.all(tenant, since, until);
    return rows.map((row) => JSON.parse(textOf(row)) as Act);
  }

  prune(before: number): number {
    return Number(this.#prune.run(before).changes);
  }

  forget(tenant: number): void {
    this.#forget.run(tenant);
  }
}

/** What a row has beside its text. */
type Body = Omit<Incident, 'id' | 'closedAt' | 'openedAt'>;

interface Row {
  readonly number: number;
  readonly openedAt: number;
  readonly closedAt: number | null;
  readonly data: string;
}

const parseRow = ({ number, openedAt, closedAt, data }: Row): Incident => ({
  id: number,
  openedAt,
  closedAt,
  ...(JSON.parse(data) as Body),
});

export class Incidents {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #get: StatementSync;
  readonly #update: StatementSync;
  readonly #prune: StatementSync;
  readonly #forget: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare('INSERT INTO incidents (tenant, openedAt, data) VALUES (?, ?, ?)');
    this.#get = db.prepare('SELECT * FROM incidents WHERE number = ?');
    this.#update = db.prepare('UPDATE incidents SET data = ?, closedAt = ? WHERE number = ?');
    this.#prune = db.prepare(
      `DELETE FROM incidents WHERE number IN
       (SELECT number FROM incidents WHERE openedAt < ? AND closedAt IS NOT NULL ORDER BY openedAt LIMIT ${PRUNED})`,
    );
    this.#forget = db.prepare('DELETE FROM incidents WHERE tenant = ?');
  }

  open(tenant: number, { openedAt, ...body }: Omit<Incident, 'id' | 'closedAt'>): number {
    return Number(this.#insert.run(tenant, openedAt, JSON.stringify(body)).lastInsertRowid);
  }

  /** An incident that is gone (its tenant was forgotten) stays gone. */
  change(id: number, change: IncidentUpdate, closedAt?: number): void {
    const row = this.#get.get(id) as Row | undefined;
    if (!row) return;
    const body = { ...(JSON.parse(row.data) as Body), ...change };
    this.#update.run(JSON.stringify(body), closedAt ?? row.closedAt, id);
  }

  list({ since, until, open, max = MOST_LISTED }: IncidentQuery, tenant?: number): Incident[] {
    const wanted: [string, SQLInputValue[]][] = [
      ['openedAt < ?', [until]],
      ['(closedAt IS NULL OR closedAt >= ?)', [since]],
      ...(tenant === undefined ? [] : ([['tenant = ?', [tenant]]] satisfies [string, SQLInputValue[]][])),
      ...(open === undefined ? [] : ([[`closedAt IS ${open ? '' : 'NOT '}NULL`, []]] satisfies [string, []][])),
    ];
    const where = wanted.map(([text]) => text).join(' AND ');
    const statement = this.#db.prepare(
      `SELECT * FROM incidents WHERE ${where} ORDER BY openedAt DESC, number DESC LIMIT ?`,
    );
    return (statement.all(...wanted.flatMap(([, values]) => values), max) as unknown as Row[]).map(parseRow);
  }

  prune(before: number): number {
    return Number(this.#prune.run(before).changes);
  }

  forget(tenant: number): void {
    this.#forget.run(tenant);
  }
}
