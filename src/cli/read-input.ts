// Reads a file that a person names, or standard input, with a cap: pipes and devices have no size to look at first.

import { Problem, problem } from '../domain/errors.ts';

/** 1024 tenants with every key fit in a quarter of it. */
const MAX_BYTES = 1 << 20;

const readCapped = async (chunks: AsyncIterable<Buffer>, path: string): Promise<string> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length > MAX_BYTES) throw problem('FILE_INVALID', { path, why: `it is larger than ${MAX_BYTES} bytes` });
  }
  return Buffer.concat(parts).toString('utf8');
};

/**
 * The descriptor itself: /dev/stdin by its path is opened anew, which a socket refuses, which asks for permission again,
 * and which begins a file at its start. Node's stream waits where the descriptor was told not to (EAGAIN).
 */
const openInput = (name: string): AsyncIterable<Buffer> => {
  const fs = process.getBuiltinModule('node:fs');
  if (name !== '-') return fs.createReadStream(name);
  // a folder is no input to node, which takes it for an empty one
  if (fs.fstatSync(0).isDirectory()) throw problem('FILE_UNREADABLE', { path: name, why: READ_ERRORS['EISDIR'] });
  return process.stdin;
};

/**
 * @param name `-` for standard input
 * @throws Problem FILE_UNREADABLE, FILE_INVALID
 */
export const readInputFile = async (name: string): Promise<string> => {
  try {
    return await readCapped(openInput(name), name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof TypeError || error instanceof Problem) throw error;
    throw problem('FILE_UNREADABLE', { path: name.slice(0, 200), why: READ_ERRORS[code] ?? code }, { cause: error });
  }
};

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EBADF: 'it is not open for reading',
  EISDIR: 'it is a folder',
};
