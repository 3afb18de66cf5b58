// Limits as values of cgroup v1 files (cgroup-v1/*.rst), in the order in which they are written.

import type { LimitName, LiveLimits } from '../../domain/limits.ts';
import type { CgroupValue, ValueNode } from '../../ports/cgroups.ts';
import { CPU_PERIOD_USEC, floorToPage, type ValueFacts } from './value-facts.ts';

export interface ValueFactsV1 extends ValueFacts {
  /** CPUs of the host in the kernel's spelling: v1 has no way to say "those of the parent". */
  readonly cpuList: string;
  /** Ceiling of the house in thousandths of a core, once it is known. */
  readonly houseCpu: number | null;
}

/** Weight 1-10000 to cpu.shares as the kernel's own cpu.weight does it (kernel/sched/core.c cpu_weight_write_u64). */
export const sharesOfWeight = (weight: number): number => Math.floor((weight * 1024 + 50) / 100);

/**
 * Quota in microseconds per period, -1 for none. A quota above the parent's is refused on v1 with EINVAL, where v2
 * takes the smaller one (kernel/sched/core.c tg_cfs_schedulable_down): none at all means the same there.
 */
export const formatQuota = (cpu: number | null, houseCpu: number | null): string =>
  cpu === null || (houseCpu !== null && cpu > houseCpu) ? '-1' : String((cpu * CPU_PERIOD_USEC) / 1000);

/**
 * Memory and swap together are charged first, but since 6.15 only refusals by memory alone are counted
 * (memory.failcnt; mm/page_counter.c track_failcnt, tried on 6.18): with one page more, memory is the one to refuse.
 */
const SWAP_SLACK_PAGES = 1;

const orNone = (bytes: number | null, pageSize: number): string =>
  bytes === null ? '-1' : String(floorToPage(bytes, pageSize));

/** The values; limits that this host cannot enforce are left out. */
export const buildValuesV1 = (limits: LiveLimits, facts: ValueFactsV1): readonly CgroupValue[] => {
  const { pageSize } = facts;
  const both = limits.memory === null ? null : limits.memory + limits.swap + pageSize * SWAP_SLACK_PAGES;
  const value = (limit: LimitName, file: string, text: string, node: ValueNode = 'payload'): CgroupValue => ({
    limit,
    node,
    controller: file.slice(0, file.indexOf('.')),
    file,
    value: text,
  });
  return [
    // Nobody's limits are on the tenant's outer group. One that somebody sets there holds in silence, and payload's own is
    // refused (EINVAL) while it is above; so it is taken off, and before payload's are written.
    value('cpu', 'cpu.cfs_quota_us', '-1', 'root'),
    value('swap', 'memory.memsw.limit_in_bytes', '-1', 'root'),
    value('memory', 'memory.limit_in_bytes', '-1', 'root'),
    value('pids', 'pids.max', 'max', 'root'),
    // shares count among siblings: on the root against other tenants, on payload against LXC's monitor
    value('cpuWeight', 'cpu.shares', String(sharesOfWeight(limits.cpuWeight)), 'root'),
    value('cpuWeight', 'cpu.shares', String(sharesOfWeight(limits.cpuWeight))),
    value('cpu', 'cpu.cfs_period_us', String(CPU_PERIOD_USEC)),
    value('cpu', 'cpu.cfs_quota_us', formatQuota(limits.cpu, facts.houseCpu)),
    value('memory', 'memory.limit_in_bytes', orNone(limits.memory, pageSize)),
    // may never be below the limit of memory alone
    value('swap', 'memory.memsw.limit_in_bytes', orNone(both, pageSize)),
    // No promise: when the whole host is short, groups above their soft limit are reclaimed first (cgroup-v1/memory.rst
    // part 7), and only then. A group without one is never above it.
    value('memory', 'memory.soft_limit_in_bytes', orNone(limits.memoryLow || null, pageSize)),
    value('pids', 'pids.max', limits.pids === null ? 'max' : String(limits.pids)),
    value('cpuset', 'cpuset.cpus', limits.cpuset ?? facts.cpuList),
  ].filter(({ limit }) => !(limit in facts.unenforceable));
};

/** lxc.conf lines that set payload's values before init runs (man 5 lxc.container.conf, lxc.cgroup.*). */
export const buildLinesV1 = (values: readonly CgroupValue[], cpuList: string): readonly string[] =>
  values
    .filter(({ file, value }) => !(file === 'memory.soft_limit_in_bytes' && value === '-1'))
    .filter(
      ({ node, controller, file, value }) =>
        node === 'payload' && controller !== 'unified' && !(file === 'cpuset.cpus' && value === cpuList),
    )
    .map(({ file, value }) => `lxc.cgroup.${file} = ${value}`);
