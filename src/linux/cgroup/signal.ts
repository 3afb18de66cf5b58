// Signals to single processes of a tenant: never to a number that went to another process meanwhile.

import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { openProcess, signalProcess } from '../syscalls-process.ts';
import { readPids } from './tree.ts';

/** Descriptors held at a time; a process may have 1024 by default (getrlimit(2), RLIMIT_NOFILE). */
const CHUNK = 128;

interface Held {
  readonly pid: number;
  readonly fd: number;
}

const hold = (pid: number): Held[] => {
  const fd = openProcess(pid);
  return fd === undefined ? [] : [{ pid, fd }];
};

/**
 * The order is the point: first each process is held, then the tree is read. A number that is in the tree by then and
 * whose holder still lives is the tenant's own.
 */
const signalChunk = (folder: string, pids: readonly number[], signal: number): number => {
  const held: Held[] = [];
  try {
    for (const pid of pids) held.push(...hold(pid));
    const inside = new Set(readPids(folder));
    return held.filter(({ pid, fd }) => inside.has(pid) && signalProcess(fd, signal)).length;
  } finally {
    for (const { fd } of held) closeSync(fd);
  }
};

/** @returns how many processes of the folder's tree were signalled */
export const signalPids = (folder: string, pids: readonly number[], signal: 'SIGKILL' | 'SIGTERM'): number => {
  const wanted = [...new Set(pids)].filter((pid) => Number.isSafeInteger(pid) && pid > 0);
  let count = 0;
  for (let from = 0; from < wanted.length; from += CHUNK)
    count += signalChunk(folder, wanted.slice(from, from + CHUNK), constants.signals[signal]);
  return count;
};
