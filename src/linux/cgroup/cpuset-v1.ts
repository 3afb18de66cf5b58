// v1 cpusets: never empty while in use, always a subset of the parent's, so the order of writes matters.

import { join } from 'node:path';
import { formatCpuset, parseCpuset } from '../../domain/units.ts';
import { type KernelPath, readKernelFile, readKernelFileIfAny } from '../files.ts';
import { ensureValue, readDifference } from './limit-files.ts';
import { visitFolders } from './tree.ts';

const union = (a: string, b: string): string =>
  formatCpuset([...new Set([...(a === '' ? [] : parseCpuset(a)), ...parseCpuset(b)])].sort((x, y) => x - y));

const fileOf = (folder: KernelPath, name: string): string => join(String(folder), name);

/** Sets a tree to a list: first each group may have old and new, from the top; then only the new, from the bottom. */
export const setCpusetV1 = async (folder: string, list: string): Promise<void> => {
  const isSet = readDifference(fileOf(folder, 'cpuset.cpus'), list) === undefined;
  if (isSet) return;
  const down: string[] = [];
  const up: string[] = [];
  visitFolders(folder, {
    enter: (path) => down.push(fileOf(path, 'cpuset.cpus')),
    leave: (path) => up.push(fileOf(path, 'cpuset.cpus')),
  });
  for (const file of down) await ensureValue(file, union(readKernelFile(file), list));
  for (const file of up) await ensureValue(file, list);
};

/** A new group has no CPUs and no memory nodes and so takes no process: both are copied from the one above. */
export const fillCpusetV1 = async (parent: string, folder: string): Promise<void> => {
  // groups made below get theirs by themselves (cgroup-v1/cpusets.rst, clone_children)
  await ensureValue(fileOf(folder, 'cgroup.clone_children'), '1');
  for (const name of ['cpuset.cpus', 'cpuset.mems']) {
    const file = fileOf(folder, name);
    if ((readKernelFileIfAny(file) ?? '') === '') await ensureValue(file, readKernelFile(fileOf(parent, name)));
  }
};
