// A sample of captured trees, figure by figure; and counters that the kernel keeps per group.

import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildPlace } from '../../../src/domain/instance.ts';
import { holdFile, planBudget, readFileLimit, releaseFile } from '../../../src/linux/cgroup/descriptors.ts';
import { openCgroups } from '../../../src/linux/cgroup/open.ts';
import { TreeCounter } from '../../../src/linux/cgroup/tree-counter.ts';
import type { CgroupVersion } from '../../../src/ports/cgroups.ts';
import { openFolderKernel } from './folder-kernel.ts';

const place = buildPlace({ name: 'tenantctl_folder', slots: { first: 0, count: 1 } }, 'alice', false);

const openCaptured = (version: CgroupVersion, device: string | null) => {
  const kernel = openFolderKernel(version);
  kernel.makeGroup(place.payload, 'payload');
  kernel.makeGroup(place.inner, 'ns');
  const { root, folders } = kernel;
  const cgroups = openCgroups({ root, version, systemd: false, device, swap: 0, folders });
  return { kernel, sampler: cgroups.openSampler(place) };
};

const PRESSURE = {
  cpuSomeUsec: 459830,
  memorySomeUsec: 1791,
  memoryFullUsec: 1791,
  ioSomeUsec: 5547,
  ioFullUsec: 5528,
};

test('a hybrid tree: v1 counters, those of the leaf for kills and forks, pressure from unified', () => {
  const { kernel, sampler } = openCaptured('hybrid', '254:0');
  assert.deepEqual(sampler.sample(1234.5), {
    at: 1234.5,
    cpuUsec: 676398,
    cpuUserUsec: 560000,
    cpuSystemUsec: 110000,
    periods: 19,
    throttled: 13,
    throttledUsec: 617602,
    memory: 421888 - 28672,
    memoryCache: 61440,
    swap: 0,
    memoryMaxHits: 0,
    oomKills: 1,
    pids: 19,
    forksRefused: 1,
    ioReadBytes: 43343872,
    ioWriteBytes: 16777216,
    ioReadOps: 474,
    ioWriteOps: 32,
    pressure: PRESSURE,
  });
  sampler.close();
  assert.equal(sampler.sample(2), undefined, 'a closed sampler reads nothing');
  kernel.close();
});

test('a v2 tree, of a kernel that counts refused forks in the leaf', () => {
  const { kernel, sampler } = openCaptured('v2', '98:0');
  assert.deepEqual(sampler.sample(1), {
    at: 1,
    cpuUsec: 1870000,
    cpuUserUsec: 1860000,
    cpuSystemUsec: 10000,
    periods: 41,
    throttled: 37,
    throttledUsec: 1820000,
    memory: 954368,
    memoryCache: 0,
    swap: 0,
    memoryMaxHits: 167,
    oomKills: 1,
    pids: 0,
    forksRefused: 1,
    ioReadBytes: 33554432,
    ioWriteBytes: 16777216,
    ioReadOps: 400,
    ioWriteOps: 144,
    pressure: PRESSURE,
  });
  sampler.close();
  kernel.close();
});

test('since 6.11 the refused forks of the whole tree are in the file of the limited group', () => {
  const kernel = openFolderKernel('v2');
  kernel.makeGroup(place.payload, 'payload');
  kernel.makeGroup(place.inner, 'ns');
  writeFileSync(join(kernel.root, place.payload, 'pids.events.local'), 'max 0\n');
  writeFileSync(join(kernel.root, place.payload, 'pids.events'), 'max 5\n');
  const { root, folders } = kernel;
  const cgroups = openCgroups({ root, version: 'v2', systemd: false, device: null, swap: 0, folders });
  assert.equal(cgroups.openSampler(place).sample(0)?.forksRefused, 5);
  kernel.close();
});

test('without pressure, swap and disk figures a sample says null or 0', () => {
  const { kernel } = openCaptured('v1', null);
  for (const name of ['unified', 'blkio']) rmSync(join(kernel.root, name), { recursive: true });
  const { root, folders } = kernel;
  const cgroups = openCgroups({ root, version: 'v1', systemd: false, device: null, swap: 0, folders });
  const sample = cgroups.openSampler(place).sample(0);
  assert.deepEqual([sample?.pressure, sample?.ioReadBytes], [null, 0]);
  assert.equal(sample?.refaults, 2390, 'of the whole tree');
  kernel.close();
});

test('without pressure v2 tells what was read back; by kind, in one, or by faults that read from disk', () => {
  const { kernel } = openCaptured('v2', null);
  const folder = join(kernel.root, place.payload);
  rmSync(join(folder, 'cpu.pressure'));
  const { root, folders } = kernel;
  const cgroups = openCgroups({ root, version: 'v2', systemd: false, device: null, swap: 0, folders });
  const refaultsOf = (stat: string): number | undefined => {
    writeFileSync(join(folder, 'memory.stat'), stat);
    return cgroups.openSampler(place).sample(0)?.refaults;
  };
  const old = 'anon 1\nfile 2\nworkingset_refault 30\npgmajfault 4\n';
  assert.equal(refaultsOf(old), 30);
  assert.equal(refaultsOf(`${old}workingset_refault_anon 7\nworkingset_refault_file 20\n`), 20);
  assert.equal(refaultsOf('anon 1\npgmajfault 4\n'), 4);
  assert.equal(refaultsOf('anon 1\n'), 0);
  kernel.close();
});

const number = (bytes: Uint8Array, length: number): number => Number(Buffer.from(bytes.subarray(0, length)).toString());
const group = (path: string, count: number): void => {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'events'), String(count));
};

const openTree = (groups: Readonly<Record<string, number>>, shape: () => number = () => 1) => {
  const kernel = openFolderKernel('v2');
  const top = join(kernel.root, 'top');
  for (const [name, count] of Object.entries(groups)) group(join(top, name), count);
  const buffer = new Uint8Array(64);
  const counter = new TreeCounter({ top, file: 'events', parse: number, buffer, shape, shapeEvery: 1 });
  return { kernel, top, counter };
};

test('a tree counter sums all groups, and keeps what groups counted that are gone', () => {
  let shape = 1;
  const { kernel, top, counter } = openTree({ '.': 1, ns: 10, 'ns/a': 100 }, () => shape);
  assert.equal(counter.read(), 111);
  writeFileSync(join(top, 'ns/a/events'), '105');
  assert.equal(counter.read(), 116);
  rmSync(join(top, 'ns/a'), { recursive: true });
  group(join(top, 'ns/b'), 3);
  shape = 2;
  assert.equal(counter.read(), 119);
  counter.close();
  kernel.close();
});

test('a tree counter finds a group that came in place of another, and starts it from nothing', () => {
  let shape = 1;
  const { kernel, top, counter } = openTree({ '.': 0, a: 50 }, () => shape);
  assert.equal(counter.read(), 50);
  renameSync(join(top, 'a'), join(kernel.root, 'old'));
  writeFileSync(join(kernel.root, 'old/events'), ''); // a removed group reads as nothing
  assert.equal(counter.read(), 50);
  group(join(top, 'a'), 2);
  shape = 2;
  assert.equal(counter.read(), 52);
  counter.close();
  kernel.close();
});

test('a tree of many groups is counted in parts, a bounded number at each reading', () => {
  const groups = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`g${i}`, 1]));
  const { kernel, counter } = openTree(groups);
  const first = counter.read();
  assert.ok(first >= 60 && first <= 100, `${first}`);
  for (let i = 0; i < 5; i++) counter.read();
  assert.equal(counter.read(), 200);
  counter.close();
  kernel.close();
});

test('without a descriptor to keep, a sample reads the same figures by opening each file anew', () => {
  const kernel = openFolderKernel('v2');
  kernel.makeGroup(place.payload, 'payload');
  kernel.makeGroup(place.inner, 'ns');
  const { root, folders } = kernel;
  const cgroups = openCgroups({ root, version: 'v2', systemd: false, device: null, swap: 0, folders });
  const kept = cgroups.openSampler(place);
  const hoard = [];
  for (let file = holdFile('/dev/null'); file; file = holdFile('/dev/null')) hoard.push(file);
  assert.ok(hoard.length > 0 && hoard.length <= planBudget(readFileLimit()) - 11, `${hoard.length}`);
  const anew = cgroups.openSampler(place);
  assert.deepEqual(anew.sample(1), kept.sample(1));
  anew.close();
  for (const file of hoard) releaseFile(file);
  kept.close();
  kernel.close();
});

test('the budget of descriptors leaves room for the daemon', () => {
  assert.deepEqual([1024, 4096, 20000, 1048576].map(planBudget), [512, 2048, 17952, 1046528]);
});
