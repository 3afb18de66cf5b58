// v1 memory limits: the order of the two files, and the way down. A write below the use fails with EBUSY, nobody dies.

import { join } from 'node:path';
import { Problem } from '../../domain/errors.ts';
import { readKernelFile, readKernelFileIfAny, writeKernelFileLater } from '../files.ts';
import { ensureValue } from './limit-files.ts';
import { floorToPage } from './value-facts.ts';

const LIMIT = 'memory.limit_in_bytes';
const WITH_SWAP = 'memory.memsw.limit_in_bytes';
const USE = 'memory.usage_in_bytes';

/**
 * Above the use on the way down, so that the next write is not refused at once, and that a command which begins
 * meanwhile is not killed (with 1 MiB a mere `pgrep` was, one time in five).
 */
const MARGIN = 4 * 1024 * 1024;
/** Each try lets the kernel reclaim again (mm/memcontrol-v1.c: 16 rounds, then EBUSY). */
const TRIES = 4;

const isBusy = (error: unknown): boolean => error instanceof Problem && error.data['errno'] === 'EBUSY';

/** The target, or as close as the use lets it come. */
const lowerFile = async (folder: string, target: number, pageSize: number): Promise<number> => {
  const file = join(folder, LIMIT);
  const goal = floorToPage(target, pageSize);
  let next = goal;
  for (let round = 0; round < TRIES; round++) {
    try {
      await ensureValue(file, String(next));
      return next;
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    const use = Number(readKernelFile(join(folder, USE)));
    const present = Number(readKernelFile(file));
    next = Math.max(goal, floorToPage(use + MARGIN * (round + 1), pageSize));
    if (next >= present) return present;
  }
  return Number(readKernelFile(file));
};

export interface MemoryGoal {
  /** Bytes, or -1 for none. */
  readonly memory: number;
  /** Memory and swap together; undefined where the kernel does not count swap or nothing is asked of it. */
  readonly withSwap: number | undefined;
}

/**
 * Moves both limits, or as far down as the use allows: memory and swap together may never be below memory alone
 * (EINVAL), so it goes first on the way up and last on the way down.
 * @returns the limit of memory now in force
 */
export const setMemoryV1 = async (folder: string, goal: MemoryGoal, pageSize: number): Promise<number> => {
  const swapFile = join(folder, WITH_SWAP);
  const withSwap = readKernelFileIfAny(swapFile) === undefined ? undefined : goal.withSwap;
  const isUp = withSwap !== undefined && (withSwap < 0 || withSwap > Number(readKernelFile(swapFile)));
  if (isUp) await ensureValue(swapFile, String(withSwap));
  if (goal.memory < 0) await ensureValue(join(folder, LIMIT), '-1');
  const limit = goal.memory < 0 ? goal.memory : await lowerFile(folder, goal.memory, pageSize);
  if (!isUp && withSwap !== undefined) await lowerWithSwap(swapFile, withSwap, limit);
  return limit;
};

/**
 * Takes what can be taken of the whole tree (cgroup-v1/memory.rst part 5.1, force_empty). Not by a lower limit for a
 * moment: whoever asks for memory in that moment is killed, and a crash of ours would leave the limit there.
 * @returns bytes that went
 */
export const reclaimV1 = async (folder: string): Promise<number> => {
  const readUse = (): number => Number(readKernelFileIfAny(join(folder, USE)) ?? 0);
  const before = readUse();
  try {
    await writeKernelFileLater(join(folder, 'memory.force_empty'), '0');
  } catch (error) {
    const isEnd =
      error instanceof Problem && ['ENOENT', 'ENODEV', 'EBUSY', 'EINTR'].includes(String(error.data['errno']));
    if (!isEnd) throw error;
  }
  return Math.max(0, before - readUse());
};

const lowerWithSwap = async (file: string, withSwap: number, limit: number): Promise<void> => {
  try {
    await ensureValue(file, String(Math.max(withSwap, limit)));
  } catch (error) {
    if (!isBusy(error)) throw error; // swap in use does not shrink: the next step tries again
  }
};
