// Replaces a file so that a crash at any moment leaves the old or the new content, never neither and never a mixture.

import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** lowdb's own adapter renames without fsync and under a fixed temporary name: lost after a power cut, torn by two writers. */
export const replaceFile = (path: string, text: string): void => {
  const temporary = `${path}.${process.pid}.tmp`;
  const fd = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(fd, text); // goes on after a short write, until all is there or the disk is full
    fsyncSync(fd);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
  syncFolder(dirname(path));
};

/** What a writer that was killed before its rename left; only for the one writer that holds the lock. */
export const sweepTemporaries = (path: string): void => {
  const folder = dirname(path);
  const left = new RegExp(`^${basename(path).replaceAll('.', '\\.')}\\.\\d+\\.tmp$`);
  for (const name of readdirSync(folder)) if (left.test(name)) rmSync(join(folder, name), { force: true });
};

/** The rename itself is durable only when the folder is (fsync(2)). */
const syncFolder = (path: string): void => {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
};

export const readFileIfAny = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
