// On a disk without a free byte both databases open, say what they cannot write, and go on when there is room again.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openEvents } from '../../src/store/events.ts';
import { openHistory } from '../../src/store/history.ts';
import { requires } from '../support/requires.ts';
import { makeAct } from './decision-values.ts';

const mount = (...args: string[]): void => {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
};

/** A file system of two megabytes in memory, and a way to fill it and to make room. */
const withDisk = (t: TestContext, body: (folder: string, fill: () => void, empty: () => void) => void): void => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantctl-full-'));
  mount('-t', 'tmpfs', '-o', 'size=2m', 'full', folder);
  t.after(() => {
    spawnSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });
  const ballast = join(folder, 'ballast');
  const fill = (): void => {
    const page = Buffer.alloc(4096);
    assert.throws(
      () => {
        for (;;) appendFileSync(ballast, page);
      },
      { code: 'ENOSPC' },
    );
  };
  body(folder, fill, () => rmSync(ballast));
};

test('a history that was closed opens on a full disk, with all that was in it', (t) => {
  if (!requires(t, 'root')) return;
  withDisk(t, (folder, fill, empty) => {
    const open = () => openHistory({ path: join(folder, 'usage.db'), now: () => 0, onSetAside: () => assert.fail() });
    const acts = (n: number) => ({ states: [], decisions: [], acts: [{ tenantId: 'a', value: makeAct(n) }] });
    const before = open();
    before.writePolicy(acts(1));
    before.close();
    fill();
    const history = open();
    assert.equal(history.readActs(0, 10).length, 1);
    assert.throws(() => history.writePolicy(acts(2)), { code: 'HISTORY_WRITE' });
    empty();
    history.writePolicy(acts(3));
    assert.deepEqual(
      history.readActs(0, 10).map(({ at }) => at),
      [1, 3],
    );
    history.close();
  });
});

test('the events open on a full disk, with the number of the last one', (t) => {
  if (!requires(t, 'root')) return;
  withDisk(t, (folder, fill, empty) => {
    const path = join(folder, 'history.db');
    const event = {
      at: '2026-01-01T00:00:00.000Z',
      type: 'healed',
      tenant: null,
      text: 'x',
      data: {},
      by: 'daemon',
    } as const;
    const before = openEvents(path);
    before.append(event);
    before.close();
    fill();
    const events = openEvents(path);
    assert.equal(events.lastSeq, 1);
    assert.throws(() => events.append(event), /full/);
    empty();
    assert.equal(events.append(event).seq, 2);
    events.close();
  });
});
