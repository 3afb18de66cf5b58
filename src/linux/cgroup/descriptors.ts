// Descriptors kept open for samples: within a budget, for they are the whole process's and 1000 tenants want 17000.

import { readFileSync } from 'node:fs';
import { type KernelPath, OpenKernelFile } from '../files.ts';

/** Left to the rest of the daemon: clients, helpers' pipes, SQLite, modules. */
const RESERVE = 2048;

/** Open files allowed to this process; Node raises the soft limit to the hard one at its start. */
export const readFileLimit = (): number =>
  Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024);

/** All but the reserve, or half where there is little. */
export const planBudget = (limit: number): number => Math.max(Math.floor(limit / 2), limit - RESERVE);

let budget: number | undefined;
const held = new Set<OpenKernelFile>();

/** @returns undefined when the file cannot be opened, or no more descriptors may be kept */
export const holdFile = (path: KernelPath): OpenKernelFile | undefined => {
  budget ??= planBudget(readFileLimit());
  if (held.size >= budget) return undefined;
  const file = OpenKernelFile.open(path);
  if (file) held.add(file);
  return file;
};

export const releaseFile = (file: OpenKernelFile): void => {
  held.delete(file);
  file.close();
};

/** Opens, reads, closes: some 20 us where a kept descriptor needs 1. */
export const readOnce = (path: KernelPath, buffer: Uint8Array): number => {
  const file = OpenKernelFile.open(path);
  if (file === undefined) return 0;
  try {
    return file.readInto(buffer);
  } finally {
    file.close();
  }
};
