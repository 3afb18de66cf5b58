// Control groups of this machine's kernel with real processes: the contract, and that each cap holds.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type TestContext, test } from 'node:test';
import { DEFAULT_LIMITS, type Limits } from '../../src/domain/limits.ts';
import { MiB } from '../../src/domain/units.ts';
import { findBlockDevice } from '../../src/linux/block-device.ts';
import { readPids } from '../../src/linux/cgroup/tree.ts';
import type { CgroupSampler } from '../../src/ports/cgroups.ts';
import { cgroupsContract } from '../contract/cgroups.ts';
import { expect, openRealBench, type RealBench } from '../linux/cgroup/real-kernel.ts';
import { requires } from '../support/requires.ts';

const CAP = { cpu: 1900, memory: 1024 * MiB };
const LIMITS: Limits = { ...DEFAULT_LIMITS, memory: 256 * MiB, pids: 64 };
const SOME_UID = 1_900_000;

const may = (t: Pick<TestContext, 'skip'>): boolean => requires(t, 'root');

cgroupsContract("control groups of this machine's kernel", { open: () => openRealBench(), may });

const onKernel = (
  title: string,
  body: (bench: RealBench, t: TestContext) => Promise<void>,
  device?: () => string | null,
) =>
  test(title, async (t) => {
    if (!may(t)) return;
    const bench = await openRealBench(device?.() ?? null);
    try {
      await bench.cgroups.ensureHouse(bench.place.house, CAP);
      bench.makeGroups();
      await body(bench, t);
    } finally {
      await bench.close();
    }
  });

const read = (sampler: CgroupSampler) => {
  const sample = sampler.sample(performance.now());
  assert.ok(sample);
  return sample;
};

onKernel('a CPU quota throttles a busy loop to its share', async ({ cgroups, place, run }, t) => {
  await cgroups.apply(place, { ...LIMITS, cpu: 200 });
  run('sh', ['-c', 'while :; do :; done']);
  const sampler = cgroups.openSampler(place);
  await expect('the loop is throttled', () => read(sampler).throttled > 0);
  const before = read(sampler);
  await expect('15 periods pass', () => read(sampler).periods >= before.periods + 15);
  const after = read(sampler);
  sampler.close();
  const perPeriod = (after.cpuUsec - before.cpuUsec) / (after.periods - before.periods);
  t.diagnostic(`CPU used per period of 100 ms: ${Math.round(perPeriod)} us of 20000, throttled ${after.throttled}`);
  assert.ok(perPeriod < 26_000, `${perPeriod}`);
  assert.ok(after.throttledUsec > before.throttledUsec);
});

onKernel('a limit of processes refuses forks, and every refusal is counted, in vanished groups too', async (bench) => {
  const { cgroups, place, run, hierarchies } = bench;
  await cgroups.apply(place, { ...LIMITS, pids: 16 });
  const sampler = cgroups.openSampler(place);
  const storm = ['-c', 'i=0; while [ $i -lt 30 ]; do sleep 60 & i=$((i+1)); done; wait'];
  run('sh', storm).stdout?.resume();
  await expect('a fork is refused', () => read(sampler).forksRefused > 0);
  assert.ok(read(sampler).pids <= 16);
  await cgroups.killAll(place);
  const first = read(sampler).forksRefused;
  for (const path of hierarchies) mkdirSync(join(path, place.inner, 'deep'));
  fillCpuset(bench, 'deep');
  read(sampler);
  run('sh', storm, 'deep').stdout?.resume();
  await expect('a fork is refused in a deeper group', () => read(sampler).forksRefused > first);
  await cgroups.killAll(place);
  const second = read(sampler).forksRefused;
  await cgroups.remove({ ...place, root: `${place.inner}/deep` });
  assert.ok(read(sampler).forksRefused >= second);
  sampler.close();
});

/** On v1 a group made by hand takes no process before it has CPUs and memory nodes; children copy where told to. */
const fillCpuset = ({ hierarchies, place }: RealBench, below: string): void => {
  const cpuset = hierarchies.find((path) => path.endsWith('/cpuset'));
  if (cpuset !== undefined)
    assert.notEqual(readFileSync(join(cpuset, place.inner, below, 'cpuset.cpus'), 'utf8'), '\n');
};

onKernel('a memory limit holds: the hog is killed, counted, and nothing else', async ({ cgroups, place, run }) => {
  await cgroups.apply(place, { ...LIMITS, memory: 96 * MiB });
  const sampler = cgroups.openSampler(place);
  const bystander = run('sleep', ['600']);
  const hog = run(process.execPath, ['-e', `Buffer.alloc(${200 * MiB}, 1)`]);
  await expect('the hog ends', () => hog.exitCode !== null || hog.signalCode !== null);
  assert.equal(hog.signalCode, 'SIGKILL');
  await expect('the kill is counted', () => read(sampler).oomKills === 1);
  assert.ok(read(sampler).memoryMaxHits > 0);
  assert.equal(bystander.exitCode ?? bystander.signalCode, null);
  sampler.close();
});

onKernel('killing ends a fork storm that ignores signals, frozen or not', async ({ cgroups, place, run }) => {
  await cgroups.apply(place, LIMITS);
  const sampler = cgroups.openSampler(place);
  for (const frozen of [false, true]) {
    run('sh', ['-c', "trap '' TERM INT HUP; while :; do sleep 600 & done 2>/dev/null"]).stdout?.resume();
    await expect('the storm is there', () => cgroups.listPids(place).length > 20);
    if (frozen) await cgroups.freeze(place);
    await cgroups.killAll(place);
    assert.deepEqual(cgroups.listPids(place), []);
    await cgroups.thaw(place);
    // the dead count until their new parent, process 1 of this machine, has reaped them
    await expect('the dead are reaped', () => read(sampler).pids === 0);
  }
  sampler.close();
});

onKernel('a frozen tenant uses no CPU, and goes on after the thaw', async ({ cgroups, place, run }) => {
  run('sh', ['-c', 'while :; do :; done']);
  const sampler = cgroups.openSampler(place);
  await expect('it runs', () => read(sampler).cpuUsec > 20_000);
  await cgroups.freeze(place);
  const used = read(sampler).cpuUsec;
  spawnSync('sh', ['-c', 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done']);
  assert.ok(read(sampler).cpuUsec - used < 1000, 'no more than the tick that was under way');
  await cgroups.thaw(place);
  await expect('it goes on', () => read(sampler).cpuUsec > used + 20_000);
  sampler.close();
});

/** What the kernel itself says: a v1 hierarchy of that name, or a word in v2's list. */
const hasController = (name: string): boolean =>
  existsSync(`/sys/fs/cgroup/${name}`) ||
  (existsSync('/sys/fs/cgroup/cgroup.controllers') &&
    readFileSync('/sys/fs/cgroup/cgroup.controllers', 'utf8').split(/\s+/).includes(name));

onKernel('a CPU set moves running processes at once', async ({ cgroups, place, run }, t) => {
  if ('cpuset' in cgroups.unenforceable) {
    assert.ok(!hasController('cpuset'), 'this kernel has cpuset, so the probe may not refuse it');
    return t.skip(cgroups.unenforceable.cpuset);
  }
  const child = run('sleep', ['600']);
  const allowed = (): string =>
    /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? '';
  await expect('it is inside', () => cgroups.listPids(place).includes(child.pid ?? 0));
  const all = allowed();
  await cgroups.apply(place, { ...LIMITS, cpuset: '0' });
  assert.equal(allowed(), '0');
  await cgroups.apply(place, LIMITS);
  assert.equal(allowed(), all);
});

onKernel(
  "direct input and output are counted on the disk's own line",
  async ({ cgroups, place, run, folder }, t) => {
    const before = read(cgroups.openSampler(place));
    const file = join(folder, 'file');
    const write = run('dd', ['if=/dev/zero', `of=${file}`, 'bs=1M', 'count=8', 'oflag=direct', 'status=none']);
    await expect('dd ends', () => write.exitCode !== null);
    assert.equal(write.exitCode, 0);
    const after = read(cgroups.openSampler(place));
    t.diagnostic(`written ${after.ioWriteBytes - before.ioWriteBytes} bytes in ${after.ioWriteOps} requests`);
    assert.ok(after.ioWriteBytes - before.ioWriteBytes >= 8 * MiB);
    assert.ok(after.ioWriteBytes - before.ioWriteBytes < 12 * MiB, 'counted once');
  },
  () => findBlockDevice('/tmp'),
);

onKernel(
  'an I/O limit slows direct writes where the kernel can',
  async ({ cgroups, place, run, folder }, t) => {
    if ('ioWrite' in cgroups.unenforceable) {
      assert.notEqual(cgroups.version, 'v2', 'v2 limits I/O: the probe may not refuse it');
      return t.skip(cgroups.unenforceable.ioWrite);
    }
    await cgroups.apply(place, { ...LIMITS, ioWrite: 2 * MiB });
    assert.deepEqual(cgroups.findDrift(place, { ...LIMITS, ioWrite: 2 * MiB }), []);
    const start = performance.now();
    const file = join(folder, 'file');
    const write = run('dd', ['if=/dev/zero', `of=${file}`, 'bs=256K', 'count=16', 'oflag=direct', 'status=none']);
    await expect('dd ends', () => write.exitCode !== null);
    const seconds = (performance.now() - start) / 1000;
    t.diagnostic(`4 MiB at 2 MiB/s took ${seconds.toFixed(2)} s`);
    assert.ok(seconds > 1.2, 'not faster than the limit allows');
  },
  () => findBlockDevice('/tmp'),
);

onKernel('after confining, the tenant makes groups only where that is safe', async (bench) => {
  const { cgroups, place, hierarchies, delegate } = bench;
  delegate(SOME_UID);
  const writable = (): string[] =>
    hierarchies.filter((path) => {
      const made = join(path, place.inner, 'mine');
      spawnSync('mkdir', [made], { uid: SOME_UID, gid: SOME_UID });
      const script = `sleep 0 & echo $! > ${made}/../cgroup.procs`;
      const moved = spawnSync('sh', ['-c', script], { uid: SOME_UID, gid: SOME_UID }).status === 0;
      return existsSync(made) || (moved && cgroups.version !== 'v2');
    });
  assert.deepEqual(writable(), hierarchies);
  await cgroups.remove({ ...place, root: `${place.inner}/mine` });
  await cgroups.confine(place);
  await cgroups.confine(place);
  const safe = hierarchies.filter((path) => cgroups.version === 'v2' || /\/(systemd|unified)$/.test(path));
  assert.deepEqual(writable(), safe);
});

onKernel('a tree with hostile names and great depth is walked and removed', async (bench) => {
  const { cgroups, place, hierarchies, delegate } = bench;
  delegate(SOME_UID);
  // each level by a relative path, so the whole is longer than any path the kernel takes
  const script = `cd "$1" && for n in "$(printf 'a\\377b')" "white space" '$(id)'; do mkdir -- "$n"; done
    long=$(printf '%0200d' 7); i=0; while [ $i -lt "$2" ] && mkdir $long && cd -P $long; do i=$((i+1)); done; echo $i`;
  const path = join(hierarchies.find((folder) => folder.endsWith('/systemd')) ?? hierarchies[0] ?? '', place.inner);
  const made = spawnSync('sh', ['-c', script, 'sh', path, '30'], { uid: SOME_UID, gid: SOME_UID, encoding: 'latin1' });
  assert.ok(Number(made.stdout) >= 15, made.stderr);
  assert.deepEqual(readPids(path), []);
  await cgroups.remove(place);
  assert.equal(existsSync(path), false);
});

onKernel('pressure of the tenant is there where the kernel has it', async ({ cgroups, place, run }, t) => {
  if (!requires(t, 'psi')) return;
  await cgroups.apply(place, { ...LIMITS, cpu: 100 });
  run('sh', ['-c', 'while :; do :; done']);
  const sampler = cgroups.openSampler(place);
  await expect('its tasks wait for CPU', () => (read(sampler).pressure?.cpuSomeUsec ?? 0) > 50_000);
  sampler.close();
});

onKernel('memory that was asked back goes: file cache first, and what cannot go stays', async (bench, t) => {
  const { cgroups, place, run, occupy, folder } = bench;
  await cgroups.apply(place, LIMITS);
  await occupy(32 * MiB);
  const fill = run('sh', ['-c', 'head -c 67108864 /dev/zero > "$1" && sync "$1"', 'sh', join(folder, 'cache')]);
  await expect('the file is written', () => fill.exitCode !== null);
  const sampler = cgroups.openSampler(place);
  assert.ok(read(sampler).memoryCache > 48 * MiB, 'the file is cached');
  const went = await cgroups.reclaim(place, 24 * MiB);
  const { memory, memoryCache } = read(sampler);
  const more = await cgroups.reclaim(place, 512 * MiB);
  t.diagnostic(`asked 24 MiB, ${(went / MiB).toFixed(1)} went; asked 512 MiB more, ${(more / MiB).toFixed(1)} went`);
  assert.ok(went >= 20 * MiB, `${went}`);
  // only v2 can be asked for an amount
  if (cgroups.version === 'v2') assert.ok(memoryCache > 16 * MiB, `${memoryCache}`);
  assert.ok(memory >= 31 * MiB && read(sampler).memory >= 16 * MiB, 'what processes hold is not dropped');
  assert.equal(read(sampler).oomKills, 0);
  assert.deepEqual(cgroups.findDrift(place, LIMITS), []);
  sampler.close();
});

onKernel(
  'more processes than are held at a time are signalled one by one, and no descriptor stays',
  async ({ cgroups, place, run }) => {
    const count = (): number => readdirSync('/proc/self/fd').length;
    run('sh', ['-c', 'i=0; while [ $i -lt 150 ]; do sleep 600 & i=$((i+1)); done; wait']).stdout?.resume();
    await expect('they are there', () => cgroups.listPids(place).length === 151);
    const [before, pids] = [count(), cgroups.listPids(place)];
    assert.equal(await cgroups.signalPids(place, pids, 'SIGKILL'), 151);
    assert.ok(count() <= before, 'descriptors are closed');
    await expect('all end', () => cgroups.listPids(place).length === 0);
    assert.equal(await cgroups.signalPids(place, pids, 'SIGKILL'), 0);
  },
);
