// The only reader and writer of kernel files: write-only, no create; errors carry path and value.

import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { problem } from '../domain/errors.ts';

/** Truncation is what a shell's > does: kernel files ignore it, a plain file that plays one in a test needs it. */
const WRITE_FLAGS = constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW;

/** A path as bytes, where names need not be UTF-8 (a tenant may have made them). */
export type KernelPath = string | Buffer;

const errnoOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/**
 * Writes a value to a kernel file in one write(2).
 * @throws Problem KERNEL_WRITE with path, value and errno
 */
export const writeKernelFile = (path: string, value: string): void => {
  let fd: number | undefined;
  try {
    fd = openSync(path, WRITE_FLAGS);
    writeSync(fd, value);
  } catch (error) {
    throw problem('KERNEL_WRITE', { path, value, errno: errnoOf(error) }, { cause: error });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
};

/**
 * The same in a thread, for writes that may wait in the kernel (memory limits reclaim first).
 * @throws Problem KERNEL_WRITE with path, value and errno
 */
export const writeKernelFileLater = async (path: string, value: string): Promise<void> => {
  try {
    await using file = await open(path, WRITE_FLAGS);
    await file.write(value);
  } catch (error) {
    throw problem('KERNEL_WRITE', { path, value, errno: errnoOf(error) }, { cause: error });
  }
};

/**
 * Reads a whole kernel file, without the last newline.
 * @throws Problem KERNEL_READ with path and errno
 */
export const readKernelFile = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').replace(/\n$/, '');
  } catch (error) {
    throw problem('KERNEL_READ', { path, errno: errnoOf(error) }, { cause: error });
  }
};

/** The same, or undefined when the file is not there (ENOENT, ENODEV, EOPNOTSUPP). */
export const readKernelFileIfAny = (path: KernelPath): string | undefined => {
  try {
    return readFileSync(path, 'utf8').replace(/\n$/, '');
  } catch {
    return undefined;
  }
};

/**
 * Opens a kernel file whose descriptor is kept: one pread(2) per read, where open, read and close take 20 us.
 * @returns undefined when it cannot be opened
 */
export const openKernelFile = (path: KernelPath): number | undefined => {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
};

/** Tables of the kernel come a page or less at a time, whatever is asked for (seq_file.rst). */
const CHUNK_BYTES = 16_384;
const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);

/**
 * Reads an open kernel file from its start to its end, however long it is.
 * @returns undefined when it cannot be read
 */
export const readOpenFile = (fd: number): string | undefined => {
  let text = '';
  let position = 0;
  try {
    for (;;) {
      const length = readSync(fd, chunk, 0, CHUNK_BYTES, position);
      if (length === 0) return text;
      text += chunk.toString('latin1', 0, length);
      position += length;
    }
  } catch {
    return undefined;
  }
};
