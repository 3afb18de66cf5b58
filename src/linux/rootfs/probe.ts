// Finds out how bases can be given the ids of a tenant on this host.

import { closeSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { ID_BASE } from '../../domain/slots.ts';
import type { HostFacts } from '../../ports/host.ts';
import { cloneMount, isErrno, MOUNT_ATTR_RDONLY, setMountAttributes } from '../syscalls.ts';
import { openUserNamespace } from './idmap.ts';
import { readImageSize } from './image.ts';
import type { StatePaths } from './paths.ts';

/**
 * - `direct`: id-mapped mounts of plain folders in the state folder.
 * - `image`: the state folder's file system cannot be id-mapped (overlayfs: the box is itself a container), so bases
 *   live in an ext4 image, which can.
 * - `copy`: the kernel has no id-mapped overlay layers (before 5.19); each tenant gets a copy in its own ids.
 */
export type BaseMode = 'direct' | 'image' | 'copy';

/** Tries the very call on a folder of that file system; the mount is never attached. */
const canIdmap = async (folder: string): Promise<boolean> => {
  const probe = await mkdtemp(`${folder}/.probe-`);
  try {
    const namespace = await openUserNamespace(ID_BASE);
    const tree = cloneMount(probe);
    try {
      setMountAttributes(tree, MOUNT_ATTR_RDONLY, namespace);
      return true;
    } catch (error) {
      if (isErrno(error, 'EINVAL', 'EPERM', 'ENOSYS', 'EOPNOTSUPP')) return false;
      throw error;
    } finally {
      closeSync(tree);
      closeSync(namespace);
    }
  } finally {
    await rmdir(probe);
  }
};

/** An image that is there already decides: bases live in it. */
export const probeBaseMode = async (
  paths: StatePaths,
  facts: Pick<HostFacts, 'idmappedOverlay'>,
): Promise<BaseMode> => {
  if (!facts.idmappedOverlay) return 'copy';
  if (readImageSize(paths.basesImage) !== null) return 'image';
  return (await canIdmap(paths.state)) ? 'direct' : 'image';
};
