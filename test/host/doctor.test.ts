// Facts and checks of this very machine, against what other programs say about it.

import assert from 'node:assert/strict';
import { cpus, hostname, release, totalmem } from 'node:os';
import { type TestContext, test } from 'node:test';
import { buildInstance } from '../../src/domain/instance.ts';
import { run } from '../../src/linux/exec.ts';
import { type OpenHost, openHost } from '../../src/linux/host.ts';
import { openHostSettings } from '../../src/linux/host-settings.ts';
import { openNetwork } from '../../src/linux/network/open.ts';
import { createLog } from '../fakes/log.ts';
import { requires } from '../support/requires.ts';

const STATE = '/tmp/state-of-the-doctor-test';

const open = async (t: TestContext): Promise<OpenHost> => {
  const network = await openNetwork({
    instance: buildInstance(STATE),
    log: createLog(),
    settings: openHostSettings(`${STATE}/run`, '/proc'),
  });
  const host = openHost({
    cgroups: { version: 'v2', unenforceable: {} },
    clock: { monotonic: () => performance.now() },
    stateFolder: STATE,
    house: { cpu: cpus().length * 950, memory: totalmem() - 2 ** 28 },
    network,
  });
  t.after(() => host.close());
  return host;
};

test('the facts are those that the C library and Node tell', async (t) => {
  const { facts } = await open(t);
  assert.equal(facts.hostname, hostname());
  assert.equal(facts.kernel, release());
  assert.equal(facts.cpus, cpus().length);
  assert.ok(Math.abs(facts.memory - totalmem()) < 2 ** 20);
});

test('work of this process shows up in the busy time of the host', async (t) => {
  const host = await open(t);
  const before = host.sample(0);
  const spent = process.cpuUsage();
  const until = performance.now() + 5000;
  while (process.cpuUsage(spent).user < 300_000 && performance.now() < until) Math.sqrt(performance.now());
  const { user, system } = process.cpuUsage(spent);
  const after = host.sample(1);
  // a tick is 10 ms per CPU, so the two ends may be one tick off each
  assert.ok(after.busyUsec - before.busyUsec >= user + system - 20_000 * (host.facts.cpus + 1));
  assert.ok(after.idleUsec >= before.idleUsec);
  assert.ok(after.memoryAvailable > 0 && after.memoryAvailable <= after.memoryTotal);
});

test('the inventory names this machine', async (t) => {
  const inventory = await (await open(t)).inventory();
  assert.equal(inventory.kernel, release());
  assert.ok(inventory.filesystems.some(({ mount, size, used }) => mount === '/' && size > 0 && used > 0));
});

test('doctor finds the programs and says that the rules do not stand yet', async (t) => {
  if (!requires(t, 'root', 'lxc')) return;
  const host = await open(t);
  const checks = new Map((await host.check()).map((check) => [check.id, check]));
  const { stdout } = await run('lxc-start', ['--version']);
  assert.equal(checks.get('lxc')?.summary, `LXC ${stdout.trim()}`);
  for (const id of ['root', 'ip', 'mkfs.ext4', 'resize2fs', 'losetup', 'overlay', 'loop'])
    assert.equal(checks.get(id)?.status, 'pass', `${id}: ${checks.get(id)?.summary}`);
  assert.equal(checks.get('isolation')?.status, 'fail');
  for (const { id, status, fix } of checks.values()) assert.equal(fix === '', status === 'pass', id);
});
