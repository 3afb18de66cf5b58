// Open kernel files of one group read into one buffer; each reading ends in numbers.

import { OpenKernelFile } from '../files.ts';
import type { Fields } from './parse.ts';

/** Larger than any file we read: memory.stat has 2 KiB, io.stat 100 bytes per device. */
const BUFFER_BYTES = 32 * 1024;

/** One for all samplers: a sample is synchronous. */
export const SHARED_BUFFER = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/** A file that may be missing: then it reads as nothing, at no cost. */
export class Reading {
  readonly #file: OpenKernelFile | undefined;

  constructor(path: string) {
    this.#file = OpenKernelFile.open(path);
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** @returns bytes now in SHARED_BUFFER */
  read(): number {
    return this.#file === undefined ? 0 : this.#file.readInto(SHARED_BUFFER);
  }

  close(): void {
    this.#file?.close();
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
