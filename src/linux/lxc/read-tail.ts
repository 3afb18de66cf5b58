// The end of a log that LXC writes, however long it is.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Of a regular file, never of a link or a FIFO; an empty text where there is none. */
export const readTail = (path: string, maxBytes: number): string => {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return '';
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return '';
    const buffer = Buffer.alloc(Math.min(stat.size, maxBytes));
    const read = readSync(fd, buffer, 0, buffer.length, Math.max(0, stat.size - buffer.length));
    return buffer.subarray(0, read).toString('utf8');
  } finally {
    closeSync(fd);
  }
};
