// Rows of usage by resolution: written once, rolled up when their minute is over, dropped when they are old.

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type HostRow, RESOLUTIONS, rollUp, rollUpHost, type Step, slotOf, type UsageRow } from '../domain/rollup.ts';
import { HOST_COLUMNS, USAGE_COLUMNS } from './history-schema.ts';

const MINUTE_MS = 60_000;
const DAY_S = 86_400;

/** Slots that one prune takes of each resolution: with 1000 tenants 6000 rows, some 5 ms. */
const PRUNED_SLOTS = 6;

interface Kind<R> {
  readonly columns: readonly Exclude<keyof R, 'at'>[];
  readonly rollUp: (rows: readonly R[], at: number) => R;
}

/** Rows of one resolution, of tenants (`key` is a tenant's number) or of the host (0). */
class Table<R extends { readonly at: number }> {
  readonly #kind: Kind<R>;
  readonly #insert: StatementSync;
  readonly #replace: StatementSync;
  readonly #get: StatementSync;
  readonly #hasKey: boolean;

  constructor(db: DatabaseSync, name: string, kind: Kind<R>, hasKey: boolean) {
    this.#kind = kind;
    this.#hasKey = hasKey;
    const keys = hasKey ? ['t', 'tenant'] : ['t'];
    const names = [...keys, ...kind.columns.map(String)];
    const values = `(${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    this.#insert = db.prepare(`INSERT OR IGNORE INTO ${name} ${values}`);
    this.#replace = db.prepare(`REPLACE INTO ${name} ${values}`);
    this.#get = db.prepare(`SELECT * FROM ${name} WHERE ${keys.map((key) => `${key} = ?`).join(' AND ')}`);
  }

  #keysOf(at: number, key: number): number[] {
    return this.#hasKey ? [at / 1000, key] : [at / 1000];
  }

  parse(row: Record<string, unknown>): R {
    const { t, tenant: _, ...figures } = row;
    return { at: Number(t) * 1000, ...figures } as unknown as R;
  }

  /** A slot that has a row already gets the sum of both. */
  add(at: number, key: number, row: R): void {
    const keys = this.#keysOf(at, key);
    const bind = (values: R): SQLInputValue[] => [
      ...keys,
      ...this.#kind.columns.map((column) => values[column] as SQLInputValue),
    ];
    if (this.#insert.run(...bind(row)).changes !== 0) return;
    const before = this.parse(this.#get.get(...keys) as Record<string, unknown>);
    this.#replace.run(...bind(this.#kind.rollUp([before, row], at)));
  }
}

const USAGE: Kind<UsageRow> = { columns: USAGE_COLUMNS, rollUp };
const HOST: Kind<HostRow> = { columns: HOST_COLUMNS, rollUp: rollUpHost };

const groupBy = <T>(list: readonly T[], keyOf: (item: T) => string): T[][] => {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
};

export class Series {
  readonly #usage: Readonly<Record<Step, Table<UsageRow>>>;
  readonly #host: Readonly<Record<Step, Table<HostRow>>>;
  readonly #reads: Readonly<Record<Step, StatementSync>>;
  readonly #hostReads: Readonly<Record<Step, StatementSync>>;
  readonly #removals: readonly { readonly statement: StatementSync; readonly keptS: number; readonly step: Step }[];
  readonly #forget: readonly StatementSync[];
  readonly #spans: { readonly usage: StatementSync; readonly host: StatementSync; readonly last: StatementSync };
  /** Up to here minutes are rolled up. Wall milliseconds. */
  #rolled: number | undefined;

  constructor(db: DatabaseSync) {
    const each = <T>(make: (step: Step) => T): Record<Step, T> => ({ 10: make(10), 60: make(60), 3600: make(3600) });
    this.#usage = each((step) => new Table(db, `usage_${step}`, USAGE, true));
    this.#host = each((step) => new Table(db, `host_${step}`, HOST, false));
    // CROSS JOIN keeps this order (sqlite.org, optoverview): a look-up for each slot, not a scan of all tenants
    this.#reads = each((step) =>
      db.prepare(
        `SELECT usage.* FROM host_${step} AS host CROSS JOIN usage_${step} AS usage
         WHERE host.t >= ? AND host.t < ? AND usage.t = host.t AND usage.tenant = ? ORDER BY host.t`,
      ),
    );
    this.#hostReads = each((step) => db.prepare(`SELECT * FROM host_${step} WHERE t >= ? AND t < ? ORDER BY t`));
    this.#spans = {
      usage: db.prepare('SELECT * FROM usage_10 WHERE t >= ? AND t < ? ORDER BY t'),
      host: db.prepare('SELECT * FROM host_10 WHERE t >= ? AND t < ? ORDER BY t'),
      last: db.prepare('SELECT max(t) AS t FROM host_60'),
    };
    this.#removals = RESOLUTIONS.flatMap(({ step, keptDays }) =>
      ['usage', 'host'].map((name) => ({
        statement: db.prepare(
          `DELETE FROM ${name}_${step} WHERE t < min(?, (SELECT min(t) FROM ${name}_${step}) + ${PRUNED_SLOTS * step})`,
        ),
        keptS: keptDays * DAY_S,
        step,
      })),
    );
    this.#forget = RESOLUTIONS.map(({ step }) =>
      db.prepare(`DELETE FROM usage_${step} WHERE tenant = ? AND t IN (SELECT t FROM host_${step})`),
    );
  }

  /** Within a transaction of the caller. `at` is the start of a 10 s slot. */
  write(at: number, rows: readonly { readonly tenant: number; readonly row: UsageRow }[], host: HostRow): void {
    const slot = slotOf(at, 10);
    // the clock was set back into a minute that was rolled up: that one gets its share at once
    const isLate = slot < this.#rolledUntil();
    for (const { tenant, row } of rows) {
      this.#usage[10].add(slot, tenant, row);
      if (isLate) this.#addUp(this.#usage, slot, tenant, row);
    }
    this.#host[10].add(slot, 0, host);
    if (isLate) this.#addUp(this.#host, slot, 0, host);
    this.#rollUpTo(slotOf(slot + 10_000, 60));
  }

  #addUp<R extends { readonly at: number }>(
    tables: Readonly<Record<Step, Table<R>>>,
    at: number,
    key: number,
    row: R,
  ): void {
    tables[60].add(slotOf(at, 60), key, row);
    tables[3600].add(slotOf(at, 3600), key, row);
  }

  #rolledUntil(): number {
    if (this.#rolled === undefined) {
      const { t } = this.#spans.last.get() as { t: number | null };
      this.#rolled = t === null ? 0 : t * 1000 + MINUTE_MS;
    }
    return this.#rolled;
  }

  /** Minutes that are over, also those a dead daemon left; each is added to its hour in the same transaction. */
  #rollUpTo(until: number): void {
    const from = this.#rolledUntil();
    if (until <= from) return;
    const minuteOf = (row: Record<string, unknown>): string => `${Math.floor(Number(row['t']) / 60)}/${row['tenant']}`;
    const span = (statement: StatementSync): Record<string, unknown>[][] =>
      groupBy(statement.all(from / 1000, until / 1000) as Record<string, unknown>[], minuteOf);
    for (const group of span(this.#spans.usage)) {
      const rows = group.map((row) => this.#usage[10].parse(row));
      const minute = slotOf(rows[0]?.at ?? from, 60);
      this.#addUp(this.#usage, minute, Number(group[0]?.['tenant']), rollUp(rows, minute));
    }
    for (const group of span(this.#spans.host)) {
      const rows = group.map((row) => this.#host[10].parse(row));
      const minute = slotOf(rows[0]?.at ?? from, 60);
      this.#addUp(this.#host, minute, 0, rollUpHost(rows, minute));
    }
    this.#rolled = until;
  }

  /** After a rollback: what was rolled up in it is not. */
  forgetKnown(): void {
    this.#rolled = undefined;
  }

  read(tenant: number, from: number, to: number, step: Step): UsageRow[] {
    const rows = this.#reads[step].all(from / 1000, to / 1000, tenant) as Record<string, unknown>[];
    return rows.map((row) => this.#usage[step].parse(row));
  }

  readHost(from: number, to: number, step: Step): HostRow[] {
    const rows = this.#hostReads[step].all(from / 1000, to / 1000) as Record<string, unknown>[];
    return rows.map((row) => this.#host[step].parse(row));
  }

  prune(nowMs: number): number {
    const now = Math.floor(nowMs / 1000);
    // rows of a minute that is not rolled up yet are its only ones, however old a dead daemon let them become
    const rolled = this.#rolledUntil() / 1000;
    return this.#removals.reduce((sum, { statement, keptS, step }) => {
      const before = step === 10 ? Math.min(now - keptS, rolled) : now - keptS;
      return sum + Number(statement.run(before).changes);
    }, 0);
  }

  forget(tenant: number): void {
    for (const statement of this.#forget) statement.run(tenant);
  }
}
