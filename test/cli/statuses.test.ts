// The exit statuses that help and docs name are those that commands end with, asked of a daemon over a box in memory.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { publicNames } from '../../src/cli/commands.ts';
import { loadDefinitions } from '../../src/cli/help.ts';
import { serveScene } from '../daemon/serving.ts';
import { createScene } from '../engine/scene.ts';
import { type Answer, aTenant, fail, reply } from '../support/fake-daemon.ts';
import { runCommand } from '../support/run-command.ts';
import { runWithDaemon } from '../support/with-daemon.ts';

const documented = async (status: number): Promise<string[]> =>
  (await loadDefinitions(publicNames()))
    .filter(({ exits }) => exits?.includes(status))
    .map(({ name }) => name)
    .sort();

const FILES = {
  'plan.yaml': 'tenants:\n  bob:\n    plan: nope\n',
  'template.yaml': 'tenants:\n  bob:\n    template: nope\n',
  'simulated.yaml': 'tenants:\n  alice:\n    plan: nope\n',
} as const;

/** Each names something that is not there. */
const MISSING: readonly (readonly string[])[] = [
  ['add', 'bob', '--template', 'nope'],
  ['add', 'bob', '--plan', 'nope'],
  ['apply', 'template.yaml'],
  ['apply', 'plan.yaml'],
  ['set', 'ghost', '--cpu', '1'],
  ['set', 'alice', '--plan', 'nope'],
  ['show', 'ghost'],
  ['start', 'ghost'],
  ['stop', 'ghost'],
  ['restart', 'ghost'],
  ['freeze', 'ghost'],
  ['thaw', 'ghost'],
  ['rm', 'ghost', '--yes'],
  ['logs', 'ghost'],
  ['exec', 'ghost', '--', 'id'],
  ['shell', 'ghost'],
  ['explain', 'ghost'],
  ['events', '--tenant', 'ghost'],
  ['why', 'ghost'],
  ['history', 'ghost'],
  ['acts', 'ghost'],
  ['incidents', 'ghost'],
  ['pardon', 'ghost'],
  ['credits', 'show', 'ghost'],
  ['credits', 'grant', 'ghost', '1'],
  ['credits', 'give', 'alice', 'ghost', '1'],
  ['plan', 'show', 'nope'],
  ['plan', 'rm', 'nope'],
  ['policy', 'suggest', 'ghost'],
  ['policy', 'simulate', 'simulated.yaml'],
  ['template', 'build', 'nope'],
  ['template', 'rm', 'minimal@0123456789ab'],
  ['trash', 'restore', 'ghost'],
  ['trash', 'empty', 'ghost', '--yes'],
];

/** Long work, and what asks before it begins. */
const INTERRUPTED: readonly (readonly string[])[] = [
  ['add', 'alice'],
  ['apply', 'file.yaml'],
  ['set', 'alice', '--cpu', '1'],
  ['start', 'alice'],
  ['stop', 'alice'],
  ['restart', 'alice'],
  ['freeze', 'alice'],
  ['thaw', 'alice'],
  ['rm', 'alice'],
  ['template', 'build', 'minimal'],
  ['trash', 'restore', 'alice'],
  ['trash', 'empty', 'alice'],
];

const nameIn = (words: readonly string[], names: readonly string[]): string | undefined =>
  [words.slice(0, 2).join(' '), words[0] ?? ''].find((name) => names.includes(name));

const withFolder = async (act: (folder: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantctl-statuses-'));
  try {
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'file.yaml'), 'tenants:\n  alice:\n');
    await act(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describe('exit statuses', () => {
  it('3 is what a command ends with for what is not there, exactly where help says so', async () => {
    const names = await documented(3);
    assert.deepEqual([...new Set(MISSING.map((words) => nameIn(words, names)))].sort(), names);
    await withFolder((cwd) =>
      createScene().then((scene) =>
        serveScene(scene, async (_call, run) => {
          for (const words of MISSING) {
            const ran = await runCommand(words, { run, cwd, uid: 0 });
            assert.equal(ran.status, 3, `${words.join(' ')}: ${ran.out}${ran.err}`);
          }
        }),
      ),
    );
  });

  it('130 is what a command ends with after ^C, exactly where help says so', async () => {
    const names = await documented(130);
    assert.deepEqual([...new Set(INTERRUPTED.map((words) => nameIn(words, names)))].sort(), names);
    let interrupt = (): void => undefined;
    const hang: Answer = (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write(`${JSON.stringify({ type: 'progress', text: 'at it' })}\n`, () => interrupt());
    };
    const answers = {
      'GET /v1/tenants/alice': reply({ tenant: aTenant() }),
      'GET /v1/trash': reply({ trash: [{ name: 'alice', key: 'alice-01' }] }),
      'GET /v1/templates': reply({ templates: [] }),
      'POST /v1/tenants': hang,
      'POST /v1/apply': hang,
      'PATCH /v1/tenants/alice': hang,
      'POST /v1/templates': hang,
      'POST /v1/trash/alice/restore': hang,
      ...Object.fromEntries(
        ['start', 'stop', 'restart', 'freeze', 'thaw'].map((verb) => [`POST /v1/tenants/alice/${verb}`, hang]),
      ),
    };
    await withFolder(async (cwd) => {
      for (const words of INTERRUPTED) {
        const onStart = (act: () => void): void => {
          interrupt = act;
        };
        const ran = await runWithDaemon(answers, words, { cwd, terminal: true, onStart });
        assert.equal(ran.status, 130, `${words.join(' ')}: ${ran.err}`);
      }
    });
  });

  it('a tenant of which events are kept has events, whether it is there or not', async () => {
    const event = {
      seq: 1,
      at: '2026-11-24T12:00:00.000Z',
      type: 'x',
      tenant: 'bob',
      text: '',
      data: {},
      by: 'daemon',
    };
    const answers = {
      'GET /v1/version': reply({ lastSeq: 1 }),
      'GET /v1/events?since=0&follow=0&tenant=bob': ((_seen, response) => {
        response.writeHead(200, { 'content-type': 'application/x-ndjson' });
        response.end(`${JSON.stringify(event)}\n`);
      }) satisfies Answer,
      'GET /v1/tenants/bob': fail('TENANT_MISSING', { name: 'bob' }, 404),
    };
    assert.equal((await runWithDaemon(answers, ['events', '--tenant', 'bob'])).status, 0);
  });
});
