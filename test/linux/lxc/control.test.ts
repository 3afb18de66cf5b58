// What is read from LXC without asking it: sockets of monitors, and how the last run ended, from logs of real runs.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandSocket, isOrderlyEnd, parseAbstractSockets, parseLastEnd } from '../../../src/linux/lxc/control.ts';

const logOf = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../fixtures/lxc-logs', `${name}.txt`), 'utf8');

/** Written by LXC 5.0.2 at level INFO; each name says what init did. */
const ENDS: readonly (readonly [string, unknown, boolean])[] = [
  ['poweroff', { kind: 'exit', status: 0 }, true],
  ['reboot2-poweroff', { kind: 'signal', signal: 2 }, true],
  ['exit0', { kind: 'exit', status: 0 }, true],
  ['exit3', { kind: 'exit', status: 3 }, false],
  ['kill9', { kind: 'signal', signal: 9 }, false],
  ['reboot-then-exit5', { kind: 'exit', status: 5 }, false],
  ['running', undefined, false],
];

test('the end of each real run is read from its log, and only a power-off is orderly', () => {
  for (const [name, end, orderly] of ENDS) {
    assert.deepEqual(parseLastEnd(logOf(name)), end, name);
    assert.equal(isOrderlyEnd(parseLastEnd(logOf(name))), orderly, name);
  }
});

test('of several runs in one log the last one counts', () => {
  assert.deepEqual(parseLastEnd(logOf('kill9') + logOf('exit0')), { kind: 'exit', status: 0 });
  assert.deepEqual(parseLastEnd(logOf('exit0') + logOf('kill9')), { kind: 'signal', signal: 9 });
  assert.equal(parseLastEnd(logOf('exit0') + logOf('running')), undefined);
});

test('the end of another process is not that of init', () => {
  const log = logOf('running').concat(
    'lxc-start alice 1 INFO error - e.c:f:1 - Child <77> ended on signal Killed(9)\n',
  );
  assert.equal(parseLastEnd(log), undefined);
});

test('a log that says nothing is no orderly end', () => {
  for (const log of ['', 'Removed interface "x"', '\0\0\0', 'Started "/sbin/init" with pid "abc"'])
    assert.equal(isOrderlyEnd(parseLastEnd(log)), false, JSON.stringify(log));
});

test('abstract sockets are read from the table of the kernel, names with spaces whole', () => {
  const text = [
    'Num       RefCount Protocol Flags    Type St Inode Path',
    '0000000000000000: 00000002 00000000 00010000 0001 01 11 @/var/lib/tenantctl/tenants/alice/command',
    '0000000000000000: 00000002 00000000 00010000 0001 01 12 /run/tenantctl/tenantctl.sock',
    '0000000000000000: 00000003 00000000 00000000 0001 03 13',
    '0000000000000000: 00000002 00000000 00010000 0001 01 14 @with space/x',
    '',
  ].join('\n');
  assert.deepEqual(parseAbstractSockets(text), new Set(['@/var/lib/tenantctl/tenants/alice/command', '@with space/x']));
});

test('a real abstract socket is found while it listens, and not after', async () => {
  const name = `tenantctl-test-${process.pid}/command`;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`\0${name}`, resolve));
  const seen = (): boolean => parseAbstractSockets(readFileSync('/proc/net/unix', 'utf8')).has(`@${name}`);
  assert.equal(seen(), true);
  await new Promise((resolve) => server.close(resolve));
  assert.equal(seen(), false);
});

test('a short path names the socket itself; one beyond sun_path is hashed, each to its own name', () => {
  assert.equal(commandSocket('/var/lib/tenantctl/tenants', 'alice'), '@/var/lib/tenantctl/tenants/alice/command');
  const long = `/${'x'.repeat(100)}`;
  const hashed = commandSocket(long, 'alice');
  assert.match(hashed, /^@lxc\/[0-9a-f]{16}\/command$/);
  assert.notEqual(hashed, commandSocket(long, 'bob'));
  assert.equal(hashed, commandSocket(long, 'alice'));
});

test('the longest path that is not hashed leaves room for the zero before and after (unix(7): 108 bytes)', () => {
  const pathOf = (length: number): string => `/${'x'.repeat(length - '/a/command'.length - 1)}`;
  assert.match(commandSocket(pathOf(106), 'a'), /^@\/x/);
  assert.match(commandSocket(pathOf(107), 'a'), /^@lxc\//);
});
