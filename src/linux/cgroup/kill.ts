// Ends every process of a place: the tenant's first, then LXC's monitor if it does not go by itself.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { problem } from '../../domain/errors.ts';
import type { Place } from '../../domain/instance.ts';
import { writeKernelFile } from '../files.ts';
import { readPids } from './tree.ts';
import { waitUntil } from './wait.ts';

/** A killed process with much memory takes a while to give it back; in uninterruptible sleep it does not end at all. */
const KILL_TIMEOUT_MS = 10_000;
/** How long the monitor may clean up once its container is gone. */
const MONITOR_GRACE_MS = 2000;
/** Between two rounds of kill: who forked in the first one is caught in the next. */
const ROUND_MS = 100;

const signal = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already, or of another pid namespace (0)
  }
};

/** One process at a time, for kernels without cgroup.kill. */
export const killPids = (folder: string): void => {
  for (const pid of readPids(folder)) if (pid > 0) signal(pid);
};

/** cgroup.kill is one atomic write that forks cannot outrun (5.14, cgroup-v2.rst). */
export const killByFile = (folder: string): boolean => {
  const file = join(folder, 'cgroup.kill');
  if (!existsSync(file)) return false;
  writeKernelFile(file, '1');
  return true;
};

const isEmpty = (folder: string): boolean => readPids(folder).length === 0;

/** @throws Problem KERNEL_WRITE naming the processes that stay */
const killFolder = async (folder: string, round: (folder: string) => Promise<void>): Promise<void> => {
  const deadline = performance.now() + KILL_TIMEOUT_MS;
  while (!isEmpty(folder)) {
    if (performance.now() > deadline) {
      const value = `SIGKILL to ${readPids(folder).slice(0, 10).join(' ')}`;
      throw problem('KERNEL_WRITE', { path: folder, value, errno: 'the processes do not end' });
    }
    await round(folder);
    await waitUntil(() => isEmpty(folder), ROUND_MS);
  }
};

/** Kills payload, then what is left beside it. */
export const killPlace = async (
  at: (relative: string) => string,
  place: Place,
  round: (folder: string) => Promise<void>,
): Promise<void> => {
  if (existsSync(at(place.payload))) await killFolder(at(place.payload), round);
  if (!existsSync(at(place.root))) return;
  const isGone = await waitUntil(() => isEmpty(at(place.root)), MONITOR_GRACE_MS);
  if (!isGone) await killFolder(at(place.root), round);
};
