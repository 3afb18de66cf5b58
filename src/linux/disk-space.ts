// A full disk below the state folder, told as such: by whichever word the lack of space comes.

import { statfs } from 'node:fs/promises';
import { Problem, problem } from '../domain/errors.ts';
import { formatBytes, MiB } from '../domain/units.ts';

/** What a fresh file system takes at once: measured 4 MB for 10 GB, journal included as it fills. */
export const LEAST_FREE = 32 * MiB;

/** What root and others may still write, in bytes. */
export const readFree = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/** Node's code, errno of a call of ours, or the words of a helper, which runs with LC_ALL=C. */
export const isLackOfSpace = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  const data = error instanceof Problem ? error.data : {};
  const words = [code, data['errno'], data['output'], data['why']].map(String);
  return words.some((text) => /\b(ENOSPC|EDQUOT)\b|No space left on device|Disk quota exceeded/.test(text));
};

/**
 * To be asked when what was begun has been removed again: what is free now did not suffice.
 * @returns the problem to throw; the error itself when it is about something else
 */
export const explainLack = async (error: unknown, folder: string, what: string): Promise<unknown> => {
  if (!isLackOfSpace(error)) return error;
  const free = formatBytes(await readFree(folder));
  return problem('DISK_SPACE', { path: folder, free, needed: `more than ${free}`, what }, { cause: error });
};

/**
 * Does something that writes both below the state folder and on a tenant's own disk: only of the first is the lack of
 * space the host's.
 * @throws Problem DISK_SPACE
 */
export const withSpace = async <T>(folder: string, what: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    throw (await readFree(folder)) < LEAST_FREE ? await explainLack(error, folder, what) : error;
  }
};
