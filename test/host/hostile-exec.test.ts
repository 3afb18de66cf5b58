// What a command inside a tenant gets of the terminal and the open files of the admin who runs it: nothing.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Box } from '../support/daemon.ts';
import { requires } from '../support/requires.ts';

const LAUNCHER = join(import.meta.dirname, '../../src/cli/launcher.sh');
const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: Box;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
  await box.add('alice');
});
after(() => box?.close());

const env = (): Record<string, string> => ({ PATH: process.env['PATH'] ?? '', TENANTCTL_RUN: box.run });

/** Types nothing: runs a line of shell with a terminal of its own as the controlling one, as in an admin's session. */
const onTerminal = (line: string): string =>
  spawnSync('script', ['-qec', line, '/dev/null'], { env: env(), timeout: 30_000, encoding: 'utf8', input: '' }).stdout;

test('a command whose input and output are no terminals cannot open the terminal of the admin', (t) => {
  if (!can(t)) return;
  const seen = join(box.base, 'seen');
  const probe = 'if true </dev/tty; then echo open; else echo closed; fi';
  onTerminal(
    `sh ${LAUNCHER} exec alice -- sh -c '${probe}' </dev/null >${seen} 2>/dev/null; true </dev/tty && echo mine`,
  );
  assert.equal(readFileSync(seen, 'utf8'), 'closed\n');
});

test('a command on a terminal has one of its own and cannot type into it for the admin', (t) => {
  if (!can(t)) return;
  const mark = join(box.base, 'mark');
  const name = onTerminal(`sh ${LAUNCHER} exec alice -- tty; echo '' >${mark}`);
  assert.match(name, /\/dev\/pts\/\d+/);
  assert.ok(existsSync(mark));
});

test('a command gets the descriptors 0, 1 and 2, and none of the others that the admin had open', (t) => {
  if (!can(t)) return;
  const secret = join(box.base, 'secret');
  writeFileSync(secret, 'secret');
  const fd = openSync(secret, 'r');
  const stdio = ['ignore', 'pipe', 'pipe', fd, ...Array<'ignore'>(8).fill('ignore'), fd] as const;
  const run = (...argv: string[]) =>
    spawnSync('sh', [LAUNCHER, 'exec', 'alice', '--', ...argv], { env: env(), stdio: [...stdio], encoding: 'utf8' });
  const { stdout, stderr } = run('sh', '-c', 'for n in 3 12; do cat /proc/self/fd/$n; done');
  assert.equal(stdout, '', 'the secret did not go along');
  assert.match(stderr, /fd\/3.*\n.*fd\/12/);
  assert.equal(run('sh', '-c', 'exit 9').status, 9);
});
