// What the launcher needs for `exec` and `shell` without asking the daemon: one line a file, root only.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RunFacts {
  /** Folder of all containers, `lxc-attach -P`. */
  readonly lxcPath: string;
  /** The file that says whether the tenant is frozen, and what it says then. */
  readonly freezer: { readonly path: string; readonly frozen: string };
  /** Threads that the CPU limit lets run at once; null when that is no less than the host has. */
  readonly threads: number | null;
}

const runFolder = (run: string, name: string): string => join(run, 'tenants', name);

export const writeRunFiles = (run: string, name: string, { lxcPath, freezer, threads }: RunFacts): void => {
  const folder = runFolder(run, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lines = { lxcpath: lxcPath, freezer: freezer.path, freezer_frozen: freezer.frozen, threads };
  for (const [file, line] of Object.entries(lines)) {
    if (line === null) rmSync(join(folder, file), { force: true });
    else writeFileSync(join(folder, file), `${line}\n`, { mode: 0o600 });
  }
};

export const removeRunFiles = (run: string, name: string): void =>
  rmSync(runFolder(run, name), { recursive: true, force: true });
