// Takes back what LXC delegated on v1: there a tenant could escape limits by groups of its own (design: v1 traps).

import { chownSync, lchownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { problem } from '../../domain/errors.ts';
import { type Hierarchies, NAMED_SYSTEMD } from './detect.ts';
import { resolveInside, visitFolders } from './tree.ts';

const errnoOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/**
 * What LXC gives away in the group it made, beside the folder itself (chown_cgroup_wrapper of src/lxc/cgroups/cgfsng.c);
 * the other files are root's, for root made the folder. Each chown(2) takes 6 us, and there are 140 files.
 */
const DELEGATED = ['tasks', 'cgroup.procs'] as const;

/** In a folder that the tenant made all files are its own. */
const listFiles = (folder: Buffer): Buffer[] =>
  readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name);

/** A folder first, so nothing new can be made in it; then its files. Below it visitFolders goes on. */
const takeBack = (folder: Buffer, isTop: boolean): void => {
  try {
    chownSync(folder, 0, 0);
    for (const name of isTop ? DELEGATED.map((file) => Buffer.from(file)) : listFiles(folder))
      lchownSync(Buffer.concat([folder, Buffer.from('/'), name]), 0, 0);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT')
      throw problem(
        'KERNEL_WRITE',
        { path: String(folder), value: 'chown 0:0', errno: errnoOf(error) },
        { cause: error },
      );
  }
};

/** The inner groups in question: name=systemd stays the tenant's, it limits nothing and an init like systemd needs it. */
const listGroups = ({ controllers }: Hierarchies, inner: string): readonly string[] => {
  const limiting = [...controllers].filter(([name]) => name !== NAMED_SYSTEMD && name !== `name=${NAMED_SYSTEMD}`);
  // cpu and cpuacct may share one
  return [...new Set(limiting.map(([, folder]) => resolveInside(folder, inner)))];
};

/** What LXC gives away at a start, each folder before its files. */
export const listDelegatedV1 = (hierarchies: Hierarchies, inner: string): readonly string[] =>
  listGroups(hierarchies, inner).flatMap((group) => [group, ...DELEGATED.map((file) => join(group, file))]);

/**
 * Gives the inner group back to root in every controller. `unified` stays the tenant's: delegation is safe there, and the
 * tree is bounded.
 */
export const confineV1 = (hierarchies: Hierarchies, inner: string): void => {
  for (const top of listGroups(hierarchies, inner))
    visitFolders(top, { enter: (path) => takeBack(path, path.equals(Buffer.from(top))) });
};
