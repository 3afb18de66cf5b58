// Choosing and probing on folders that play kernels; systemd as the owner of house and scopes.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildPlace } from '../../../src/domain/instance.ts';
import { DEFAULT_LIMITS } from '../../../src/domain/limits.ts';
import { detectHierarchies } from '../../../src/linux/cgroup/detect.ts';
import { ensureValue } from '../../../src/linux/cgroup/limit-files.ts';
import { openCgroups } from '../../../src/linux/cgroup/open.ts';
import { resolveInside } from '../../../src/linux/cgroup/tree.ts';
import type { CgroupVersion } from '../../../src/ports/cgroups.ts';
import { openFolderKernel } from './folder-kernel.ts';

const instance = { name: 'tenantctl_folder', slots: { first: 0, count: 1 } };
const place = buildPlace(instance, 'alice', true);

const open = (
  version: CgroupVersion,
  more: { device?: string | null; swap?: number } = {},
  change?: (root: string) => void,
) => {
  const kernel = openFolderKernel(version);
  change?.(kernel.root);
  const { root, folders } = kernel;
  const cgroups = openCgroups({ root, version, systemd: false, device: '8:0', swap: 0, folders, ...more });
  kernel.close();
  return cgroups;
};

test('a folder that is no cgroup filesystem is refused, whatever files it has', () => {
  const folder = mkdtempSync('/var/tmp/tenantctl-');
  writeFileSync(join(folder, 'cgroup.controllers'), 'cpu memory pids');
  assert.throws(() => openCgroups({ root: folder, systemd: false, device: null, swap: 0 }), { code: 'UNSUPPORTED' });
  rmSync(folder, { recursive: true });
});

test('links beside the hierarchies name none twice, and a shared one serves all its controllers', () => {
  const kernel = openFolderKernel('v1');
  rmSync(join(kernel.root, 'cpuacct'), { recursive: true });
  rmSync(join(kernel.root, 'pids'), { recursive: true });
  symlinkSync('cpu', join(kernel.root, 'cpuacct'));
  const { folders, controllers, unified } = detectHierarchies(kernel.root, 'v1');
  assert.ok(!folders.some((path) => path.endsWith('/cpuacct') || path.endsWith('/unified')));
  assert.deepEqual([controllers.has('cpuacct'), controllers.has('pids'), unified], [false, false, undefined]);
  kernel.close();
});

test('v1 says that input and output cannot be limited; v2 says so without a disk of its own', () => {
  assert.deepEqual(Object.keys(open('hybrid').unenforceable), ['ioRead', 'ioWrite']);
  assert.deepEqual(open('v2').unenforceable, {});
  assert.deepEqual(Object.keys(open('v2', { device: null }).unenforceable), ['ioRead', 'ioWrite']);
});

test('a missing controller takes its limits with it, on both generations', () => {
  const old = open('v1', {}, (root) => rmSync(join(root, 'pids'), { recursive: true }));
  assert.match(old.unenforceable.pids ?? '', /pids controller/);
  const slow = open('v1', {}, (root) => rmSync(join(root, 'cpu/cpu.cfs_quota_us')));
  assert.match(slow.unenforceable.cpu ?? '', /CONFIG_CFS_BANDWIDTH/);
  const v2 = open('v2', {}, (root) => writeFileSync(join(root, 'cgroup.controllers'), 'memory pids\n'));
  assert.deepEqual(Object.keys(v2.unenforceable).sort(), ['cpu', 'cpuWeight', 'cpuset', 'ioRead', 'ioWrite']);
});

test('swap can be limited where it is counted, or where there is none', () => {
  const uncounted = (root: string): void => rmSync(join(root, 'memory/memory.memsw.limit_in_bytes'));
  assert.equal(open('v1', { swap: 0 }, uncounted).unenforceable.swap, undefined);
  assert.match(open('v1', { swap: 1 }, uncounted).unenforceable.swap ?? '', /swapaccount/);
  assert.equal(open('v1', { swap: 1 }).unenforceable.swap, undefined);
});

test('what leads out of a hierarchy is no place', () => {
  for (const path of ['../x', 'a/../../x', '/etc', '', 'a//b', './a', 'a/\0'])
    assert.throws(() => resolveInside('/sys/fs/cgroup', path), { code: 'INTERNAL' }, path);
  assert.equal(resolveInside('/sys/fs/cgroup', 'a/b'), '/sys/fs/cgroup/a/b');
});

test('a link in place of a kernel file is not followed', async () => {
  const kernel = openFolderKernel('v2');
  for (const group of [place.root, place.payload]) kernel.makeGroup(group, 'fresh');
  const file = join(kernel.root, place.payload, 'pids.max');
  const outside = join(kernel.root, 'outside');
  writeFileSync(outside, 'untouched');
  rmSync(file);
  symlinkSync(outside, file);
  const { root, folders } = kernel;
  const cgroups = openCgroups({ root, version: 'v2', systemd: false, device: null, swap: 0, folders });
  const data = { path: file, value: '512', errno: 'ELOOP' };
  await assert.rejects(cgroups.apply(place, DEFAULT_LIMITS), { code: 'KERNEL_WRITE', data });
  assert.equal(readFileSync(outside, 'utf8'), 'untouched');
  kernel.close();
});

test('a value that the kernel does not keep is told with path, value and what it reads', async () => {
  const data = { path: '/dev/null', value: '512', got: '' };
  await assert.rejects(ensureValue('/dev/null', '512'), { code: 'LIMIT_NOT_TAKEN', data });
});

test('under systemd the slice takes the ceiling as properties, and scopes are ended through it', async () => {
  const kernel = openFolderKernel('v2');
  const calls: string[] = [];
  const run = async (program: string, args: readonly string[]) => {
    calls.push([program, ...args].join(' '));
    if (args[0] === 'stop' && args[1]?.endsWith('.scope')) rmSync(join(kernel.root, place.root), { recursive: true });
    return { status: 0, stdout: '', stderr: '' };
  };
  for (const group of [place.payload, place.inner, place.monitor]) kernel.makeGroup(group, 'fresh');
  const { root, folders } = kernel;
  const cgroups = openCgroups({ root, version: 'v2', systemd: true, device: null, swap: 0, folders, run });
  await cgroups.ensureHouse(place.house, { cpu: 1905, memory: 4096 * 100 });
  await cgroups.remove(place);
  assert.equal(existsSync(join(kernel.root, place.payload)), false);
  assert.deepEqual(calls, [
    'systemctl set-property --runtime tenantctl_folder.slice CPUQuota=190.5% MemoryMax=409600',
    'systemctl start tenantctl_folder.slice',
    'systemctl stop tenantctl_folder-alice.scope',
    'systemctl reset-failed tenantctl_folder-alice.scope',
  ]);
  assert.equal(existsSync(join(root, place.house, 'memory.max')), false, 'nothing there is written by hand');
  kernel.close();
});

/** A systemctl that writes the scope's file, or one that does not know the property. */
const openWithScope = (version: CgroupVersion, file: string, knows = true) => {
  const kernel = openFolderKernel(version);
  const calls: string[] = [];
  const run = async (program: string, args: readonly string[]) => {
    calls.push([program, ...args].join(' '));
    if (knows) writeFileSync(join(kernel.root, file), `${args.at(-1)?.split('=')[1]}\n`);
    return { status: knows ? 0 : 1, stdout: '', stderr: '' };
  };
  for (const group of [place.root, place.payload, place.inner]) kernel.makeGroup(group, 'fresh');
  const { root, folders } = kernel;
  const cgroups = openCgroups({ root, version, systemd: true, device: null, swap: 0, folders, run });
  return { cgroups, calls, kernel, read: () => readFileSync(join(root, file), 'utf8').trim() };
};

test('under systemd weight and protection of a scope are properties, set only when it differs, on both generations', async () => {
  for (const [version, file, property, change] of [
    ['v2', `${place.root}/cpu.weight`, 'CPUWeight=300', { cpuWeight: 300 }],
    ['hybrid', `cpu/${place.root}/cpu.shares`, 'CPUShares=3072', { cpuWeight: 300 }],
    ['v2', `${place.root}/memory.low`, 'MemoryLow=67108864', { memoryLow: 67_108_864 }],
  ] as const) {
    const { cgroups, calls, kernel } = openWithScope(version, file);
    await cgroups.apply(place, DEFAULT_LIMITS);
    assert.deepEqual(calls, [], 'the defaults are there already');
    const limits = { ...DEFAULT_LIMITS, ...change };
    await cgroups.apply(place, limits);
    await cgroups.apply(place, limits);
    assert.deepEqual(calls, [`systemctl set-property --runtime tenantctl_folder-alice.scope ${property}`]);
    assert.deepEqual(cgroups.findDrift(place, limits), []);
    kernel.close();
  }
});

test('a weight that systemd does not set is written by hand', async () => {
  const { cgroups, calls, kernel, read } = openWithScope('v2', `${place.root}/cpu.weight`, false);
  await cgroups.apply(place, { ...DEFAULT_LIMITS, cpuWeight: 300 });
  assert.deepEqual([calls.length, read()], [1, '300']);
  kernel.close();
});

test('where the memory controller is not delegated, the protection stands on what there is', async () => {
  const kernel = openFolderKernel('v2');
  for (const group of [place.root, place.payload, place.inner]) kernel.makeGroup(group, 'fresh');
  rmSync(join(kernel.root, place.inner, 'memory.low'));
  const { root, folders } = kernel;
  const cgroups = openCgroups({ root, version: 'v2', systemd: false, device: null, swap: 0, folders });
  const limits = { ...DEFAULT_LIMITS, memoryLow: 4096 };
  await cgroups.apply(place, limits);
  assert.deepEqual(cgroups.findDrift(place, limits), []);
  kernel.close();
});
