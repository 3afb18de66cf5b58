// The CPU quota once more on the tenant's own group: lxcfs counts the CPUs it shows inside from there (lxcfs --enable-cfs).

import { join } from 'node:path';
import type { CgroupValue } from '../../ports/cgroups.ts';
import { readKernelFileIfAny } from '../files.ts';
import { ensureValue } from './limit-files.ts';

/** The file and its "no quota": cpu.max (cgroup-v2.rst), cpu.cfs_quota_us (v1, sched-bwc.rst). */
const QUOTA = { v1: { file: 'cpu.cfs_quota_us', none: '-1' }, v2: { file: 'cpu.max', none: 'max 100000' } } as const;

/**
 * Writes `payload`'s quota between the two halves: v1 refuses a parent below an explicit child (EINVAL), so the copy goes
 * first and comes back last. The copy limits nothing that `payload` does not, so its absence is no failure.
 */
export const withInnerCpu = async (
  version: 'v1' | 'v2',
  inner: string,
  values: readonly CgroupValue[],
  write: () => Promise<void>,
): Promise<void> => {
  const { file, none } = QUOTA[version];
  const path = join(inner, file);
  const present = readKernelFileIfAny(path);
  const wanted = values.find((value) => value.node === 'payload' && value.file === file)?.value ?? none;
  if (present === undefined || present === wanted) return write();
  if (present !== none) await ensureValue(path, none);
  await write();
  await ensureValue(path, wanted);
};
