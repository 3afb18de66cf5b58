// kill -9 of the command line itself, at every line of progress it prints: the tenant is as before or as asked.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Box } from '../support/daemon.ts';
import { untilEqual } from '../support/poll.ts';
import { requires } from '../support/requires.ts';

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
const LIMITS = ['--cpu', '0.2', '--memory', '64M', '--disk', '64M', '--pids', '64'];
const MAIN = join(import.meta.dirname, '../../src/main.ts');
let box: Box;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
  await box.add('bob'); // builds the base, so that every add below is the same few steps
});
after(() => box?.close());

/** Runs a command and kills it when so many lines of progress were seen. @returns whether it was killed */
const killAfterLines = (lines: number, args: readonly string[]): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: {
        PATH: process.env['PATH'],
        TENANTCTL_STATE: box.state,
        TENANTCTL_RUN: box.run,
        TENANTCTL_CONFIG: box.config,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let seen = 0;
    child.stderr.on('data', (chunk: Buffer) => {
      seen += chunk.toString('utf8').split('\n').length - 1;
      if (seen >= lines) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (_, signal) => resolve(signal === 'SIGKILL'));
  });

/** Names of tenants that are not yet what they should be. */
const listUnsettled = async (): Promise<string[]> =>
  (await box.list()).filter(({ state, desired }) => state !== desired).map(({ name, state }) => `${name} ${state}`);

const STORIES: readonly {
  readonly title: string;
  readonly state: 'absent' | 'running' | 'stopped';
  readonly args: readonly string[];
}[] = [
  { title: 'add', state: 'absent', args: ['add', 'alice', ...LIMITS] },
  { title: 'stop', state: 'running', args: ['stop', 'alice'] },
  { title: 'start', state: 'stopped', args: ['start', 'alice'] },
  { title: 'set', state: 'running', args: ['set', 'alice', '--disk', '96M', '--restart', '--overcommit'] },
  { title: 'rm', state: 'running', args: ['rm', 'alice', '--yes'] },
];

for (const { title, state, args } of STORIES) {
  test(`a killed ${title} leaves the tenant as it was, or as it was asked for`, async (t) => {
    if (!can(t)) return;
    let killed = 0;
    for (let lines = 1; lines <= 5; lines++) {
      if (state !== 'absent') await box.add('alice');
      if (state === 'stopped') await box.work('POST', '/v1/tenants/alice/stop', { timeoutMs: 0 });
      if (await killAfterLines(lines, args)) killed += 1;
      await untilEqual(listUnsettled, [], 'nothing is under way');
      const names = (await box.list()).map(({ name }) => name);
      if (state !== 'absent' && title !== 'rm') assert.ok(names.includes('alice'));
      if (names.includes('alice')) {
        assert.ok(['running', 'stopped'].includes((await box.show('alice')).state));
        await box.remove('alice');
      }
      assert.equal((await box.show('bob')).state, 'running');
    }
    assert.ok(killed > 0, 'no kill came in time');
    t.diagnostic(`${killed} of 5 were killed in time`);
  });
}
