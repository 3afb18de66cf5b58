// Folders of tenants: to the trash and back, and their end.

import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { problem } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StatePaths } from './paths.ts';
import { removeTree } from './remove-tree.ts';

const trashFolder = (paths: StatePaths, key: string): string => {
  if (!/^[a-z0-9-]{1,80}$/.test(key)) throw problem('TRASH_MISSING', { value: key.replace(/[^\x20-\x7e]/g, '?') });
  return `${paths.trash}/${key}`;
};

const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;

/** Moves a folder unless that was done before; a target that is in the way is never overwritten. */
const move = async (from: string, to: string): Promise<boolean> => {
  const [source, target] = await Promise.all([isThere(from), isThere(to)]);
  if (source && target) throw problem('INTERNAL', { what: `both ${from} and ${to} exist` });
  if (source) await rename(from, to);
  return source || target;
};

export const moveToTrash = async (folder: string, paths: StatePaths, key: string): Promise<void> => {
  await mkdir(paths.trash, { recursive: true, mode: 0o700 });
  await move(folder, trashFolder(paths, key));
};

/** @throws Problem TRASH_MISSING */
export const restoreFromTrash = async (folder: string, paths: StatePaths, key: string): Promise<void> => {
  const found = await move(trashFolder(paths, key), folder);
  if (!found) throw problem('TRASH_MISSING', { value: key });
};

export const removeTrash = (paths: StatePaths, key: string, clock: Clock): Promise<void> =>
  removeTree(trashFolder(paths, key), clock);

/** Names of folders only: what else lies there is none of a tenant's. */
export const listFolders = async (parent: string): Promise<readonly string[]> =>
  (await readdir(parent, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
