// How large a tenant's disk is: the file, or the file system in it where a change of its size was cut half-way.

import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { MiB } from '../../domain/units.ts';
import { readImageSize } from './image.ts';
import type { MountEntry } from './mountinfo.ts';
import type { TenantPaths } from './paths.ts';

/** The superblock of ext4 (Documentation/filesystems/ext4/super.rst): where it lies, and its fields in bytes. */
const SUPERBLOCK = { at: 1024, length: 1024, blocksLow: 0x4, logBlockSize: 0x18, magic: 0x38, blocksHigh: 0x150 };
const EXT4_MAGIC = 0xef53;
/** mkfs and resize2fs leave out a last group that would hold little but its own tables; met: up to 2 MiB. */
const LEFT_OUT = 4 * MiB;
/** Major number of loop devices (Documentation/admin-guide/devices.txt). */
const LOOP_MAJOR = '7';

/** @returns bytes, or null where no ext4 is found */
export const readFileSystemSize = (path: string): number | null => {
  const block = Buffer.alloc(SUPERBLOCK.length);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if (readSync(fd, block, 0, block.length, SUPERBLOCK.at) < block.length) return null;
  } finally {
    closeSync(fd);
  }
  if (block.readUInt16LE(SUPERBLOCK.magic) !== EXT4_MAGIC) return null;
  const blocks = block.readUInt32LE(SUPERBLOCK.blocksHigh) * 2 ** 32 + block.readUInt32LE(SUPERBLOCK.blocksLow);
  return blocks * 1024 * 2 ** block.readUInt32LE(SUPERBLOCK.logBlockSize);
};

/** While it is mounted the kernel's own view is that of the device; the file may lag behind. */
const findDevice = ({ disk }: TenantPaths, mounts: readonly MountEntry[]): string | undefined => {
  const [major, minor] = mounts.find(({ target }) => target === disk)?.device.split(':') ?? [];
  return major === LOOP_MAJOR ? `/dev/loop${minor}` : undefined;
};

/**
 * Bytes of a tenant's disk, or null when there is none.
 * @param mounts of now, at least those below the tenant's folder
 */
export const readDiskSize = (paths: TenantPaths, mounts: readonly MountEntry[]): number | null => {
  const file = readImageSize(paths.image);
  if (file === null) return null;
  const device = findDevice(paths, mounts);
  const held = readFileSystemSize(device !== undefined && existsSync(device) ? device : paths.image);
  return held !== null && file - held > LEFT_OUT ? held : file;
};
