// The application on Ink's real renderer, with a terminal of streams and a daemon that answers as it is told.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { render } from 'ink';
import { App } from '../../src/tui/app.ts';
import { h } from '../../src/tui/element.ts';
import { loadPrefs, prefsPath, savePrefs } from '../../src/tui/prefs-file.ts';
import { DEFAULT_PREFS, initialState } from '../../src/tui/state/initial.ts';
import { createStore, type Store } from '../../src/tui/store.ts';
import { buildTheme } from '../../src/tui/theme.ts';
import { aTenant, aTop, type FakeDaemon, reply, startFakeDaemon, stream } from '../support/fake-daemon.ts';
import { until } from '../support/poll.ts';
import { type FakeTty, fakeTty } from '../support/tty.ts';

interface Running {
  readonly tty: FakeTty;
  readonly store: Store;
  readonly daemon: FakeDaemon;
  readonly shells: string[];
  readonly ended: Promise<unknown>;
}

const VERSION = {
  apiVersion: 1,
  version: '0',
  node: '',
  engine: '',
  pid: 1,
  instance: '',
  state: '',
  startedAt: '',
  lastSeq: 3,
};

const begin = (now: number): Store =>
  createStore(
    initialState({
      size: { columns: 100, rows: 20 },
      theme: buildTheme({ LANG: 'C.UTF-8' }, { ascii: false, color: true }),
      prefs: DEFAULT_PREFS,
      readOnly: false,
      isRoot: true,
      spoken: false,
      now,
    }),
  );

/** Runs it while `use` looks at it; everything is gone afterwards. */
const withApp = async (use: (running: Running) => Promise<void>): Promise<void> => {
  const event = {
    seq: 4,
    at: '2026-11-24T11:59:00.000Z',
    type: 'oom-kill',
    tenant: 'alice',
    text: 'ran out',
    data: {},
    by: 'daemon',
  };
  const daemon = await startFakeDaemon({
    'GET /v1/top': reply(aTop([aTenant()])),
    'GET /v1/version': reply(VERSION),
    'GET /v1/events?since=0&follow=1': stream(event),
    'GET /v1/events?since=4&follow=1': stream(),
    'POST /v1/tenants/alice/freeze': stream(
      { type: 'step', tenant: 'alice', index: 1, total: 1, text: 'freeze' },
      { type: 'done', result: aTenant() },
    ),
  });
  const tty = fakeTty(100, 20);
  const store = begin(Date.now());
  const shells: string[] = [];
  const programs = { shell: (name: string) => shells.push(name) - 1, stop: async () => undefined };
  const talk = { socket: join(daemon.run, 'tenantctl.sock'), now: Date.now, save: () => undefined };
  const { unmount, waitUntilExit } = render(h(App, { store, daemon: talk, programs }), {
    stdin: tty.stdin,
    stdout: tty.stdout,
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const ended = waitUntilExit();
  try {
    await use({ tty, store, daemon, shells, ended });
  } finally {
    unmount();
    await daemon.close();
  }
};

const sees = (tty: FakeTty, text: string, from = 0): Promise<true> =>
  until(`"${text}" is drawn`, () => stripVTControlCharacters(tty.written().slice(from)).includes(text) || undefined);

describe('the application', () => {
  it('draws what the daemon says, follows its events, and leaves the screen as it was', async () => {
    await withApp(async ({ tty, store, ended }) => {
      assert.ok(tty.written().startsWith('\x1b[?1049h'));
      await sees(tty, '▶ alice');
      await until('the event came', () => store.read().events.length === 1);
      tty.press('q');
      await ended;
      assert.ok(tty.written().includes('\x1b[?1049l'), 'the alternate screen is left');
      assert.ok(tty.written().includes('\x1b[?25h'), 'the cursor is back');
    });
  });

  it('takes keys that come in one chunk, and does what they say', async () => {
    await withApp(async ({ tty, daemon }) => {
      await sees(tty, '▶ alice');
      tty.press('xf');
      await sees(tty, 'freeze alice done');
      assert.ok(daemon.seen.some(({ method, path }) => `${method} ${path}` === 'POST /v1/tenants/alice/freeze'));
    });
  });

  it('gives the terminal to a shell and draws everything anew after it', async () => {
    await withApp(async ({ tty, shells }) => {
      await sees(tty, '▶ alice');
      const from = tty.written().length;
      tty.press('e');
      await sees(tty, 'the shell in alice ended', from);
      assert.deepEqual(shells, ['alice']);
      const after = tty.written().slice(from);
      assert.ok(after.indexOf('\x1b[?1049l') < after.indexOf('\x1b[?1049h'));
      await sees(tty, 'tenantctl', from);
    });
  });

  it('says that the daemon is away', async () => {
    await withApp(async ({ tty, daemon }) => {
      await sees(tty, '▶ alice');
      const gone = new Promise((done) => createServer().close(done));
      await daemon.close();
      await gone;
      await sees(tty, 'no daemon for');
      daemon.close = async () => undefined;
    });
  });
});

describe('the file of preferences', () => {
  it('is for its owner only, and rubbish in it is as if there were none', () => {
    const folder = mkdtempSync('/tmp/tenantctl-prefs-');
    try {
      const path = prefsPath({ XDG_CONFIG_HOME: folder }) ?? '';
      assert.equal(path, join(folder, 'tenantctl/dash.json'));
      assert.deepEqual(loadPrefs(path), DEFAULT_PREFS);
      const prefs = { ...DEFAULT_PREFS, scale: 'host' as const };
      savePrefs(path, prefs);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.deepEqual(loadPrefs(path), prefs);
      for (const rubbish of ['', '{', '[]', '"x"', '\0'.repeat(20_000)]) {
        writeFileSync(path, rubbish);
        assert.deepEqual(loadPrefs(path), DEFAULT_PREFS, rubbish.slice(0, 5));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('that cannot be written is no reason to fail', () => {
    savePrefs(join(import.meta.filename, 'tenantctl/dash.json'), DEFAULT_PREFS);
    savePrefs(undefined, DEFAULT_PREFS);
    assert.deepEqual(loadPrefs(join(import.meta.filename, 'tenantctl/dash.json')), DEFAULT_PREFS);
    assert.equal(prefsPath({}), undefined);
  });
});

it('the sources name Ink and React in the dashboard only, so that no other command loads them', () => {
  const main = readFileSync(join(import.meta.dirname, '../../src/main.ts'), 'utf8');
  assert.match(main, /await import\('\.\/tui\/dash\.ts'\)/);
  assert.doesNotMatch(main, /from '\.\/tui/);
});
