// Tenants that end by themselves or are ended behind the daemon's back: noticed, and started again by their policy.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Box } from '../support/daemon.ts';
import { listProcesses } from '../support/leftovers.ts';
import { isV2, readLimit } from '../support/limit-files.ts';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { initPid, watchProcess } from '../support/tenant-process.ts';
import { buildProgram } from '../support/tiny-program.ts';

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: Box;
let checkBob: () => void;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
  await box.add('bob');
  await box.add('alice');
  checkBob = await watchProcess(box, 'bob');
});
after(() => box?.close());

const lastSeq = async (): Promise<number> => (await box.version()).lastSeq;

/** Waits until alice runs with another first process than the given one. */
const waitForNewRun = (pid: number): Promise<number> =>
  until('a new first process', async () => {
    const view = await box.show('alice');
    return view.state === 'running' && view.pid !== null && view.pid !== pid ? view.pid : undefined;
  });

const works = async (): Promise<void> => assert.equal((await box.exec('alice', 'hostname')).stdout, 'alice\n');

const findMonitor = (name: string): number => {
  const wanted = `[lxc monitor] ${join(box.state, 'tenants')} ${name}`;
  // a kernel without PR_SET_MM_MAP (prctl(2); user-mode-linux) leaves it the title of lxc-start
  const isMonitor = (title: string): boolean =>
    title === wanted || (title.startsWith('lxc-start ') && title.includes(` -n ${name} `));
  const found = listProcesses(box.base).find(({ title }) => isMonitor(title));
  assert.ok(found, `no monitor of ${name}`);
  return found.pid;
};

test('a first process that is killed is started again, and both are told', async (t) => {
  if (!can(t)) return;
  const since = await lastSeq();
  const pid = await initPid(box, 'alice');
  process.kill(pid, 'SIGKILL');
  await box.waitForEvent('tenant-died', 'alice', since);
  await box.waitForEvent('tenant-restarted', 'alice', since);
  await waitForNewRun(pid);
  await works();
  assert.equal((await box.show('alice')).faults.deaths, 1);
  checkBob();
});

test('the monitor of LXC killed: its tenant is brought back', async (t) => {
  if (!can(t)) return;
  const since = await lastSeq();
  const pid = await initPid(box, 'alice');
  process.kill(findMonitor('alice'), 'SIGKILL');
  await box.waitForEvent('tenant-died', 'alice', since);
  await waitForNewRun(pid);
  await works();
  checkBob();
});

test('lxc-stop by hand is noticed: the tenant is wanted up, so it comes up', async (t) => {
  if (!can(t)) return;
  const since = await lastSeq();
  const pid = await initPid(box, 'alice');
  const { status } = spawnSync('lxc-stop', ['-P', join(box.state, 'tenants'), '-n', 'alice', '-k'], { cwd: '/' });
  assert.equal(status, 0);
  await box.waitForEvent('tenant-died', 'alice', since);
  await waitForNewRun(pid);
  await works();
});

/** `reboot(2)` of a tenant needs a program, and a minimal one has none: so many bytes are one (reboot(2), elf(5)). */
const reboot = async (command: number): Promise<void> => {
  const program = buildProgram([0xfee1dead, 672274793, command, 0], 169).toString('base64');
  const { status, stderr } = await box.sh(
    'alice',
    `echo ${program} | base64 -d > /root/reboot && chmod 755 /root/reboot`,
  );
  assert.equal(status, 0, stderr);
  await box.exec('alice', '/root/reboot');
};
const RESTART = 0x1234567; // linux/reboot.h
const POWER_OFF = 0x4321fedc;

test('a reboot from inside comes back, and is no death', async (t) => {
  if (!can(t)) return;
  if (process.arch !== 'x64') return t.skip('the program that reboots is made of x86-64 bytes');
  const pid = await initPid(box, 'alice');
  const deaths = (await box.show('alice')).faults.deaths;
  await reboot(RESTART);
  await waitForNewRun(pid);
  await works();
  assert.equal((await box.show('alice')).faults.deaths, deaths);
  checkBob();
});

/** What is not root's of a group on v1; LXC leaves root the owner, and gives it to the tenant's group (0775). */
const listGiven = (group: string): string[] =>
  ['memory', 'pids', 'freezer', 'cpu'].flatMap((controller) =>
    ['', 'tasks', 'cgroup.procs'].flatMap((file) => {
      const path = join('/sys/fs/cgroup', controller, group, file);
      const { uid, gid } = statSync(path);
      return uid === 0 && gid === 0 ? [] : [`${path} ${uid}:${gid}`];
    }),
  );

test('a reboot from inside is held as a start is: the limits of now, the link, and groups that are not its own', async (t) => {
  if (!can(t)) return;
  if (process.arch !== 'x64') return t.skip('the program that reboots is made of x86-64 bytes');
  await box.set('alice', { limits: { pids: 77 } }); // LXC has the limit of the last start
  const { payload, inner } = box.place('alice');
  const { link } = await box.show('alice');
  const proxyDelay = (): string => readFileSync(`/proc/sys/net/ipv4/neigh/${link}/proxy_delay`, 'utf8').trim();
  assert.equal(proxyDelay(), '0');
  const pid = await initPid(box, 'alice');
  await reboot(RESTART);
  await waitForNewRun(pid);
  assert.equal(readLimit(payload, 'pids'), 77);
  assert.equal(proxyDelay(), '0');
  if (!isV2()) assert.deepEqual(listGiven(inner), []);
});

test('groups are not the tenant’s after a reboot from inside while no daemon is there', async (t) => {
  if (!can(t)) return;
  if (process.arch !== 'x64') return t.skip('the program that reboots is made of x86-64 bytes');
  if (isV2()) return t.skip('v2: delegation is safe');
  const { inner } = box.place('alice');
  const pid = await initPid(box, 'alice');
  await box.kill();
  try {
    await reboot(RESTART);
    const args = ['-P', join(box.state, 'tenants'), '-n', 'alice', '-s', '-p'];
    const look = (): string => spawnSync('lxc-info', args, { cwd: '/', encoding: 'utf8' }).stdout;
    await until('a new run', () => {
      const [, first] = /^State:\s+RUNNING\nPID:\s+(\d+)$/m.exec(look()) ?? [];
      return first !== undefined && Number(first) !== pid;
    });
    assert.deepEqual(listGiven(inner), []);
  } finally {
    await box.start();
  }
});

test('reboot(2) with power-off from inside stays off under on-failure', async (t) => {
  if (!can(t)) return;
  if (process.arch !== 'x64') return t.skip('the program that reboots is made of x86-64 bytes');
  await reboot(POWER_OFF);
  await until('stopped is what is wanted', async () => (await box.show('alice')).desired === 'stopped');
  await box.act('alice', 'start');
  await works();
});

test('a power-off from inside stays off under on-failure', async (t) => {
  if (!can(t)) return;
  assert.equal((await box.show('alice')).restart, 'on-failure');
  const since = await lastSeq();
  await box.exec('alice', 'kill', '-PWR', '1');
  await until('stopped is what is wanted', async () => (await box.show('alice')).desired === 'stopped');
  const view = await box.show('alice');
  assert.equal(view.state, 'stopped');
  assert.match(view.reason, /powered itself off/);
  assert.equal((await box.waitForEvent('tenant-died', 'alice', since)).data['orderly'], true);
  await box.restart();
  assert.equal((await box.show('alice')).state, 'stopped');
  await box.act('alice', 'start');
  await works();
});

test('a power-off from inside is started again under always', async (t) => {
  if (!can(t)) return;
  await box.set('alice', { restart: 'always' });
  const pid = await initPid(box, 'alice');
  await box.exec('alice', 'kill', '-PWR', '1');
  await waitForNewRun(pid);
  await works();
});

test('under never it stays down whatever ended it', async (t) => {
  if (!can(t)) return;
  await box.set('alice', { restart: 'never' });
  process.kill(await initPid(box, 'alice'), 'SIGKILL');
  const view = await until('down for good', async () => {
    const now = await box.show('alice');
    return now.state === 'stopped' && now.reason !== '' ? now : undefined;
  });
  assert.match(view.reason, /never/);
  await box.set('alice', { restart: 'on-failure' });
  await box.act('alice', 'start');
});

test('a tenant that crashes at once is given up after ten tries, and stays failed', async (t) => {
  if (!can(t)) return;
  const { deaths } = (await box.show('alice')).faults;
  const since = await lastSeq();
  // a first process that ends with 1; the real one is kept beside it
  const { status, stderr } = await box.sh(
    'alice',
    'cp -a /sbin/init /root/init && printf "#!/bin/sh\\nexit 1\\n" > /sbin/init && chmod 755 /sbin/init',
  );
  assert.equal(status, 0, stderr);
  process.kill(await initPid(box, 'alice'), 'SIGKILL');
  const given = await box.waitForEvent('restart-given-up', 'alice', since, 120_000);
  assert.match(given.text, /11 times within a minute/);
  const view = await box.show('alice');
  assert.equal(view.state, 'failed');
  assert.match(view.reason, /times within a minute/);
  assert.equal(view.faults.deaths - deaths, 11, 'the first death and ten tries');
  checkBob();
});

test('a failed tenant can still be removed', async (t) => {
  if (!can(t)) return;
  await box.remove('alice');
  assert.deepEqual(
    (await box.list()).map(({ name }) => name),
    ['bob'],
  );
  assert.ok(readFileSync(join(box.state, 'registry.json'), 'utf8').includes('"bob"'));
});
