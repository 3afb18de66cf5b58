// Limits as exact kernel values, on both generations.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_LIMITS, type Limits } from '../../../src/domain/limits.ts';
import { GiB, MiB } from '../../../src/domain/units.ts';
import { isNoLimit, isSameValue } from '../../../src/linux/cgroup/compare.ts';
import { marginOver } from '../../../src/linux/cgroup/memory-v2.ts';
import { buildLinesV1, buildValuesV1, formatQuota, sharesOfWeight } from '../../../src/linux/cgroup/values-v1.ts';
import { buildLinesV2, buildValuesV2, formatCpuMax } from '../../../src/linux/cgroup/values-v2.ts';
import type { CgroupValue } from '../../../src/ports/cgroups.ts';

const V2 = { device: '8:0', pageSize: 4096, unenforceable: {} };
const V1 = { ...V2, cpuList: '0-3', houseCpu: null };
const FULL: Limits = {
  cpu: 1500,
  cpuWeight: 200,
  memory: GiB,
  swap: 512 * MiB,
  disk: 5 * GiB,
  pids: 512,
  ioRead: 50 * MiB,
  ioWrite: null,
  cpuset: '0-1',
};
const NONE: Limits = { ...DEFAULT_LIMITS, memory: null, pids: null };

const table = (values: readonly CgroupValue[]): Record<string, string> =>
  Object.fromEntries(values.map(({ file, value }) => [file, value]));

test('v2 values: quota per 100 ms, high at 95 % of max with swap, io.max of the device', () => {
  assert.deepEqual(table(buildValuesV2(FULL, V2)), {
    'cgroup.max.descendants': '512',
    'cgroup.max.depth': '16',
    'cpu.max': '150000 100000',
    'cpu.weight': '200',
    'memory.oom.group': '0',
    'memory.swap.max': '536870912',
    'memory.high': '1020051456',
    'memory.low': '0',
    'memory.max': '1073741824',
    'pids.max': '512',
    'cpuset.cpus': '0-1',
    'io.max': '8:0 rbps=52428800 wbps=max',
  });
});

test('v2 values of no limits are the defaults of the kernel', () => {
  const values = table(buildValuesV2(NONE, V2));
  assert.equal(values['cpu.max'], 'max 100000');
  for (const file of ['memory.max', 'memory.high', 'pids.max']) assert.equal(values[file], 'max');
  assert.equal(values['cpuset.cpus'], '');
  assert.equal(values['memory.swap.max'], '0', 'no swap is a limit too');
});

test('memory.high stays max without swap: between high and max a tenant would neither run nor die', () => {
  assert.equal(table(buildValuesV2({ ...FULL, swap: 0 }, V2))['memory.high'], 'max');
});

test('memory limits are whole pages, rounded down as the kernel does', () => {
  assert.equal(table(buildValuesV2({ ...FULL, memory: 100_000_000 }, V2))['memory.max'], '99999744');
  assert.equal(
    table(buildValuesV2({ ...FULL, memory: 100_000_000 }, { ...V2, pageSize: 65536 }))['memory.max'],
    '99942400',
  );
});

test('the least amount of CPU is the least quota the kernel takes, 1 ms', () => {
  assert.equal(formatCpuMax(10), '1000 100000');
  assert.equal(formatQuota(10, null), '1000');
});

test('v1 values: shares, quota, memory and swap together a page above memory alone, all CPUs by name', () => {
  assert.deepEqual(table(buildValuesV1(FULL, V1)), {
    'cpu.shares': '2048',
    'cpu.cfs_period_us': '100000',
    'cpu.cfs_quota_us': '150000',
    'memory.limit_in_bytes': '1073741824',
    'memory.memsw.limit_in_bytes': '1610616832',
    'memory.soft_limit_in_bytes': '-1',
    'pids.max': '512',
    'cpuset.cpus': '0-1',
  });
  const none = table(buildValuesV1(NONE, V1));
  assert.equal(none['cpu.cfs_quota_us'], '-1');
  assert.equal(none['memory.limit_in_bytes'], '-1');
  assert.equal(none['memory.memsw.limit_in_bytes'], '-1');
  assert.equal(none['cpuset.cpus'], '0-3');
});

test("a v1 quota above the house's is left to the house, for the kernel would refuse it", () => {
  assert.equal(formatQuota(1900, 1900), '190000');
  assert.equal(formatQuota(1901, 1900), '-1');
  assert.equal(formatQuota(null, 1900), '-1');
});

test('weights become shares as cpu.weight itself does it', () => {
  const known: readonly [number, number][] = [
    [1, 10],
    [50, 512],
    [99, 1014],
    [100, 1024],
    [1000, 10240],
    [10000, 102400],
  ];
  for (const [weight, shares] of known) assert.equal(sharesOfWeight(weight), shares);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10000 }), (weight) => {
      // kernel/sched/core.c cpu_weight_read_u64 gives the weight back: rounded, and never off
      assert.equal(Math.floor((sharesOfWeight(weight) * 100 + 512) / 1024), weight);
      assert.ok(sharesOfWeight(weight) >= 2 && sharesOfWeight(weight) <= 262144);
    }),
  );
});

test('a limit that cannot be enforced has no value, nor has io.max without a device', () => {
  const lacking = { ...V2, unenforceable: { cpuset: 'why', swap: 'why' } };
  const files = Object.keys(table(buildValuesV2(FULL, lacking)));
  assert.ok(!files.includes('cpuset.cpus') && !files.includes('memory.swap.max'));
  assert.equal(table(buildValuesV2(FULL, { ...V2, device: null }))['io.max'], undefined);
});

test('config lines carry the values, without those that LXC would take for a reset', () => {
  const lines = buildLinesV2(buildValuesV2({ ...FULL, cpuset: null, ioRead: null }, V2), false);
  assert.ok(lines.includes('lxc.cgroup2.cpu.max = 150000 100000'));
  assert.ok(lines.includes('lxc.cgroup2.cgroup.max.depth = 16'));
  for (const file of ['cpuset.cpus', 'io.max', 'memory.swap.max'])
    assert.ok(!lines.some((line) => line.includes(file)));
  assert.ok(buildLinesV2(buildValuesV2(FULL, V2), true).includes('lxc.cgroup2.memory.swap.max = 536870912'));
  const old = buildLinesV1(buildValuesV1({ ...FULL, cpuset: null }, V1), '0-3');
  assert.ok(old.includes('lxc.cgroup.cpu.shares = 2048'));
  assert.ok(!old.some((line) => line.includes('cpuset')));
});

test("the kernel's own spelling of a value counts as the value", () => {
  assert.ok(isSameValue('memory.limit_in_bytes', '-1', '9223372036854771712'));
  assert.ok(isSameValue('memory.limit_in_bytes', '-1', '9223372036854710272'), '64 KiB pages');
  assert.ok(!isSameValue('memory.limit_in_bytes', '-1', '1073741824'));
  assert.ok(isSameValue('cpuset.cpus', '', ''));
  assert.ok(!isSameValue('cpu.max', 'max 100000', '50000 100000'));
  const got = '7:0 rbps=1 wbps=2 riops=max wiops=max\n8:0 rbps=52428800 wbps=max riops=max wiops=max';
  assert.ok(isSameValue('io.max', '8:0 rbps=52428800 wbps=max', got));
  assert.ok(!isSameValue('io.max', '8:0 rbps=52428800 wbps=1', got));
  assert.ok(isSameValue('io.max', '98:0 rbps=max wbps=max', got), 'no line is no limit');
  assert.ok(!isSameValue('io.max', '98:0 rbps=5 wbps=max', ''));
});

test('only a value that states the default may go without its file', () => {
  for (const value of ['', 'max', '-1', 'max 100000', '8:0 rbps=max wbps=max']) assert.ok(isNoLimit(value), value);
  for (const value of ['0', '512', '50000 100000', '8:0 rbps=1 wbps=max', '0-1']) assert.ok(!isNoLimit(value), value);
});

test('the margin over the use on the way down is a 32nd, at least 4 MiB', () => {
  assert.equal(marginOver(0), 4 * MiB);
  assert.equal(marginOver(GiB), 32 * MiB);
});
