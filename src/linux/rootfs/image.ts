// Sparse ext4 images: make, size, mount on a loop device.

import { statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { problem } from '../../domain/errors.ts';
import { formatBytes } from '../../domain/units.ts';
import type { Faults } from '../../ports/faults.ts';
import { explainLack, LEAST_FREE, readFree } from '../disk-space.ts';
import { run } from '../exec.ts';
import { MS_NODEV, MS_NOSUID, mountLater } from '../syscalls.ts';
import { openLoop } from './loop.ts';

const FORMAT_MS = 120_000;

/** Size of an image in bytes, or null when there is none. */
export const readImageSize = (image: string): number | null => statSync(image, { throwIfNoEntry: false })?.size ?? null;

const ensureFree = async (folder: string): Promise<void> => {
  const free = await readFree(folder);
  if (free < LEAST_FREE) {
    throw problem('DISK_SPACE', {
      path: folder,
      free: formatBytes(free),
      needed: formatBytes(LEAST_FREE),
      what: 'create a disk',
    });
  }
};

const syncPath = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/**
 * Makes a sparse image with an ext4 file system, under another name until it is complete.
 * No blocks are kept for root (-m 0): the tenant's root is no root here, so they would be lost.
 */
export const createImage = async (image: string, bytes: number, faults: Faults): Promise<void> => {
  const folder = image.slice(0, image.lastIndexOf('/'));
  const fresh = `${image}.new`;
  await ensureFree(folder);
  await rm(fresh, { force: true });
  try {
    const handle = await open(fresh, 'wx', 0o600);
    await handle.truncate(bytes);
    await handle.close();
    const extended = 'nodiscard,lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0';
    await run('mkfs.ext4', ['-q', '-F', '-m', '0', '-E', extended, fresh], { timeoutMs: FORMAT_MS });
    await syncPath(fresh);
    await faults.reach('disk:formatted');
    await rename(fresh, image);
    await syncPath(folder);
  } catch (error) {
    await rm(fresh, { force: true });
    throw await explainLack(error, folder, 'create a disk');
  }
};

/** `noinit_itable`: the file is sparse, so its inode tables are zero without a kernel thread writing them. */
const MOUNT_OPTIONS = 'discard,noinit_itable,errors=remount-ro';

/** Mounts an image for the host's eyes only: no setuid, no devices; deleted blocks go back to the sparse file. */
export const mountImage = async (image: string, target: string): Promise<void> => {
  const loop = openLoop(image);
  try {
    await mountLater(loop.device, target, 'ext4', MS_NOSUID | MS_NODEV, MOUNT_OPTIONS);
  } finally {
    loop.close();
  }
};
