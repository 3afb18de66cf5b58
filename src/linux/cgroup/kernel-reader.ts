// Open kernel files of one group read into one buffer; each reading ends in numbers.

import { existsSync, statSync } from 'node:fs';
import { readStart } from '../syscalls.ts';
import { holdFile, readOnce, releaseFile } from './descriptors.ts';
import type { Fields } from './parse.ts';

/** Larger than any file we read: memory.stat has 2 KiB, io.stat 100 bytes per device. */
const BUFFER_BYTES = 32 * 1024;

/** One for all samplers: a sample is synchronous. */
export const SHARED_BUFFER = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/** A cgroup's number, which the kernel gives in turn and so not again for a long time (kernfs, idr_alloc_cyclic); '' = gone. */
export const readIdentity = (folder: string): string =>
  statSync(folder, { bigint: true, throwIfNoEntry: false })?.ino.toString() ?? '';

/** A file that may be missing: then it reads as nothing, at no cost. Small, for there are 17000 with 1000 tenants. */
export class Reading {
  /** The kept descriptor; the path where none could be kept: then the file is opened for each reading. */
  #file: number | string | undefined;

  constructor(path: string) {
    this.#file = holdFile(path) ?? (existsSync(path) ? path : undefined);
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** @returns bytes now in SHARED_BUFFER */
  read(): number {
    const file = this.#file;
    if (typeof file === 'number') return readStart(file, SHARED_BUFFER);
    return file === undefined ? 0 : readOnce(file, SHARED_BUFFER);
  }

  close(): void {
    if (typeof this.#file === 'number') releaseFile(this.#file);
    this.#file = undefined;
  }
}

/** A file of `key value` lines. */
export class FieldReading extends Reading {
  readonly #fields: Fields;
  readonly #places: number[] = [];

  constructor(path: string, fields: Fields) {
    super(path);
    this.#fields = fields;
  }

  /** @returns false when the group is gone */
  load(): boolean {
    const length = this.read();
    this.#fields.parse(SHARED_BUFFER, length, this.#places);
    return length > 0;
  }

  /** The field at that place, as loaded last by anybody with these fields; 0 when the kernel does not have it. */
  get(index: number): number {
    return Math.max(0, this.#fields.values[index] ?? 0);
  }

  /** Whether the kernel has it. */
  has(index: number): boolean {
    return (this.#fields.values[index] ?? -1) >= 0;
  }
}
