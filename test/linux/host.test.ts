// The checks of doctor: each verdict from known facts, deadlines, and what happens when a check itself breaks.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { problem } from '../../src/domain/errors.ts';
import { type CheckFacts, pass, type Run } from '../../src/linux/checks/check-spec.ts';
import { ALL_CHECKS, runChecks } from '../../src/linux/checks/run-checks.ts';
import { openHostSampler } from '../../src/linux/host-sample.ts';
import { openInventory } from '../../src/linux/inventory.ts';
import type { Check } from '../../src/ports/host.ts';
import { createClock } from '../fakes/clock.ts';
import { HOST_FACTS } from '../fakes/host.ts';

const MiB = 2 ** 20;
const V2 = 'rw,nsdelegate,memory_recursiveprot';

const ROUTES = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
  'eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  'eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  '',
].join('\n');

const KERNEL_FILES: Readonly<Record<string, string>> = {
  'proc/self/mountinfo': `31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 ${V2}\n`,
  'proc/filesystems': 'nodev\tproc\nnodev\toverlay\n\text4\n',
  'proc/net/route': ROUTES,
  'proc/devices': 'Block devices:\n  7 loop\n',
  'proc/sys/kernel/core_pattern': 'core\n',
  'proc/sys/fs/protected_symlinks': '1\n',
  'proc/sys/net/ipv4/neigh/default/gc_thresh3': '8192\n',
  'sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n',
};

/** Answers as the programs of Debian 12 do. */
const answer: Run = async (program) => ({
  status: 0,
  stdout: program.startsWith('lxc') ? '5.0.2\n' : `${program} 1.0\n`,
  stderr: '',
});

const make = (
  t: TestContext,
  files: Readonly<Record<string, string>> = {},
  known: Partial<CheckFacts> = {},
): CheckFacts => {
  const root = mkdtempSync(join(tmpdir(), 'tenantctl-doctor-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries({ ...KERNEL_FILES, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return {
    facts: { ...HOST_FACTS, swap: MiB },
    roots: { proc: join(root, 'proc'), sys: join(root, 'sys'), run: join(root, 'run') },
    stateFolder: root,
    house: { cpu: 1900, memory: HOST_FACTS.memory - 256 * MiB },
    network: { method: 'nft', checkIsolation: async () => true },
    run: answer,
    uid: 0,
    ...known,
  };
};

const find = (checks: readonly Check[], id: string): Check => {
  const check = checks.find((other) => other.id === id);
  assert.ok(check, `no check ${id}`);
  return check;
};

test('every check has a name of its own, and all but those of the real disk pass on a good host', async (t) => {
  const checks = await runChecks(make(t));
  assert.equal(new Set(checks.map(({ id }) => id)).size, ALL_CHECKS.length);
  const real = ['state-folder', 'state-space', 'state-filesystem', 'loop'];
  const others = checks.filter(({ id, status }) => status !== 'pass' && !real.includes(id));
  assert.deepEqual(others, []);
});

test('what does not pass says what to type', async (t) => {
  const bad = make(
    t,
    {
      'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
      'proc/filesystems': 'nodev\tproc\n',
      'proc/net/route': ROUTES.split('\n').toSpliced(1, 1).join('\n'),
      'proc/devices': '',
      'proc/sys/kernel/core_pattern': '|/usr/lib/catcher %P\n',
      'proc/sys/fs/protected_symlinks': '0\n',
      'proc/sys/net/ipv4/neigh/default/gc_thresh3': '1024\n',
      'sys/fs/cgroup/cgroup.controllers': 'cpu\n',
    },
    {
      uid: 1000,
      facts: {
        ...HOST_FACTS,
        kernel: '4.19.0',
        psi: false,
        lxcfs: null,
        idmappedOverlay: false,
        sysResource: false,
        unenforceable: { ioRead: 'cgroup v1' },
      },
      house: { cpu: 2000, memory: HOST_FACTS.memory },
      network: { method: 'rules', checkIsolation: async () => false },
      run: async (program) => {
        throw problem('COMMAND_MISSING', { command: program });
      },
    },
  );
  const checks = await runChecks(bad);
  const wanted = {
    root: 'fail',
    kernel: 'fail',
    'house-reserve': 'warn',
    idmap: 'warn',
    pressure: 'warn',
    swap: 'warn',
    controllers: 'fail',
    delegation: 'warn',
    limits: 'warn',
    'resource-capability': 'warn',
    lxc: 'unknown',
    'lxc-start': 'fail',
    nft: 'fail',
    debootstrap: 'warn',
    lxcfs: 'warn',
    overlay: 'fail',
    loop: 'fail',
    network: 'warn',
    'ipv4-route': 'warn',
    isolation: 'fail',
    sysctls: 'warn',
    'core-pattern': 'warn',
    neighbours: 'warn',
  };
  assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((id) => [id, find(checks, id).status])), wanted);
  for (const { id, status, fix } of checks) assert.equal(fix === '', status === 'pass', id);
});

test('a limit that cannot be enforced is named with its flag and the reason', async (t) => {
  const known = make(t, {}, { facts: { ...HOST_FACTS, unenforceable: { ioRead: 'cgroup v1 has no such thing' } } });
  assert.match(find(await runChecks(known), 'limits').summary, /--io-read: cgroup v1 has no such thing/);
});

test('the sysctls to set are written out', async (t) => {
  const checks = await runChecks(make(t, { 'proc/sys/fs/protected_symlinks': '0\n' }));
  assert.equal(find(checks, 'sysctls').fix, 'sysctl -w fs.protected_symlinks=1');
});

test('a state folder that others can read is warned about', async (t) => {
  const known = make(t);
  const { chmodSync } = await import('node:fs');
  chmodSync(known.stateFolder, 0o755);
  assert.equal(find(await runChecks(known), 'state-folder').fix, `chmod 0711 ${known.stateFolder}`);
});

test('a check that hangs is unknown after its own deadline, and the others still answer', async (t) => {
  const checks = await runChecks(make(t), [
    { id: 'hangs', timeoutMs: 5, look: () => new Promise(() => undefined) },
    { id: 'answers', timeoutMs: 1000, look: () => pass('here') },
  ]);
  assert.deepEqual(
    checks.map(({ id, status }) => [id, status]),
    [
      ['hangs', 'unknown'],
      ['answers', 'pass'],
    ],
  );
});

test('a check that throws is unknown, with the reason', async (t) => {
  const look = (): never => {
    throw problem('KERNEL_READ', { path: '/x', errno: 'EIO' });
  };
  const [check] = await runChecks(make(t), [{ id: 'breaks', timeoutMs: 1000, look }]);
  assert.equal(check?.status, 'unknown');
  assert.match(check.summary, /reading \/x: EIO/);
});

test('the sampler reads the files again each time, on descriptors that stay open', (t) => {
  const { roots } = make(t, {
    'proc/stat': 'cpu  1 0 0 2 0 0 0 0 0 0\n',
    'proc/meminfo': 'MemTotal: 8 kB\nMemFree: 1 kB\nMemAvailable: 4 kB\n',
  });
  const sampler = openHostSampler(roots.proc, 2);
  t.after(() => sampler.close());
  const before = Number(/^(\d+\.\d+)/.exec(readFileSync('/proc/uptime', 'utf8'))?.[1]) * 1000;
  const { upMs, busyUsec, ...sample } = sampler.sample(7);
  assert.ok(upMs > 0 && upMs <= before + 60_000, 'since the start of the box, not of this process');
  assert.equal(busyUsec, upMs * 2000 - 20_000, 'what two CPUs were not idle');
  assert.deepEqual(sample, {
    at: 7,
    idleUsec: 20_000,
    iowaitUsec: 0,
    stolenUsec: 0,
    memoryTotal: 8192,
    memoryAvailable: 4096,
    swapUsed: 0,
    memoryFullUsec: null,
    cpuSomeUsec: null,
    memorySomeUsec: null,
    ioSomeUsec: null,
  });
  writeFileSync(join(roots.proc, 'stat'), 'cpu  3 0 0 5 0 0 0 0 0 0\n');
  assert.equal(sampler.sample(8).idleUsec, 50_000);
});

test('the inventory asks the machine once in five minutes', async () => {
  const clock = createClock();
  const read = openInventory({ facts: HOST_FACTS, clock, stateFolder: '/var/lib/tenantctl' });
  const first = await read();
  assert.equal(first.kernel, HOST_FACTS.kernel);
  assert.ok(first.memory > 0 && first.filesystems.length > 0);
  assert.equal(await read(), first);
  await clock.advance(5 * 60_000);
  assert.notEqual(await read(), first);
});
