// Brings a v2 memory limit below the present use without the blind write that would kill: reclaim first, then follow.

import { join } from 'node:path';
import { Problem } from '../../domain/errors.ts';
import { readKernelFile, readKernelFileIfAny, writeKernelFileLater } from '../files.ts';
import { ensureValue } from './limit-files.ts';
import { floorToPage } from './value-facts.ts';

/** One write reclaims at most this much, so that a thread is not held for long. */
const RECLAIM_CHUNK = 64 * 1024 * 1024;
/** Writes per step: 1 GiB a tick is as fast as a disk takes it. */
const RECLAIM_ROUNDS = 16;
/** Between use and limit stays this, for what is allocated between our look and our write. */
const MARGIN_MIN = 4 * 1024 * 1024;
const MARGIN_SHARE = 32;

/** Room above the use: 1/32 of it, at least 4 MiB. */
export const marginOver = (use: number): number => Math.max(MARGIN_MIN, Math.floor(use / MARGIN_SHARE));

const parseLimit = (text: string): number => (text === 'max' ? Number.POSITIVE_INFINITY : Number(text));

/** EAGAIN: less came than was asked (cgroup-v2.rst, memory.reclaim); ENOENT: a kernel before 5.19, or a group that is gone. */
const isEnd = (error: unknown): boolean =>
  error instanceof Problem && ['EAGAIN', 'EINTR', 'ENOENT', 'ENODEV'].includes(String(error.data['errno']));

/**
 * Asks for that much back, at most RECLAIM_ROUNDS chunks of it.
 * @returns bytes that went, as far as the tenant did not take new ones meanwhile
 */
export const reclaimV2 = async (folder: string, bytes: number): Promise<number> => {
  const readUse = (): number => Number(readKernelFileIfAny(join(folder, 'memory.current')) ?? 0);
  const before = readUse();
  const went = (): number => Math.max(0, before - readUse());
  for (let round = 0, asked = 0; round < RECLAIM_ROUNDS && asked < bytes; round++) {
    const chunk = Math.min(bytes - asked, RECLAIM_CHUNK);
    try {
      await writeKernelFileLater(join(folder, 'memory.reclaim'), String(chunk));
    } catch (error) {
      if (isEnd(error)) break;
      throw error;
    }
    asked += chunk;
  }
  return went();
};

/** Asks for memory back until the target fits; ends early when nothing more comes (EAGAIN) or the file is missing (< 5.19). */
const reclaimTowards = async (folder: string, target: number): Promise<void> => {
  const file = join(folder, 'memory.reclaim');
  for (let round = 0; round < RECLAIM_ROUNDS; round++) {
    const use = Number(readKernelFile(join(folder, 'memory.current')));
    const excess = use + marginOver(use) - target;
    if (excess <= 0) return;
    try {
      await writeKernelFileLater(file, String(Math.min(excess, RECLAIM_CHUNK)));
    } catch {
      return;
    }
  }
};

/**
 * One step towards a limit: at once when it is higher than the present one, else the lowest that the use allows.
 * @returns the limit now in force, in bytes
 */
export const lowerMemoryV2 = async (folder: string, target: number, pageSize: number): Promise<number> => {
  const file = join(folder, 'memory.max');
  const goal = floorToPage(target, pageSize);
  const present = parseLimit(readKernelFile(file));
  if (present > goal) await reclaimTowards(folder, goal);
  const use = present > goal ? Number(readKernelFile(join(folder, 'memory.current'))) : 0;
  const reachable = use === 0 ? goal : Math.max(goal, floorToPage(use + marginOver(use), pageSize));
  const next = present > goal ? Math.min(present, reachable) : goal;
  await ensureValue(file, Number.isFinite(next) ? String(next) : 'max');
  return next;
};

/**
 * Writes the target whatever the use: the kernel reclaims, then kills until it fits (cgroup-v2.rst, memory.max).
 * @returns the limit now in force, in bytes
 */
export const forceMemoryV2 = async (folder: string, target: number, pageSize: number): Promise<number> => {
  const goal = floorToPage(target, pageSize);
  await ensureValue(join(folder, 'memory.max'), String(goal));
  return goal;
};
