// The by-hand script: a shell accepts it, it shows the tenant's own figures, and it names nothing it does not take away.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { MiB } from '../../src/domain/units.ts';
import { buildByHandScript } from '../../src/reports/by-hand.ts';
import { makeTenant } from '../domain/tenant-values.ts';

const V2 = [
  { controller: 'cpu', file: 'cpu.max', value: '50000 100000' },
  { controller: 'memory', file: 'memory.max', value: '134217728' },
];
const V1 = [
  { controller: 'cpu', file: 'cpu.cfs_quota_us', value: '50000' },
  { controller: 'memory', file: 'memory.limit_in_bytes', value: '134217728' },
  { controller: 'cpuset', file: 'cpuset.cpus', value: '0' },
];
const tenant = makeTenant({ slot: 3, limits: { disk: 64 * MiB } });
const build = (cgroup: 'v1' | 'hybrid' | 'v2', change: Partial<typeof tenant> = {}): string =>
  buildByHandScript({
    tenant: { ...tenant, ...change },
    values: cgroup === 'v2' ? V2 : V1,
    cgroup,
    state: '/var/lib/tenantctl',
  });

test('a POSIX shell accepts it on every kind of host', () => {
  for (const cgroup of ['v1', 'hybrid', 'v2'] as const) {
    const { status, stderr } = spawnSync('sh', ['-n'], { input: build(cgroup), encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }
});

test("it shows the tenant's own ids, disk, limits, address and link", () => {
  const script = build('v2');
  for (const text of [
    '1879244800',
    `truncate -s ${64 * MiB}`,
    '50000 100000',
    '134217728',
    '10.96.0.5/32',
    'tct3',
    'minimal@aaaaaaaaaaaaaaaaaaaa',
  ])
    assert.ok(script.includes(text), text);
});

test('every group it makes it also takes away, one on v2 and one per controller on v1', () => {
  for (const [cgroup, count] of [
    ['v2', 1],
    ['v1', 3],
  ] as const) {
    const script = build(cgroup);
    const made = [...script.matchAll(/^mkdir -p (\/sys\/fs\/cgroup\S+)$/gm)].map((match) => match[1]);
    const gone = [...script.matchAll(/^rmdir (\S+)$/gm)].map((match) => match[1]);
    assert.equal(made.length, count);
    assert.deepEqual(gone, made);
  }
});

test('a tenant whose base is not built yet still has a script', () => {
  assert.match(build('v2', { base: null }), /BASE='\/path\/to\/a\/rootfs'/);
});

test('nothing of it is left for the reader to fill by accident', () => {
  for (const cgroup of ['v1', 'v2'] as const) assert.doesNotMatch(build(cgroup), /undefined|NaN|\[object/);
});
