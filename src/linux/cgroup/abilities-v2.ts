// Which limits a v2 kernel cannot enforce, and why.

import { join } from 'node:path';
import type { LimitName } from '../../domain/limits.ts';
import type { Unenforceable } from '../../ports/cgroups.ts';
import { readKernelFileIfAny } from '../files.ts';
import type { CgroupOptions } from './options.ts';
import { listFolders } from './tree.ts';

const NEEDS: Readonly<Record<string, readonly LimitName[]>> = {
  cpu: ['cpu', 'cpuWeight'],
  memory: ['memory', 'swap'],
  pids: ['pids'],
  io: ['ioRead', 'ioWrite'],
  cpuset: ['cpuset'],
};

/** Controllers that we use, of those that the kernel has. */
export const readControllers = (root: string): readonly string[] => {
  const present = new Set(readKernelFileIfAny(join(root, 'cgroup.controllers'))?.split(' '));
  return Object.keys(NEEDS).filter((name) => present.has(name));
};

/** The root has no memory files (cgroup-v2.rst): any group below it shows whether swap is counted. */
const countsSwap = (root: string): boolean => {
  const group = listFolders(root).find((name) => readKernelFileIfAny(join(root, name, 'memory.max')) !== undefined);
  return group === undefined || readKernelFileIfAny(join(root, group, 'memory.swap.max')) !== undefined;
};

export const readUnenforceableV2 = (options: CgroupOptions): Unenforceable => {
  const why: Partial<Record<LimitName, string>> = {};
  const present = readControllers(options.root);
  for (const [controller, limits] of Object.entries(NEEDS)) {
    if (present.includes(controller)) continue;
    for (const limit of limits) why[limit] = `this kernel has no ${controller} controller in cgroup v2`;
  }
  if (options.device === null) {
    const text = 'the state folder is not on a block device of its own number, which io.max needs';
    why.ioRead ??= text;
    why.ioWrite ??= text;
  }
  // a host without swap keeps any limit of it
  if (options.swap > 0 && !countsSwap(options.root)) why.swap ??= 'this kernel does not count swap per group';
  return why;
};
