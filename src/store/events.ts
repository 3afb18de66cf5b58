// Events in SQLite (node:sqlite, WAL): numbered, resumable, kept until pruned.

import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { problem } from '../domain/errors.ts';
import type { EventType, TenantEvent } from '../domain/events.ts';
import type { EventStore } from '../ports/store.ts';

/** Times a number is handed out: AUTOINCREMENT never reuses one, also after pruning (sqlite.org, autoinc). */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    type TEXT NOT NULL,
    tenant TEXT,
    text TEXT NOT NULL,
    data TEXT NOT NULL,
    by TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS events_at ON events (at);
`;

interface Row {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly tenant: string | null;
  readonly text: string;
  readonly data: string;
  readonly by: string;
}

const toEvent = (row: Row): TenantEvent => ({
  seq: row.seq,
  at: row.at,
  type: row.type as EventType,
  tenant: row.tenant,
  text: row.text,
  data: JSON.parse(row.data) as TenantEvent['data'],
  by: row.by,
});

/** Root's alone: others may pass the state folder. SQLite gives its -wal the mode of the file (sqlite.org, WAL). */
const ensurePrivate = (path: string): void => {
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
};

/** Opens or makes the file. One writer: the daemon. */
export const openEvents = (path: string): EventStore => {
  ensurePrivate(path);
  const db = new DatabaseSync(path);
  // EXCLUSIVE: the daemon is alone, and without the shared-memory file a full disk opens, too (sqlite.org, wal.html 6)
  // NORMAL: a power cut may lose the last events, never the order or the file (sqlite.org, WAL)
  db.exec(
    'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;',
  );
  db.exec(SCHEMA);
  const insert = db.prepare('INSERT INTO events (at, type, tenant, text, data, by) VALUES (?, ?, ?, ?, ?, ?)');
  const select = db.prepare('SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?');
  const oldest = db.prepare('SELECT min(seq) AS seq FROM events');
  const newest = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'events'");
  const remove = db.prepare('DELETE FROM events WHERE at < ?');
  let lastSeq = (newest.get() as { seq: number } | undefined)?.seq ?? 0;
  return {
    get lastSeq() {
      return lastSeq;
    },
    append: (event) => {
      const result = insert.run(event.at, event.type, event.tenant, event.text, JSON.stringify(event.data), event.by);
      lastSeq = Number(result.lastInsertRowid);
      return { ...event, seq: lastSeq };
    },
    read: (since, max) => {
      const first = (oldest.get() as { seq: number | null }).seq ?? lastSeq + 1;
      if (since > 0 && since < first - 1) throw problem('EVENTS_LOST', { oldest: first - 1, since });
      return (select.all(since, max) as unknown as Row[]).map(toEvent);
    },
    prune: (before) => Number(remove.run(before).changes),
    close: () => db.close(),
  };
};
