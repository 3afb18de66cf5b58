// Events in SQLite: numbers that are never used twice, reading on from the last one, gaps that are told.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Problem } from '../../src/domain/errors.ts';
import type { TenantEvent } from '../../src/domain/events.ts';
import type { EventStore } from '../../src/ports/store.ts';
import { openEvents } from '../../src/store/events.ts';
import { createEvents } from '../fakes/stores.ts';

const event = (n: number): Omit<TenantEvent, 'seq'> => ({
  at: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString(),
  type: 'oom-kill',
  tenant: n % 2 === 0 ? 'alice' : null,
  text: `event ${n} "with" 'quotes' \u00e9 \n;DROP TABLE events`,
  data: { n, text: 'x', yes: true, nothing: null },
  by: 'daemon',
});

const seqs = (events: readonly TenantEvent[]): number[] => events.map(({ seq }) => seq);

const withFile = (body: (path: string) => void): void => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantctl-events-'));
  try {
    body(join(folder, 'history.db'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The fake must behave as the real one does, or it proves nothing. */
const contract = (kind: string, withStore: (body: (store: EventStore) => void) => void): void => {
  test(`${kind}: events come back as they were given, numbered from 1`, () =>
    withStore((store) => {
      assert.equal(store.lastSeq, 0);
      assert.deepEqual(store.append(event(0)), { ...event(0), seq: 1 });
      store.append(event(1));
      assert.equal(store.lastSeq, 2);
      assert.deepEqual(store.read(0, 10), [
        { ...event(0), seq: 1 },
        { ...event(1), seq: 2 },
      ]);
    }));

  test(`${kind}: reading goes on after the last number, in pages`, () =>
    withStore((store) => {
      for (let n = 0; n < 10; n++) store.append(event(n));
      assert.deepEqual(seqs(store.read(0, 4)), [1, 2, 3, 4]);
      assert.deepEqual(seqs(store.read(4, 4)), [5, 6, 7, 8]);
      assert.deepEqual(seqs(store.read(8, 4)), [9, 10]);
      assert.deepEqual(seqs(store.read(10, 4)), []);
      assert.deepEqual(seqs(store.read(99, 4)), []);
    }));

  test(`${kind}: what was pruned is told as lost to who asks for it, and to nobody else`, () =>
    withStore((store) => {
      for (let n = 0; n < 10; n++) store.append(event(n));
      assert.equal(store.prune(event(4).at), 4);
      assert.deepEqual(seqs(store.read(0, 99)), [5, 6, 7, 8, 9, 10], 'all that is kept');
      assert.deepEqual(seqs(store.read(4, 99)), [5, 6, 7, 8, 9, 10], 'no gap for who saw the 4th');
      assert.throws(
        () => store.read(3, 99),
        (error) => error instanceof Problem && error.code === 'EVENTS_LOST' && error.hint.includes('--since 4'),
      );
      assert.doesNotThrow(() => store.read(4, 1), 'the hint leads on');
    }));

  test(`${kind}: a number is never given twice, also when all are pruned`, () =>
    withStore((store) => {
      for (let n = 0; n < 3; n++) store.append(event(n));
      assert.equal(store.prune('9999'), 3);
      assert.equal(store.lastSeq, 3);
      assert.throws(() => store.read(1, 9), { code: 'EVENTS_LOST' });
      assert.deepEqual(store.read(3, 9), []);
      assert.equal(store.append(event(9)).seq, 4);
    }));
};

contract('in memory', (body) => body(createEvents()));
contract('in SQLite', (body) =>
  withFile((path) => {
    const store = openEvents(path);
    try {
      body(store);
    } finally {
      store.close();
    }
  }),
);

test('numbers go on after the file was closed, also when everything was pruned before', () =>
  withFile((path) => {
    const first = openEvents(path);
    for (let n = 0; n < 3; n++) first.append(event(n));
    first.prune('9999');
    first.close();
    const second = openEvents(path);
    assert.equal(second.lastSeq, 3);
    assert.equal(second.append(event(3)).seq, 4);
    second.close();
  }));

test('events of a process that was killed are there for the next one', () =>
  withFile((path) => {
    const script = `
      import { openEvents } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/events.ts'))};
      const store = openEvents(process.argv[1]);
      for (let n = 0; n < 100; n++) store.append({ at: '2026', type: 'healed', tenant: null, text: String(n), data: {}, by: 'daemon' });
      process.kill(process.pid, 'SIGKILL');
    `;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script, path]);
    assert.equal(child.signal, 'SIGKILL', String(child.stderr));
    const store = openEvents(path);
    assert.equal(store.lastSeq, 100);
    assert.equal(store.read(99, 9)[0]?.text, '99');
    store.close();
  }));

test('the files are for root alone, also one that was made with a wider mode', () =>
  withFile((path) => {
    const modes = (): string[] =>
      readdirSync(join(path, '..')).map(
        (name) => `${name} ${(statSync(join(path, '..', name)).mode & 0o777).toString(8)}`,
      );
    writeFileSync(path, '');
    chmodSync(path, 0o644);
    const store = openEvents(path);
    store.append(event(0));
    assert.deepEqual(modes().sort(), ['history.db 600', 'history.db-wal 600']);
    store.close();
  }));
