// Judges a whole tar file before anything of it is unpacked, and the unpacked tree by what was judged.

import { constants } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { problem } from '../../../domain/errors.ts';
import {
  ARCHIVE_LIMITS,
  ArchiveCheck,
  type ArchiveLimits,
  type Checked,
  type Kind,
  type Verdict,
} from './tar-check.ts';
import { TarFormatError } from './tar-header.ts';
import { readTar, type TarEntry } from './tar-reader.ts';

/** Names come from strangers: no control bytes reach a terminal, and none is longer than a line. */
const printable = (name: string): string => name.slice(0, 200).replace(/[^\x20-\x7e]/g, '?');

const refuse = (verdict: Verdict, path: string, entry?: TarEntry): void => {
  if (verdict.ok) return;
  const why = printable(verdict.why);
  if (verdict.code === 'ARCHIVE_INVALID') throw problem('ARCHIVE_INVALID', { path, why });
  throw problem('ARCHIVE_UNSAFE', { path, entry: printable(entry?.name ?? why), why });
};

/**
 * @param file the uncompressed archive, in a folder only we can write
 * @param path what the user named, for messages
 * @returns what unpacking must give
 * @throws Problem ARCHIVE_UNSAFE naming the entry, ARCHIVE_INVALID
 */
export const checkArchive = async (
  file: string,
  path: string,
  options: { readonly signal: AbortSignal; readonly limits?: ArchiveLimits },
): Promise<ReadonlyMap<string, Checked>> => {
  const check = new ArchiveCheck(options.limits ?? ARCHIVE_LIMITS);
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    for await (const entry of readTar(handle)) {
      options.signal.throwIfAborted();
      refuse(check.add(entry), path, entry);
    }
  } catch (error) {
    if (error instanceof TarFormatError)
      throw problem('ARCHIVE_INVALID', { path, why: error.message }, { cause: error });
    throw error;
  } finally {
    await handle.close();
  }
  refuse(check.finish(), path);
  return check.seen;
};

const kindOf = (mode: number): Kind | undefined => {
  const kinds: Readonly<Record<number, Kind>> = {
    [constants.S_IFREG]: 'file',
    [constants.S_IFDIR]: 'folder',
    [constants.S_IFLNK]: 'link',
    [constants.S_IFIFO]: 'fifo',
  };
  return kinds[mode & constants.S_IFMT];
};

const ID_MAX = 65535;

/** Why a thing on disk is not what was judged, or undefined. */
const whyOther = async (full: Buffer, expected: Checked | undefined): Promise<string | undefined> => {
  if (!expected) return 'was not in the list';
  const info = await lstat(full);
  if (kindOf(info.mode) !== expected.kind) return 'is of another kind than listed';
  if (info.uid > ID_MAX || info.gid > ID_MAX) return `has an owner above ${ID_MAX}`;
  if (expected.kind === 'file' && info.size !== expected.size) return 'has another size than listed';
  if (expected.kind === 'link' && (await readlink(full, 'latin1')) !== expected.link)
    return 'leads elsewhere than listed';
  return undefined;
};

/**
 * Two readers of one archive may disagree: what GNU tar made must be exactly what our own reader judged.
 * @throws Problem ARCHIVE_UNSAFE naming the first difference
 */
export const checkUnpacked = async (
  root: string,
  path: string,
  seen: ReadonlyMap<string, Checked>,
  signal: AbortSignal,
): Promise<void> => {
  let found = 0;
  const walk = async (folder: string): Promise<void> => {
    signal.throwIfAborted();
    // latin1 keeps bytes that are no UTF-8, as our reader does
    for (const name of await readdir(toPath(root, folder), { encoding: 'latin1' })) {
      const below = folder === '' ? name : `${folder}/${name}`;
      const expected = seen.get(below);
      const why = await whyOther(toPath(root, below), expected);
      if (why) throw problem('ARCHIVE_UNSAFE', { path, entry: printable(below), why });
      found++;
      if (expected?.kind === 'folder') await walk(below);
    }
  };
  await walk('');
  if (found !== seen.size) {
    throw problem('ARCHIVE_UNSAFE', { path, entry: '-', why: `${seen.size} were listed, ${found} unpacked` });
  }
};

/** Bytes, not text: names in archives need not be UTF-8. */
const toPath = (root: string, below: string): Buffer =>
  Buffer.concat([Buffer.from(`${root}/`), Buffer.from(below, 'latin1')]);
