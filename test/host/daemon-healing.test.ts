// After the power was gone, and after an orderly end: what ran runs again, what was stopped or frozen is so again.

import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Box } from '../support/daemon.ts';
import { listCgroups, listLinks, listProcesses } from '../support/leftovers.ts';
import { isV2, readLimit, writeLimit } from '../support/limit-files.ts';
import { until, untilEqual } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { watchProcess } from '../support/tenant-process.ts';

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: Box;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
  for (const name of ['alice', 'bob', 'carol']) await box.add(name);
  await box.act('bob', 'stop');
  await box.act('carol', 'freeze');
});
after(() => box?.close());

const STATES = { alice: 'running', bob: 'stopped', carol: 'frozen' };
const readStates = async (): Promise<object> =>
  Object.fromEntries((await box.list()).map(({ name, state }) => [name, state]));

test('an orderly end of the daemon leaves tenants as they are, and the next one takes them over', async (t) => {
  if (!can(t)) return;
  const checks = await Promise.all(['alice', 'carol'].map((name) => watchProcess(box, name)));
  assert.deepEqual(await box.stop(), { code: 0, signal: null });
  for (const check of checks) check();
  assert.equal((await box.exec('alice', 'hostname')).stdout, 'alice\n');
  await box.start();
  await untilEqual(readStates, STATES, 'the states');
  await until('a sample', async () => (await box.show('alice')).usage !== null);
  for (const check of checks) check();
});

test('a daemon that was killed is followed by one that repairs what drifted meanwhile', async (t) => {
  if (!can(t)) return;
  const checks = await Promise.all(['alice', 'carol'].map((name) => watchProcess(box, name)));
  await box.kill();
  const { payload } = box.place('alice');
  writeLimit(payload, 'pids', 33);
  await box.start();
  await untilEqual(() => readLimit(payload, 'pids'), 64, 'the limit');
  await untilEqual(readStates, STATES, 'the states');
  for (const check of checks) check();
});

test('what was thawed or stopped behind a dead daemon is frozen or started again', async (t) => {
  if (!can(t)) return;
  await box.kill();
  for (const { pid, title } of listProcesses(box.base)) if (title.endsWith(' alice')) process.kill(pid, 'SIGKILL');
  await box.start();
  await untilEqual(readStates, STATES, 'the states');
  assert.equal((await box.exec('alice', 'hostname')).stdout, 'alice\n');
});

test('after a loss of everything that ran, tenants come back as they were', async (t) => {
  if (!can(t)) return;
  await box.sh('alice', 'echo kept > /root/mark; sync');
  await box.kill();
  // the monitors die with SIGKILL, nothing is unmounted, /run is empty: what a reboot leaves, and more
  for (const { pid } of listProcesses(box.base)) process.kill(pid, 'SIGKILL');
  await until('all monitors are gone', () => listProcesses(box.base).length === 0);
  rmSync(box.run, { recursive: true });
  mkdirSync(box.run);
  await box.start();
  await untilEqual(readStates, STATES, 'the states');
  assert.equal((await box.exec('alice', 'cat', '/root/mark')).stdout, 'kept\n');
  assert.equal(listLinks(box.instance).length, 2);
  assert.deepEqual(listCgroups(box.instance).sort(), ['alice', 'carol']);
  assert.equal((await box.act('carol', 'thaw')).state, 'running');
  assert.equal((await box.exec('carol', 'hostname')).stdout, 'carol\n');
  await box.act('carol', 'freeze');
});

test('control groups and links of nobody are swept at the next start', async (t) => {
  if (!can(t)) return;
  await box.stop();
  const root = isV2() ? '/sys/fs/cgroup' : '/sys/fs/cgroup/pids';
  mkdirSync(join(root, box.instance.name, 'ghost', 'payload'), { recursive: true });
  await box.start();
  await untilEqual(() => listCgroups(box.instance).sort(), ['alice', 'carol'], 'the ghost is gone');
  assert.ok((await box.events()).some(({ text }) => text.includes('ghost')));
});
