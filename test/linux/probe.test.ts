// Facts read from a folder that looks like a kernel.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseStat } from '../../src/linux/host-sample.ts';
import {
  isKernelAtLeast,
  parseKernelRelease,
  parseLxcfsMount,
  parseMeminfo,
  parseSysResource,
  probeHost,
} from '../../src/linux/probe.ts';

const MEMINFO =
  'MemTotal:        4046196 kB\nMemFree: 1 kB\nMemAvailable:    3000000 kB\nSwapTotal:       1048572 kB\n';
const MOUNTS = `22 27 0:21 / /proc rw,relatime - proc proc rw
90 27 0:50 / /var/lib/lx\\040cfs rw,nosuid,nodev,relatime - fuse.lxcfs lxcfs rw,user_id=0
`;
const OUTER = '91 22 0:60 /proc/cpuinfo /proc/cpuinfo rw,nosuid,nodev,relatime - fuse.lxcfs lxcfs rw,user_id=0\n';

/** What a fixture writes, by path below its root. */
const FILES: Readonly<Record<string, string>> = {
  'proc/sys/kernel/osrelease': '6.1.0-18-amd64\n',
  'proc/sys/kernel/random/boot_id': '5f0c8a1e-0000-4000-8000-000000000001\n',
  'proc/sys/kernel/hostname': 'box\n',
  'proc/meminfo': MEMINFO,
  'proc/self/mountinfo': MOUNTS,
  'proc/self/status': 'Name:\tnode\nCapEff:\t000001ffffffffff\n',
  'proc/pressure/cpu': 'some avg10=0.00\n',
  'sys/devices/system/cpu/online': '0-2,5\n',
  'run/systemd/system/.keep': '',
};

const writeRoots = (t: TestContext, files: Readonly<Record<string, string>>) => {
  const root = mkdtempSync(join(tmpdir(), 'tenantctl-probe-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { proc: join(root, 'proc'), sys: join(root, 'sys'), run: join(root, 'run') };
};

const cgroups = { version: 'v2', unenforceable: { ioRead: 'no device' } } as const;

test('a machine that can do everything is read as such', (t) => {
  assert.deepEqual(probeHost({ roots: writeRoots(t, FILES), cgroups }), {
    hostname: 'box',
    kernel: '6.1.0-18-amd64',
    bootId: '5f0c8a1e-0000-4000-8000-000000000001',
    cpus: 4,
    cpuList: '0-2,5',
    memory: 4046196 * 1024,
    swap: 1048572 * 1024,
    cgroup: 'v2',
    unenforceable: { ioRead: 'no device' },
    systemd: true,
    psi: true,
    lxcfs: '/var/lib/lx cfs',
    idmappedOverlay: true,
    sysResource: true,
  });
});

test('what is absent reads as absent', (t) => {
  const { 'proc/pressure/cpu': _, 'run/systemd/system/.keep': __, ...rest } = FILES;
  const files = {
    ...rest,
    'proc/self/mountinfo': OUTER,
    'proc/self/status': 'CapEff:\t000001fffeffffff\n',
    'proc/sys/kernel/osrelease': '5.15.0\n',
  };
  const facts = probeHost({ roots: writeRoots(t, files), cgroups });
  assert.deepEqual(
    [facts.psi, facts.systemd, facts.lxcfs, facts.sysResource, facts.idmappedOverlay],
    [false, false, null, false, false],
  );
});

test('what the rootfs probe found by trying wins over the kernel version', (t) => {
  assert.equal(probeHost({ roots: writeRoots(t, FILES), cgroups, idmappedOverlay: false }).idmappedOverlay, false);
});

test('without /proc the probe says which file it could not read', () => {
  const roots = { proc: '/nonexistent', sys: '/nonexistent', run: '/nonexistent' };
  assert.throws(() => probeHost({ roots, cgroups }), /reading \/nonexistent\/sys\/kernel\/osrelease: ENOENT/);
});

test('kernel releases compare by major and minor number', () => {
  assert.deepEqual(parseKernelRelease('6.18.44-fc'), [6, 18]);
  assert.deepEqual(parseKernelRelease('strange'), [0, 0]);
  assert.equal(isKernelAtLeast('5.19.0', 5, 19), true);
  assert.equal(isKernelAtLeast('5.4.0', 5, 19), false);
  assert.equal(isKernelAtLeast('6.1.0', 5, 19), true);
});

test('meminfo is in bytes, and a missing field is 0', () => {
  assert.equal(parseMeminfo(MEMINFO)('MemAvailable'), 3000000 * 1024);
  assert.equal(parseMeminfo(MEMINFO)('Nothing'), 0);
});

test('the mount of an outer lxcfs over one file is not lxcfs itself', () => {
  assert.equal(parseLxcfsMount(OUTER), null);
  assert.equal(parseLxcfsMount(OUTER + MOUNTS), '/var/lib/lx cfs');
});

test('CAP_SYS_RESOURCE is bit 24', () => {
  assert.equal(parseSysResource('CapEff:\t0000000001000000\n'), true);
  assert.equal(parseSysResource('CapEff:\t0000000000ffffff\n'), false);
  assert.equal(parseSysResource(''), false);
});

test('idle comes from ticks of 10 ms, busy is what is left; stolen time is neither', () => {
  assert.deepEqual(parseStat('cpu  100 10 50 1000 40 5 7 99 30 3\ncpu0 1 1 1 1\n', 12_900_000), {
    busyUsec: 12_900_000 - 1139 * 10_000,
    idleUsec: 1040 * 10_000,
    iowaitUsec: 40 * 10_000,
    stolenUsec: 99 * 10_000,
  });
  assert.equal(parseStat('cpu  1 0 0 3 0 0 0 0 0 0\n', 29_999).busyUsec, 0);
});
