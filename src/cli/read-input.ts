// Reads a file that a person names, with a cap: pipes and devices have no size to look at first.

import type { FileHandle } from 'node:fs/promises';
import { problem } from '../domain/errors.ts';

/** 1024 tenants with every key fit in a quarter of it. */
const MAX_BYTES = 1 << 20;

const readCapped = async (file: FileHandle, path: string): Promise<string> => {
  const buffer = Buffer.alloc(MAX_BYTES + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
    length += bytesRead;
    if (length > MAX_BYTES) throw problem('FILE_INVALID', { path, why: `it is larger than ${MAX_BYTES} bytes` });
    if (bytesRead === 0) return buffer.toString('utf8', 0, length);
  }
};

/**
 * @param name `-` for standard input
 * @throws Problem FILE_UNREADABLE, FILE_INVALID
 */
export const readInputFile = async (name: string): Promise<string> => {
  const path = name === '-' ? '/dev/stdin' : name;
  try {
    const file = await process.getBuiltinModule('node:fs/promises').open(path, 'r');
    try {
      return await readCapped(file, name);
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof TypeError || code === 'FILE_INVALID') throw error;
    throw problem('FILE_UNREADABLE', { path: name.slice(0, 200), why: READ_ERRORS[code] ?? code }, { cause: error });
  }
};

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};
