// Limits as values of cgroup v2 files (cgroup-v2.rst), in the order in which they are written.

import type { LimitName, Limits, LiveLimits } from '../../domain/limits.ts';
import type { CgroupValue, ValueNode } from '../../ports/cgroups.ts';
import { CPU_PERIOD_USEC, floorToPage, type ValueFacts } from './value-facts.ts';

/** Share of memory.max at which reclaim begins where there is swap to reclaim to. */
const HIGH_PERCENT = 95n;

/** Bounds on the tree that a tenant may make below its own group: kernel memory and our walks stay small. */
const MAX_DESCENDANTS = '512';
const MAX_DEPTH = '16';

/** Quota and period in microseconds; a thousandth of a core is 100 us per 100 ms. */
export const formatCpuMax = (cpu: number | null): string =>
  `${cpu === null ? 'max' : (cpu * CPU_PERIOD_USEC) / 1000} ${CPU_PERIOD_USEC}`;

/**
 * memory.high: only with swap. Without swap nothing can leave a tenant that is full of anonymous pages, and between
 * high and max every allocation sleeps up to two seconds (mm/memcontrol.c MEMCG_MAX_HIGH_DELAY_JIFFIES): it would
 * neither run nor die.
 */
const formatMemoryHigh = (limits: Limits, pageSize: number): string =>
  limits.memory === null || limits.swap === 0
    ? 'max'
    : String(floorToPage(Number((BigInt(limits.memory) * HIGH_PERCENT) / 100n), pageSize));

const formatIoMax = (device: string, limits: Limits): string =>
  `${device} rbps=${limits.ioRead ?? 'max'} wbps=${limits.ioWrite ?? 'max'}`;

const orMax = (bytes: number | null, pageSize: number): string =>
  bytes === null ? 'max' : String(floorToPage(bytes, pageSize));

/** The values; limits that this host cannot enforce are left out. */
export const buildValuesV2 = (limits: LiveLimits, facts: ValueFacts): readonly CgroupValue[] => {
  const { pageSize, device } = facts;
  const value = (limit: LimitName, file: string, text: string, node: ValueNode = 'payload'): CgroupValue => ({
    limit,
    node,
    controller: file.slice(0, file.indexOf('.')),
    file,
    value: text,
  });
  const low = String(floorToPage(limits.memoryLow ?? 0, pageSize));
  const values = [
    value('pids', 'cgroup.max.descendants', MAX_DESCENDANTS),
    value('pids', 'cgroup.max.depth', MAX_DEPTH),
    value('cpu', 'cpu.max', formatCpuMax(limits.cpu)),
    // weights count among siblings: on the root against other tenants, on payload against LXC's monitor
    value('cpuWeight', 'cpu.weight', String(limits.cpuWeight), 'root'),
    value('cpuWeight', 'cpu.weight', String(limits.cpuWeight)),
    // off: a tenant is many services, and one that runs over must not take init with it
    value('memory', 'memory.oom.group', '0'),
    value('swap', 'memory.swap.max', orMax(limits.swap, pageSize)),
    value('memory', 'memory.high', formatMemoryHigh(limits, pageSize)),
    value('memory', 'memory.max', orMax(limits.memory, pageSize)),
    // Against the need of the house, whose ceiling is where tenants meet. A child has no more than its parent, and without
    // memory_recursiveprot on the root mount no less either (cgroup-v2.rst): so it stands on each down to the tenant's own
    value('memory', 'memory.low', low, 'root'),
    value('memory', 'memory.low', low),
    value('memory', 'memory.low', low, 'inner'),
    value('pids', 'pids.max', limits.pids === null ? 'max' : String(limits.pids)),
    value('cpuset', 'cpuset.cpus', limits.cpuset ?? ''),
  ];
  if (device !== null) values.push(value('ioWrite', 'io.max', formatIoMax(device, limits)));
  return values.filter(({ limit }) => !(limit in facts.unenforceable));
};

const DEFAULTS_IN_LXC = /^(|.* rbps=max wbps=max)$/;

/**
 * lxc.conf lines that set payload's values before init runs (man 5 lxc.container.conf, lxc.cgroup2.*).
 * An empty value means "all CPUs" to us and "forget this key" to LXC. LXC does not start when a file is missing, and
 * only a host with swap surely has memory.swap.max.
 */
export const buildLinesV2 = (values: readonly CgroupValue[], hasSwap: boolean): readonly string[] =>
  values
    .filter(({ node }) => node === 'payload')
    .filter(({ file, value }) => file !== 'memory.low' || value !== '0')
    .filter(({ limit, value }) => !DEFAULTS_IN_LXC.test(value) && (limit !== 'swap' || hasSwap))
    .map(({ file, value }) => `lxc.cgroup2.${file} = ${value}`);
