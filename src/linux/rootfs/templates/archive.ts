// The tar template: copy, unpack the compression, judge everything, only then unpack; compare with what was judged.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, chown, type FileHandle, open, rename, rm } from 'node:fs/promises';
import { Problem, problem } from '../../../domain/errors.ts';
import { formatBytes, MiB } from '../../../domain/units.ts';
import { run } from '../../exec.ts';
import type { Builder, BuildOptions } from '../builder.ts';
import { checkArchive, checkUnpacked } from './archive-check.ts';
import { ARCHIVE_LIMITS, type ArchiveLimits } from './tar-check.ts';

/** Raised when the rules change, so that what older rules let in is built again. */
const RULES_VERSION = 1;
const UNPACK_MS = 3_600_000;
const CHUNK = 1 << 20;
/** Headers and padding come on top of the data: a header, a pax header with its block, and half a block each. */
const mostBytes = ({ entries, bytes }: ArchiveLimits): number => bytes + entries * 2048 + MiB;

export type Compression = 'none' | 'gzip' | 'xz' | 'zstd';

/** By the first bytes, never by the name (RFC 1952, xz-file-format 2.1.1.1, RFC 8878). */
const pickCompression = (head: Buffer): Compression => {
  if (head.subarray(0, 2).equals(Buffer.of(0x1f, 0x8b))) return 'gzip';
  if (head.subarray(0, 6).equals(Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00))) return 'xz';
  if (head.subarray(0, 4).equals(Buffer.of(0x28, 0xb5, 0x2f, 0xfd))) return 'zstd';
  return 'none';
};

/** O_NONBLOCK: a FIFO in place of a file must not hang the daemon. */
const openSource = async (path: string): Promise<FileHandle> => {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (!(await handle.stat()).isFile()) throw new Error('it is not a plain file');
    return handle;
  } catch (error) {
    await handle?.close();
    const { code, message } = error as NodeJS.ErrnoException;
    throw problem('FILE_UNREADABLE', { path, why: code ?? message }, { cause: error });
  }
};

/** Hashes a file, and copies it on the way when a target is given; what is judged later is what was hashed. */
const digestFile = async (path: string, signal: AbortSignal, target?: string): Promise<string> => {
  const source = await openSource(path);
  const copy =
    target === undefined ? undefined : await open(target, 'wx', 0o600).catch((e) => closeAndThrow(source, e));
  try {
    const sum = createHash('sha256').update(`rules ${RULES_VERSION}\n`);
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await source.read(buffer, 0, CHUNK);
      if (bytesRead === 0) return sum.digest('hex').slice(0, 40);
      sum.update(buffer.subarray(0, bytesRead));
      await copy?.appendFile(buffer.subarray(0, bytesRead));
    }
  } finally {
    await source.close();
    await copy?.close();
  }
};

const closeAndThrow = async (handle: FileHandle, error: unknown): Promise<never> => {
  await handle.close();
  throw error;
};

const readHead = async (file: string): Promise<Buffer> => {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
};

/** Program, its suffix, arguments: the host's own, never one that a tree brings along. */
const DECOMPRESSORS: Readonly<Record<Exclude<Compression, 'none'>, readonly [string, string, readonly string[]]>> = {
  gzip: ['/usr/bin/gzip', 'gz', ['--decompress', '--no-name']],
  xz: ['/usr/bin/xz', 'xz', ['--decompress', '--memlimit-decompress=1GiB', '--threads=1']],
  zstd: ['/usr/bin/zstd', 'zst', ['--decompress', '--rm', '--quiet', '--memory=1024MB']],
};

/** Leaves `file` uncompressed; a bomb ends at the size limit of the process (RLIMIT_FSIZE, SIGXFSZ). */
const decompress = async (file: string, path: string, limits: ArchiveLimits, signal: AbortSignal): Promise<void> => {
  const compression = pickCompression(await readHead(file));
  if (compression === 'none') return;
  const [program, suffix, args] = DECOMPRESSORS[compression];
  const packed = `${file}.${suffix}`;
  await rename(file, packed);
  const most = mostBytes(limits);
  try {
    await run('prlimit', [`--fsize=${most}`, '--', program, ...args, '--', packed], { signal, timeoutMs: UNPACK_MS });
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'COMMAND_FAILED') throw error;
    const big = ['SIGXFSZ', 153].includes(error.data['status'] as string | number) || /too large/i.test(error.message);
    if (big) {
      throw problem('ARCHIVE_UNSAFE', { path, entry: '-', why: `unpacks to more than ${formatBytes(most)}` });
    }
    const why = `${compression} cannot read it: ${String(error.data['output']).replaceAll(packed, path)}`;
    throw problem('ARCHIVE_INVALID', { path, why }, { cause: error });
  }
};

/**
 * GNU tar: names beginning with / or holding .. are refused by it as well; links are made last (its own guard).
 * Of the extended attributes only file capabilities pass: trusted.overlay.* would steer the overlay.
 */
const TAR_ARGS = [
  '--extract',
  '--numeric-owner',
  '--same-owner',
  '--same-permissions',
  '--delay-directory-restore',
  '--xattrs',
  '--xattrs-include=security.capability',
  '--no-acls',
  '--no-selinux',
  '--force-local',
  '--warning=no-timestamp',
  '--keep-old-files',
] as const;

const unpack = async (file: string, root: string, path: string, signal: AbortSignal): Promise<void> => {
  try {
    const places = [`--file=${file}`, `--directory=${root}`];
    await run('tar', [...TAR_ARGS, ...places], { signal, timeoutMs: UNPACK_MS });
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'COMMAND_FAILED') throw error;
    const why = String(error.data['output']).replace(/[^\x20-\x7e]/g, '?');
    throw problem('ARCHIVE_INVALID', { path, why: `tar cannot unpack it: ${why}` }, { cause: error });
  }
};

export const buildArchive = (path: string, limits: ArchiveLimits = ARCHIVE_LIMITS): Builder => {
  let expected: string | undefined;
  const recipe = async ({ signal }: BuildOptions): Promise<string> => {
    expected = await digestFile(path, signal);
    return expected;
  };
  const build = async (root: string, work: string, { progress, signal }: BuildOptions): Promise<string> => {
    const file = `${work}/archive.tar`;
    progress(`copying ${path}`);
    const digest = await digestFile(path, signal, file);
    if (digest !== expected) throw problem('ARCHIVE_INVALID', { path, why: 'it changed while it was read' });
    await decompress(file, path, limits, signal);
    progress('judging every entry');
    const seen = await checkArchive(file, path, { signal, limits });
    progress(`unpacking ${seen.size} entries`);
    await unpack(file, root, path, signal);
    await rm(file);
    await checkUnpacked(root, path, seen, signal);
    await chown(root, 0, 0);
    await chmod(root, 0o755);
    return digest;
  };
  return { template: 'tar', recipe, build };
};
