// Folders of a cgroup tree: where they may be, walking them, making and removing them. Tenants name some: names are bytes.

import { closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { problem } from '../../domain/errors.ts';
import { type KernelPath, readKernelFileIfAny } from '../files.ts';
import { waitUntil } from './wait.ts';

/** How folders come and go; a test whose kernel is a plain folder gives its own. */
export interface FolderCalls {
  make(path: string): void;
  remove(path: KernelPath): void;
}

export const KERNEL_FOLDERS: FolderCalls = { make: (path) => mkdirSync(path), remove: (path) => rmdirSync(path) };

/**
 * Joins a hierarchy's folder and a relative place, and refuses what would lead out of it.
 * @throws Problem INTERNAL
 */
export const resolveInside = (folder: string, relative: string): string => {
  const parts = relative.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0')))
    throw problem('INTERNAL', { what: `"${relative}" is no place in a cgroup hierarchy` });
  return join(folder, relative);
};

const errnoOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/**
 * Makes a folder and those above it, below `folder`; may run twice.
 * @throws Problem KERNEL_WRITE
 */
export const ensureFolder = (folder: string, relative: string, calls: FolderCalls): void => {
  resolveInside(folder, relative);
  let path = folder;
  for (const part of relative.split('/')) {
    path = join(path, part);
    if (existsSync(path)) continue;
    try {
      calls.make(path);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST')
        throw problem('KERNEL_WRITE', { path, value: 'mkdir', errno: errnoOf(error) }, { cause: error });
    }
  }
};

/** Names of the folders in a folder; none when it is gone. A cgroup filesystem has no links. */
const readNames = (path: KernelPath): Buffer[] => {
  try {
    return readdirSync(path, { withFileTypes: true, encoding: 'buffer' })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
};

/** Names of the folders directly below, those of ours: plain ASCII. */
export const listFolders = (path: string): string[] => readNames(path).map((name) => name.toString('latin1'));

/** A path longer than this is left for /proc/self/fd/N: v1 sets no bound on depth, and PATH_MAX is 4096. */
const ANCHOR_BYTES = 2048;
const SLASH = Buffer.from('/');

interface Frame {
  /** By this path the folder itself is reached. */
  readonly path: Buffer;
  /** By this one what is in it. */
  readonly base: Buffer;
  readonly fd: number | undefined;
  readonly names: Buffer[];
}

const openFrame = (path: Buffer): Frame => {
  if (path.length <= ANCHOR_BYTES) return { path, base: path, fd: undefined, names: readNames(path) };
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  const base = Buffer.from(`/proc/self/fd/${fd}`);
  return { path, base, fd, names: readNames(base) };
};

const tryOpenFrame = (path: Buffer): Frame | undefined => {
  try {
    return openFrame(path);
  } catch {
    return undefined; // gone meanwhile
  }
};

export interface Visitor {
  /** Before the folders below it. */
  enter?(path: Buffer): void;
  /** After the folders below it. */
  leave?(path: Buffer): void;
}

/** Visits a folder and all below it, without recursion: the depth is the tenant's choice. */
export const visitFolders = (top: string, visitor: Visitor): void => {
  const stack: Frame[] = [];
  const push = (path: Buffer): void => {
    visitor.enter?.(path);
    const frame = tryOpenFrame(path);
    if (frame) stack.push(frame);
  };
  try {
    if (existsSync(top)) push(Buffer.from(top));
    for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
      const name = frame.names.pop();
      if (name) {
        push(Buffer.concat([frame.base, SLASH, name]));
        continue;
      }
      stack.pop();
      if (frame.fd !== undefined) closeSync(frame.fd);
      visitor.leave?.(frame.path);
    }
  } finally {
    for (const { fd } of stack) if (fd !== undefined) closeSync(fd);
  }
};

/** Process ids in a folder and all below it. */
export const readPids = (top: string): number[] => {
  const pids = new Set<number>();
  visitFolders(top, {
    enter: (path) => {
      // EOPNOTSUPP in a threaded group: its processes show in the group above
      const text = readKernelFileIfAny(Buffer.concat([path, Buffer.from('/cgroup.procs')])) ?? '';
      for (const line of text.split('\n')) if (line !== '') pids.add(Number(line));
    },
  });
  return [...pids];
};

/** Processes that ended a moment ago still hold their group. */
const REMOVE_TIMEOUT_MS = 3000;

/**
 * Removes a folder and all below it, bottom up; absence is fine.
 * @throws Problem KERNEL_WRITE when something still holds it at the deadline
 */
export const removeTree = async (top: string, calls: FolderCalls): Promise<void> => {
  let last: { path: string; error: unknown } | undefined;
  const removeOnce = (): boolean => {
    last = undefined;
    visitFolders(top, {
      leave: (path) => {
        try {
          calls.remove(path);
        } catch (error) {
          if (errnoOf(error) !== 'ENOENT') last ??= { path: path.toString('utf8'), error };
        }
      },
    });
    return !existsSync(top);
  };
  if (await waitUntil(removeOnce, REMOVE_TIMEOUT_MS)) return;
  const { path, error } = last ?? { path: top, error: 'EBUSY' };
  throw problem('KERNEL_WRITE', { path, value: 'rmdir', errno: errnoOf(error) }, { cause: error });
};

/** Removes one folder if nothing is in it; absence and use are fine. */
export const removeIfEmpty = (path: string, calls: FolderCalls): void => {
  if (!existsSync(path) || listFolders(path).length > 0) return;
  try {
    calls.remove(path);
  } catch (error) {
    if (!['ENOENT', 'EBUSY', 'ENOTEMPTY'].includes(errnoOf(error)))
      throw problem('KERNEL_WRITE', { path, value: 'rmdir', errno: errnoOf(error) }, { cause: error });
  }
};
