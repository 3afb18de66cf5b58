// A plain folder that plays the kernel: making a group fills it with files as the kernel showed them, removing one
// needs it to be without groups. It does not react to what is written.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { FolderCalls } from '../../../src/linux/cgroup/tree.ts';
import type { CgroupVersion } from '../../../src/ports/cgroups.ts';

export interface FolderKernel {
  readonly root: string;
  readonly folders: FolderCalls;
  /** Every hierarchy's folder. */
  readonly hierarchies: readonly string[];
  /** Makes a group in every hierarchy from a captured one: `fresh`, `payload`, `ns`. */
  makeGroup(place: string, captured: string): void;
  close(): void;
}

const FIXTURES = join(import.meta.dirname, '../../fixtures');

/** Those of tests that failed half-way are removed at the end. */
const opened = new Set<string>();
process.once('exit', () => {
  for (const root of opened) rmSync(root, { recursive: true, force: true });
});

export const openFolderKernel = (version: CgroupVersion): FolderKernel => {
  const captured = join(FIXTURES, version === 'v2' ? 'cgroup-v2' : 'cgroup-v1');
  const root = mkdtempSync(join(tmpdir(), 'tenantctl-kernel-'));
  const close = (): void => rmSync(root, { recursive: true, force: true });
  opened.add(root);
  cpSync(join(captured, 'root'), root, { recursive: true });
  const names = version === 'v2' ? ['.'] : readdirSync(root);
  const hierarchyOf = (path: string): string => (version === 'v2' ? '.' : (relative(root, path).split('/')[0] ?? '.'));
  const fill = (path: string, from: string): void => {
    mkdirSync(path, { recursive: true });
    cpSync(join(captured, from, hierarchyOf(path)), path, { recursive: true });
  };
  return {
    root,
    hierarchies: names.map((name) => join(root, name)),
    folders: {
      make: (path) => fill(path, 'fresh'),
      remove: (path) => {
        const entries = readdirSync(path, { withFileTypes: true });
        if (!entries.some((entry) => entry.isDirectory()))
          for (const { name } of entries) unlinkSync(join(String(path), name));
        rmdirSync(path);
      },
    },
    makeGroup: (place, from) => {
      for (const name of names) fill(join(root, name, place), from);
    },
    close,
  };
};
