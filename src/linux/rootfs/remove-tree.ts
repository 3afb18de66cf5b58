// Removes a folder of ours for good: mounts below it first, never into another file system, never through a link.

import type { Clock } from '../../ports/clock.ts';
import { run } from '../exec.ts';
import { unmountBelow } from './mounts.ts';

const REMOVE_MS = 600_000;

/** @param path absolute, canonical and ours; absence is fine */
export const removeTree = async (path: string, clock: Clock): Promise<void> => {
  await unmountBelow(path, clock);
  // rm(1) walks by descriptors (openat, O_NOFOLLOW) and is safe against links being swapped in
  await run('rm', ['-rf', '--one-file-system', '--preserve-root=all', '--', path], { timeoutMs: REMOVE_MS });
};
