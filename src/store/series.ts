// Rows of usage by resolution: written once, added up at once into their minute and hour, dropped when they are old.

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { COUNTERS, HOST_TOTALS, OPTIONAL_COUNTERS } from '../domain/accounting.ts';
import {
  AVERAGES,
  HOST_AVERAGES,
  HOST_LASTS,
  HOST_OPTIONAL_LASTS,
  HOST_OPTIONAL_PEAKS,
  HOST_PEAKS,
  HOST_SUMS,
  type HostRow,
  LASTS,
  PEAKS,
  RESOLUTIONS,
  type Step,
  slotOf,
  type UsageRow,
} from '../domain/rollup.ts';
import { HOST_COLUMNS, USAGE_COLUMNS } from './history-schema.ts';

const DAY_S = 86_400;

/** Slots that one prune takes of each resolution: with 1000 tenants 6000 rows, some 5 ms. */
const PRUNED_SLOTS = 6;

/** Columns by how two rows of a slot become one. */
interface Merge {
  readonly sums: readonly string[];
  readonly averages: readonly string[];
  readonly peaks: readonly string[];
  readonly lasts: readonly string[];
}

const USAGE: Merge = { sums: [...COUNTERS, ...OPTIONAL_COUNTERS], averages: AVERAGES, peaks: PEAKS, lasts: LASTS };
const HOST: Merge = {
  sums: [...HOST_SUMS, ...HOST_TOTALS],
  averages: HOST_AVERAGES,
  peaks: [...HOST_PEAKS, ...HOST_OPTIONAL_PEAKS],
  lasts: [...HOST_LASTS, ...HOST_OPTIONAL_LASTS],
};

/**
 * What domain/rollup says, in SQL: a thousand tenants' minutes and hours take milliseconds so, as objects half a second.
 * A bare name is the row that is there, excluded.NAME the one that comes.
 */
const buildMerge = ({ sums, averages, peaks, lasts }: Merge): string =>
  [
    'ms = ms + excluded.ms',
    ...sums.map((name) => `${name} = coalesce(${name} + excluded.${name}, excluded.${name}, ${name})`),
    ...averages.map(
      (name) => `${name} = CAST(round(iif(ms + excluded.ms > 0,
        (1.0 * ${name} * ms + 1.0 * excluded.${name} * excluded.ms) / (ms + excluded.ms),
        (${name} + excluded.${name}) / 2.0)) AS INTEGER)`,
    ),
    ...peaks.map((name) => `${name} = coalesce(max(${name}, excluded.${name}), excluded.${name}, ${name})`),
    ...lasts.map((name) => `${name} = coalesce(excluded.${name}, ${name})`),
  ].join(', ');

interface Kind<R> {
  readonly name: 'usage' | 'host';
  readonly keys: readonly ('t' | 'tenant')[];
  readonly columns: readonly Exclude<keyof R, 'at'>[];
  readonly merge: Merge;
}

const USAGE_KIND: Kind<UsageRow> = {
  name: 'usage',
  keys: ['t', 'tenant'],
  columns: USAGE_COLUMNS,
  merge: USAGE,
};
const HOST_KIND: Kind<HostRow> = { name: 'host', keys: ['t'], columns: HOST_COLUMNS, merge: HOST };

/** The rows of one kind: collected in a table in memory, then added to each resolution in one statement. */
class Rows<R extends { readonly at: number }> {
  readonly #kind: Kind<R>;
  readonly #collect: StatementSync;
  readonly #add: readonly { readonly step: Step; readonly statement: StatementSync }[];
  readonly #empty: StatementSync;

  constructor(db: DatabaseSync, kind: Kind<R>) {
    const { name, keys, merge } = kind;
    const columns = [...keys, ...kind.columns.map(String)];
    db.exec(`CREATE TEMP TABLE new_${name} (${columns.map((column) => `${column} INTEGER`).join(', ')})`);
    this.#kind = kind;
    this.#collect = db.prepare(`INSERT INTO new_${name} VALUES (${columns.map(() => '?').join(', ')})`);
    this.#add = RESOLUTIONS.map(({ step }) => ({
      step,
      // WHERE true: else ON would be a join's (sqlite.org, lang_upsert)
      statement: db.prepare(
        `INSERT INTO ${name}_${step} (${columns.join(', ')}) SELECT ?, ${columns.slice(1).join(', ')} FROM new_${name}
         WHERE true ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${buildMerge(merge)}`,
      ),
    }));
    this.#empty = db.prepare(`DELETE FROM new_${name}`);
  }

  write(at: number, rows: readonly { readonly tenant: number; readonly row: R }[]): void {
    const { keys, columns } = this.#kind;
    this.#empty.run();
    for (const { tenant, row } of rows) {
      const values = columns.map((column) => row[column] as SQLInputValue);
      this.#collect.run(...(keys.length === 2 ? [0, tenant] : [0]), ...values);
    }
    for (const { step, statement } of this.#add) statement.run(slotOf(at, step) / 1000);
  }
}

const parseRow = <R>(row: Record<string, unknown>): R => {
  const { t, tenant: _, ...figures } = row;
  return { at: Number(t) * 1000, ...figures } as R;
};

const eachStep = <T>(make: (step: Step) => T): Record<Step, T> => ({ 10: make(10), 60: make(60), 3600: make(3600) });

export class Series {
  readonly #usage: Rows<UsageRow>;
  readonly #host: Rows<HostRow>;
  readonly #reads: Readonly<Record<Step, StatementSync>>;
  readonly #hostReads: Readonly<Record<Step, StatementSync>>;
  readonly #removals: readonly { readonly statement: StatementSync; readonly keptS: number }[];
  readonly #forget: readonly StatementSync[];

  constructor(db: DatabaseSync) {
    db.exec('PRAGMA temp_store = MEMORY');
    this.#usage = new Rows(db, USAGE_KIND);
    this.#host = new Rows(db, HOST_KIND);
    // CROSS JOIN keeps this order (sqlite.org, optoverview): a look-up for each slot, not a scan of all tenants
    this.#reads = eachStep((step) =>
      db.prepare(
        `SELECT usage.* FROM host_${step} AS host CROSS JOIN usage_${step} AS usage
         WHERE host.t >= ? AND host.t < ? AND usage.t = host.t AND usage.tenant = ? ORDER BY host.t`,
      ),
    );
    this.#hostReads = eachStep((step) => db.prepare(`SELECT * FROM host_${step} WHERE t >= ? AND t < ? ORDER BY t`));
    this.#removals = RESOLUTIONS.flatMap(({ step, keptDays }) =>
      ['usage', 'host'].map((name) => ({
        statement: db.prepare(
          `DELETE FROM ${name}_${step} WHERE t < min(?, (SELECT min(t) FROM ${name}_${step}) + ${PRUNED_SLOTS * step})`,
        ),
        keptS: keptDays * DAY_S,
      })),
    );
    this.#forget = RESOLUTIONS.map(({ step }) =>
      db.prepare(`DELETE FROM usage_${step} WHERE tenant = ? AND t IN (SELECT t FROM host_${step})`),
    );
  }

  /** Within a transaction of the caller. */
  write(at: number, rows: readonly { readonly tenant: number; readonly row: UsageRow }[], host: HostRow): void {
    this.#usage.write(at, rows);
    this.#host.write(at, [{ tenant: 0, row: host }]);
  }

  read(tenant: number, from: number, to: number, step: Step): UsageRow[] {
    return (this.#reads[step].all(from / 1000, to / 1000, tenant) as Record<string, unknown>[]).map(parseRow<UsageRow>);
  }

  readHost(from: number, to: number, step: Step): HostRow[] {
    return (this.#hostReads[step].all(from / 1000, to / 1000) as Record<string, unknown>[]).map(parseRow<HostRow>);
  }

  prune(nowMs: number): number {
    const now = Math.floor(nowMs / 1000);
    return this.#removals.reduce((sum, { statement, keptS }) => sum + Number(statement.run(now - keptS).changes), 0);
  }

  forget(tenant: number): void {
    for (const statement of this.#forget) statement.run(tenant);
  }
}
