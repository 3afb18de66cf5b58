// The only reader and writer of kernel files: write-only, no create; errors carry path and value.

import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { problem } from '../domain/errors.ts';

const errnoOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/**
 * Writes a value to a kernel file in one write(2).
 * @throws Problem KERNEL_WRITE with path, value and errno
 */
export const writeKernelFile = (path: string, value: string): void => {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    writeSync(fd, value);
  } catch (error) {
    throw problem('KERNEL_WRITE', { path, value, errno: errnoOf(error) }, { cause: error });
  } finally {
    if (fd !== undefined) closeSync(fd);
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
export const readKernelFileIfAny = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').replace(/\n$/, '');
  } catch {
    return undefined;
  }
};

/** A kernel file whose descriptor stays open: one pread(2) per read (4-5 us against 20 us for open, read, close). */
export class OpenKernelFile {
  readonly path: string;
  readonly #fd: number;
  #open = true;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /** @returns undefined when the file cannot be opened */
  static open(path: string): OpenKernelFile | undefined {
    try {
      return new OpenKernelFile(path, openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW));
    } catch {
      return undefined;
    }
  }

  /**
   * Reads from the start into a shared buffer.
   * @returns bytes read; 0 when the cgroup is gone (ENODEV)
   */
  readInto(buffer: Uint8Array): number {
    if (!this.#open) return 0;
    try {
      return readSync(this.#fd, buffer, 0, buffer.length, 0);
    } catch {
      return 0;
    }
  }

  close(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }
}
