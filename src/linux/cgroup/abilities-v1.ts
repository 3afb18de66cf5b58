// Which limits the v1 controllers of this kernel cannot enforce, and why.

import { join } from 'node:path';
import type { LimitName } from '../../domain/limits.ts';
import type { Unenforceable } from '../../ports/cgroups.ts';
import { readKernelFileIfAny } from '../files.ts';
import type { Hierarchies } from './detect.ts';
import type { CgroupOptions } from './options.ts';

/** Throttling is not hierarchical on v1, and buffered writes are not charged to who wrote (blkio-controller.rst). */
const NO_IO = 'cgroup v1 throttles neither buffered writes nor groups below the limited one';

export const readUnenforceableV1 = (hierarchies: Hierarchies, options: CgroupOptions): Unenforceable => {
  const why: Partial<Record<LimitName, string>> = { ioRead: NO_IO, ioWrite: NO_IO };
  const lack = (limit: LimitName, controller: string, file: string | null, text: string): void => {
    const folder = hierarchies.controllers.get(controller);
    if (folder === undefined) why[limit] = `the ${controller} controller of cgroup v1 is not mounted`;
    else if (file !== null && readKernelFileIfAny(join(folder, file)) === undefined) why[limit] = text;
  };
  lack('cpu', 'cpu', 'cpu.cfs_quota_us', 'this kernel has no CPU bandwidth control (CONFIG_CFS_BANDWIDTH)');
  lack('cpuWeight', 'cpu', 'cpu.shares', 'this kernel has no fair group scheduling (CONFIG_FAIR_GROUP_SCHED)');
  lack('memory', 'memory', null, '');
  lack('pids', 'pids', null, '');
  lack('cpuset', 'cpuset', null, '');
  // a host without swap keeps any limit of it
  if (options.swap > 0)
    lack('swap', 'memory', 'memory.memsw.limit_in_bytes', 'this kernel does not count swap per group (swapaccount=1)');
  return why;
};
