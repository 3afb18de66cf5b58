// Reads the mount table and takes mounts down; never fails on what is already gone.

import { readFileSync } from 'node:fs';
import { Problem } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { run } from '../exec.ts';
import { type MountEntry, parseMountinfo, pickBelow } from './mountinfo.ts';

export const readMounts = (): readonly MountEntry[] => parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));

/** Mounts at or below a folder now. */
export const listMounts = (folder: string): readonly MountEntry[] => pickBelow(readMounts(), folder);

/** A dying process lets go of its last file shortly after its end is seen. */
const BUSY_MS = 5_000;
const RETRY_MS = 50;

/** A process, not umount2(2): writing back what is dirty may take long, and must not hold up the program. */
const umountOnce = async (targets: readonly string[]): Promise<Problem | undefined> => {
  try {
    await run('umount', ['--no-canonicalize', '--', ...targets], { timeoutMs: 120_000 });
    return undefined;
  } catch (error) {
    if (error instanceof Problem && error.code === 'COMMAND_FAILED') return error;
    throw error;
  }
};

/**
 * Takes down everything mounted at or below a folder, the last mounted first; a busy mount is tried again for a while.
 * @throws Problem COMMAND_FAILED of umount when it stays busy
 */
export const unmountBelow = async (folder: string, clock: Clock, busyMs = BUSY_MS): Promise<void> => {
  const deadline = clock.monotonic() + busyMs;
  for (;;) {
    const mounts = listMounts(folder);
    if (mounts.length === 0) return;
    const failure = await umountOnce(mounts.map(({ target }) => target).reverse());
    if (!failure) continue;
    const after = listMounts(folder);
    if (after.length < mounts.length) continue;
    if (clock.monotonic() >= deadline) throw failure;
    await clock.sleep(RETRY_MS);
  }
};
