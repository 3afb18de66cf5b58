// Takes back what LXC delegated on v1: there a tenant could escape limits by groups of its own (design: v1 traps).

import { chownSync, lchownSync, readdirSync } from 'node:fs';
import { problem } from '../../domain/errors.ts';
import { type Hierarchies, NAMED_SYSTEMD } from './detect.ts';
import { resolveInside, visitFolders } from './tree.ts';

const errnoOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** A folder first, so nothing new can be made in it; then its files. Below it visitFolders goes on. */
const takeBack = (folder: Buffer): void => {
  try {
    chownSync(folder, 0, 0);
    for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' }))
      if (!entry.isDirectory()) lchownSync(Buffer.concat([folder, Buffer.from('/'), entry.name]), 0, 0);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT')
      throw problem(
        'KERNEL_WRITE',
        { path: String(folder), value: 'chown 0:0', errno: errnoOf(error) },
        { cause: error },
      );
  }
};

/**
 * Gives the inner group back to root in every controller; name=systemd stays the tenant's, it limits nothing and an
 * init like systemd needs it. `unified` stays too: delegation is safe there, and the tree is bounded.
 */
export const confineV1 = (hierarchies: Hierarchies, inner: string): void => {
  for (const [controller, folder] of hierarchies.controllers) {
    if (controller === `name=${NAMED_SYSTEMD}` || controller === NAMED_SYSTEMD) continue;
    visitFolders(resolveInside(folder, inner), { enter: takeBack });
  }
};
