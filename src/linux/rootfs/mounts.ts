// Reads the mount table and takes mounts down; never fails on what is already gone.

import { readFileSync } from 'node:fs';
import { Problem, problem } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { run } from '../exec.ts';
import { type MountEntry, parseMountinfo, pickBelow } from './mountinfo.ts';

export const readMounts = (): readonly MountEntry[] => parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));

/** Mounts at or below a folder now. */
export const listMounts = (folder: string): readonly MountEntry[] => pickBelow(readMounts(), folder);

/** A dying process lets go of its last file shortly after its end is seen. */
const BUSY_MS = 5_000;
const RETRY_MS = 50;

const umountOnce = async (target: string): Promise<Problem | undefined> => {
  try {
    await run('umount', ['--no-canonicalize', '--', target], { timeoutMs: 120_000 });
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
    const top = listMounts(folder).at(-1);
    if (!top) return;
    const failure = await umountOnce(top.target);
    if (!failure) continue;
    if (!listMounts(folder).some((entry) => entry.id === top.id)) continue;
    if (clock.monotonic() >= deadline) {
      throw problem('COMMAND_FAILED', failure.data, { cause: failure });
    }
    await clock.sleep(RETRY_MS);
  }
};
