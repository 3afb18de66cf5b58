// Puts one value into one kernel file and reads it back; the same for both kernel generations.

import { basename } from 'node:path';
import { problem } from '../../domain/errors.ts';
import type { CgroupValue, Drift } from '../../ports/cgroups.ts';
import { readKernelFileIfAny, writeKernelFile, writeKernelFileLater } from '../files.ts';
import { isNoLimit, isSameValue } from './compare.ts';

/** What a file holds if it is not what is wanted. */
export const readDifference = (path: string, want: string): string | undefined => {
  const got = readKernelFileIfAny(path);
  if (got === undefined) return isNoLimit(want) ? undefined : '';
  return isSameValue(basename(path), want, got) ? undefined : got;
};

/** Taken at once; memory limits reclaim first, and cpusets wait for the scheduler, so those are written in a thread. */
const PROMPT = /^(cgroup|cpu|pids)\./;

/**
 * Writes a value unless it is there already, and reads it back.
 * @throws Problem KERNEL_WRITE, LIMIT_NOT_TAKEN
 */
export const ensureValue = async (path: string, value: string): Promise<void> => {
  if (readDifference(path, value) === undefined) return;
  // an empty value needs at least one byte to be a write(2)
  const text = value === '' ? '\n' : value;
  if (PROMPT.test(basename(path))) writeKernelFile(path, text);
  else await writeKernelFileLater(path, text);
  const got = readDifference(path, value);
  if (got !== undefined) throw problem('LIMIT_NOT_TAKEN', { path, value, got });
};

/** What in the kernel differs from the values. Synchronous reads. */
export const findDifferences = (
  values: readonly CgroupValue[],
  pathOf: (value: CgroupValue) => string,
): readonly Drift[] => {
  const drifts: Drift[] = [];
  for (const value of values) {
    const path = pathOf(value);
    const got = readDifference(path, value.value);
    if (got !== undefined) drifts.push({ limit: value.limit, path, want: value.value, got });
  }
  return drifts;
};
