// Writes a file of ours that LXC reads, only where it is not there as it should be.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/**
 * On a full disk a daemon must start all the same, and must leave no empty file where there was a whole one: a tenant
 * would start without its seccomp profile.
 */
export const writeIfOther = (path: string, text: string, mode: number): void => {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  writeFileSync(`${path}.new`, text, { mode });
  renameSync(`${path}.new`, path);
};
