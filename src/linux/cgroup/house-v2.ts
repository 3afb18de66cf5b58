// The parent of all tenants on v2: controllers enabled down to it, and its ceiling.

import { join } from 'node:path';
import { Problem } from '../../domain/errors.ts';
import type { HouseCap } from '../../ports/cgroups.ts';
import { readKernelFileIfAny, writeKernelFile } from '../files.ts';
import { readControllers } from './abilities-v2.ts';
import { ensureValue } from './limit-files.ts';
import { lowerMemoryV2 } from './memory-v2.ts';
import { ensureFolder, type FolderCalls } from './tree.ts';
import { formatCpuMax } from './values-v2.ts';

/** Where the processes of a root that is itself a group go: with them inside, no controller can be enabled below. */
const HOST_LEAF = 'host';

/**
 * Moves the processes of a cgroup namespace's root into a leaf ("no internal process" rule, cgroup-v2.rst). Only a box
 * that is itself a container needs it; the true root may hold processes and controllers both.
 */
const evacuate = (root: string, folders: FolderCalls): void => {
  ensureFolder(root, HOST_LEAF, folders);
  const pids = readKernelFileIfAny(join(root, 'cgroup.procs'))?.split('\n') ?? [];
  for (const pid of pids.filter((text) => text !== '' && text !== '0')) {
    try {
      writeKernelFile(join(root, HOST_LEAF, 'cgroup.procs'), pid);
    } catch (error) {
      if (!(error instanceof Problem && error.data['errno'] === 'ESRCH')) throw error;
    }
  }
};

/** Enables what the kernel has for the groups below; one by one, so that one refusal names its controller. */
const enableControllers = (root: string, relative: string, folders: FolderCalls): void => {
  const folder = join(root, relative);
  const file = join(folder, 'cgroup.subtree_control');
  const enabled = new Set(readKernelFileIfAny(file)?.split(' '));
  for (const controller of readControllers(root).filter((name) => !enabled.has(name))) {
    try {
      writeKernelFile(file, `+${controller}`);
    } catch (error) {
      const isFull = error instanceof Problem && error.data['errno'] === 'EBUSY' && relative === '';
      if (!isFull) throw error;
      evacuate(root, folders);
      writeKernelFile(file, `+${controller}`);
    }
  }
};

export const ensureHouseV2 = async (
  root: string,
  house: string,
  cap: HouseCap,
  how: { readonly folders: FolderCalls; readonly pageSize: number },
): Promise<void> => {
  const has = readControllers(root);
  enableControllers(root, '', how.folders);
  ensureFolder(root, house, how.folders);
  enableControllers(root, house, how.folders);
  if (has.includes('cpu')) await ensureValue(join(root, house, 'cpu.max'), formatCpuMax(cap.cpu));
  if (has.includes('memory')) await lowerMemoryV2(join(root, house), cap.memory, how.pageSize);
};
