// Open kernel files of one group read into one buffer; each reading ends in numbers.

import { existsSync } from 'node:fs';
import type { OpenKernelFile } from '../files.ts';
import { holdFile, readOnce, releaseFile } from './descriptors.ts';
import type { Fields } from './parse.ts';

/** Larger than any file we read: memory.stat has 2 KiB, io.stat 100 bytes per device. */
const BUFFER_BYTES = 32 * 1024;

/** One for all samplers: a sample is synchronous. */
export const SHARED_BUFFER = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/** A file that may be missing: then it reads as nothing, at no cost. */
export class Reading {
  readonly #file: OpenKernelFile | undefined;
  /** Set where no descriptor could be kept: then the file is opened for each reading. */
  readonly #path: string | undefined;

  constructor(path: string) {
    this.#file = holdFile(path);
    this.#path = this.#file === undefined && existsSync(path) ? path : undefined;
  }

  get isOpen(): boolean {
    return this.#file !== undefined || this.#path !== undefined;
  }

  /** @returns bytes now in SHARED_BUFFER */
  read(): number {
    if (this.#file !== undefined) return this.#file.readInto(SHARED_BUFFER);
    return this.#path === undefined ? 0 : readOnce(this.#path, SHARED_BUFFER);
  }

  close(): void {
    if (this.#file !== undefined) releaseFile(this.#file);
  }
}

/** A file of `key value` lines. */
export class FieldReading extends Reading {
  readonly values: Float64Array;
  readonly #fields: Fields;

  constructor(path: string, fields: Fields) {
    super(path);
    this.#fields = fields;
    this.values = new Float64Array(fields.keys.length).fill(-1);
  }

  /** @returns false when the group is gone */
  load(): boolean {
    const length = this.read();
    this.#fields.parse(SHARED_BUFFER, length, this.values);
    return length > 0;
  }

  /** Value of the field at that place; 0 when the kernel does not have it. */
  get(index: number): number {
    return Math.max(0, this.values[index] ?? 0);
  }
}
