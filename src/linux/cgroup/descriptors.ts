// Descriptors kept open for samples: within a budget, for they are the whole process's and 1000 tenants want 17000.

import { closeSync, readFileSync } from 'node:fs';
import { type KernelPath, openKernelFile } from '../files.ts';
import { readStart } from '../syscalls.ts';

/** Left to the rest of the daemon: clients, helpers' pipes, SQLite, modules. */
const RESERVE = 2048;

/** Open files allowed to this process; Node raises the soft limit to the hard one at its start. */
export const readFileLimit = (): number =>
  Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024);

/** All but the reserve, or half where there is little. */
export const planBudget = (limit: number): number => Math.max(Math.floor(limit / 2), limit - RESERVE);

let budget: number | undefined;
let held = 0;

/** @returns undefined when the file cannot be opened, or no more descriptors may be kept */
export const holdFile = (path: KernelPath): number | undefined => {
  budget ??= planBudget(readFileLimit());
  if (held >= budget) return undefined;
  const fd = openKernelFile(path);
  if (fd !== undefined) held++;
  return fd;
};

/** Once for each held file: the number may be another file's afterwards. */
export const releaseFile = (fd: number): void => {
  held--;
  closeSync(fd);
};

/** Opens, reads, closes: some 20 us where a kept descriptor needs 1. */
export const readOnce = (path: KernelPath, buffer: Uint8Array): number => {
  const fd = openKernelFile(path);
  if (fd === undefined) return 0;
  try {
    return readStart(fd, buffer);
  } finally {
    closeSync(fd);
  }
};
