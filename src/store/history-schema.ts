// The tables of the history and how older files become the present one.

import type { DatabaseSync } from 'node:sqlite';
import { COUNTERS, HOST_TOTALS, OPTIONAL_COUNTERS } from '../domain/accounting.ts';
import { problem } from '../domain/errors.ts';
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
  type UsageRow,
} from '../domain/rollup.ts';

const HISTORY_SCHEMA = 2;

const USAGE_ALWAYS = ['ms', ...COUNTERS, ...AVERAGES, ...PEAKS] as const;
const USAGE_MAYBE = [...OPTIONAL_COUNTERS, ...LASTS] as const;

/** Columns are named after the figures of a row, in the order in which values are bound. */
export const USAGE_COLUMNS: readonly Exclude<keyof UsageRow, 'at'>[] = [...USAGE_ALWAYS, ...USAGE_MAYBE];
const HOST_ALWAYS = ['ms', ...HOST_SUMS, ...HOST_AVERAGES, ...HOST_PEAKS, ...HOST_LASTS] as const;
const HOST_MAYBE = [...HOST_TOTALS, ...HOST_OPTIONAL_PEAKS, ...HOST_OPTIONAL_LASTS] as const;
export const HOST_COLUMNS: readonly Exclude<keyof HostRow, 'at'>[] = [...HOST_ALWAYS, ...HOST_MAYBE];

const columns = (names: readonly string[], suffix: string): string =>
  names.map((name) => `${name} INTEGER${suffix}`).join(', ');

/**
 * Keyed by time first: a batch of a thousand tenants is one stretch of the file, not a thousand pages of it, and what is
 * too old is a stretch as well. One tenant's rows are found over the host's, which has a row for each slot.
 */
const seriesTables = RESOLUTIONS.map(
  ({ step }) => `
  CREATE TABLE usage_${step} (
    t INTEGER NOT NULL, tenant INTEGER NOT NULL, ${columns(USAGE_ALWAYS, ' NOT NULL')}, ${columns(USAGE_MAYBE, '')},
    PRIMARY KEY (t, tenant)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE host_${step} (t INTEGER PRIMARY KEY, ${columns(HOST_ALWAYS, ' NOT NULL')}) STRICT;`,
).join('');

/** Times `t` are seconds, `at` milliseconds since 1970; `tenant` is the number of tenants, 0 is the host. */
const FIRST = `
  CREATE TABLE tenants (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE) STRICT;
  ${seriesTables}
  CREATE TABLE counters (tenant INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT;
  CREATE TABLE states (tenant INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT;
  CREATE TABLE configs (number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, data BLOB NOT NULL) STRICT;
  CREATE TABLE decisions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    config INTEGER NOT NULL,
    frames BLOB NOT NULL,
    states BLOB,
    commands TEXT
  ) STRICT;
  CREATE INDEX decisions_at ON decisions (at);
  CREATE INDEX decisions_states ON decisions (at) WHERE states IS NOT NULL;
  CREATE INDEX decisions_config ON decisions (config);
  CREATE TABLE acts (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, tenant INTEGER NOT NULL, data TEXT NOT NULL) STRICT;
  CREATE INDEX acts_at ON acts (at);
  CREATE INDEX acts_tenant ON acts (tenant, at);
  CREATE TABLE incidents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL,
    openedAt INTEGER NOT NULL,
    closedAt INTEGER,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX incidents_opened ON incidents (openedAt);
  CREATE INDEX incidents_tenant ON incidents (tenant, openedAt);
  CREATE INDEX incidents_open ON incidents (openedAt) WHERE closedAt IS NULL;
`;

const hostColumns = RESOLUTIONS.flatMap(({ step }) =>
  HOST_MAYBE.map((name) => `ALTER TABLE host_${step} ADD COLUMN ${name} INTEGER;`),
).join('\n');

/** What the kernel's tables tell of the host: of older rows nobody knows. And frames are written in another way. */
const SECOND = `${hostColumns} DELETE FROM decisions;`;

/** What makes schema n + 1 of schema n, by n. */
const MIGRATIONS: readonly string[] = [FIRST, SECOND];

const readVersion = (db: DatabaseSync): number =>
  Number((db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version);

/**
 * Brings a file, also an empty one, to the present schema; all of it or nothing.
 * @throws Problem STATE_NEWER
 */
export const migrateHistory = (db: DatabaseSync, path: string): void => {
  const found = readVersion(db);
  if (found > HISTORY_SCHEMA) throw problem('STATE_NEWER', { path, found, known: HISTORY_SCHEMA });
  if (found === HISTORY_SCHEMA) return;
  const steps = MIGRATIONS.slice(found).join('\n');
  db.exec(`BEGIN IMMEDIATE; ${steps} PRAGMA user_version = ${HISTORY_SCHEMA}; COMMIT;`);
};
