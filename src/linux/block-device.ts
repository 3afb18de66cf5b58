// Which whole disk a folder lies on: the device io.max can limit.

import { readlinkSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readKernelFileIfAny } from './files.ts';

/** `major:minor` of a dev_t as stat(2) gives it (makedev(3), glibc's encoding). */
const formatDevice = (dev: number): string => {
  const value = BigInt(dev);
  const major = ((value >> 8n) & 0xfffn) | ((value >> 32n) & ~0xfffn);
  const minor = (value & 0xffn) | ((value >> 12n) & ~0xffn);
  return `${major}:${minor}`;
};

/**
 * The disk, not the partition: the kernel refuses io.max for partitions (cgroup-v2.rst, "io.max").
 * @returns null when the file system has no block device of its own (overlay, btrfs, tmpfs, hostfs)
 */
export const findBlockDevice = (folder: string, sys = '/sys'): string | null => {
  const device = formatDevice(statSync(folder).dev);
  const link = join(sys, 'dev/block', device);
  if (readKernelFileIfAny(join(link, 'partition')) === undefined) {
    return readKernelFileIfAny(join(link, 'dev')) ?? null;
  }
  const disk = dirname(join(dirname(link), readlinkSync(link)));
  return readKernelFileIfAny(join(disk, 'dev')) ?? null;
};
