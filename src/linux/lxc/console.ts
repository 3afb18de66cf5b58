// What a tenant wrote on its console: of this run, and of the run before it, which holds what a crash left to read.

import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ConsoleRun } from '../../ports/containers.ts';
import { readTail } from './read-tail.ts';

/** LXC's own: at `lxc.console.size` it moves the log to `.1` and begins anew (man 5 lxc.container.conf), so two at most. */
const FILES: Readonly<Record<ConsoleRun, string>> = { this: 'console.log', before: 'console-before.log' };

const pathsOf = (home: string, run: ConsoleRun): readonly [older: string, newer: string] => [
  join(home, `${FILES[run]}.1`),
  join(home, FILES[run]),
];

const isEmpty = (path: string): boolean => !existsSync(path) || statSync(path).size === 0;

/**
 * Before a start. A run that wrote nothing, such as a start that failed, takes nothing from what is kept: the tries after
 * a crash would push out what it said.
 */
export const turnConsole = (home: string): void => {
  const [older, newer] = pathsOf(home, 'this');
  const [keptOlder, keptNewer] = pathsOf(home, 'before');
  if (!isEmpty(newer) || !isEmpty(older)) {
    for (const path of [keptOlder, keptNewer]) rmSync(path, { force: true });
    if (existsSync(older)) renameSync(older, keptOlder);
    if (existsSync(newer)) renameSync(newer, keptNewer);
  }
  for (const path of [older, newer]) rmSync(path, { force: true });
};

/** The last bytes of a run, raw. */
export const readConsole = (home: string, run: ConsoleRun, maxBytes: number): string => {
  const [older, newer] = pathsOf(home, run);
  const end = readTail(newer, maxBytes);
  const left = maxBytes - Buffer.byteLength(end);
  return left > 0 ? readTail(older, left) + end : end;
};

export const removeConsole = (home: string): void => {
  for (const run of ['this', 'before'] as const) for (const path of pathsOf(home, run)) rmSync(path, { force: true });
};
