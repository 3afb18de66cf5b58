// Changes the size of a tenant's disk: grows live where the kernel lets us, otherwise only while it is unmounted.

import { truncate } from 'node:fs/promises';
import { type Problem, problem } from '../../domain/errors.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { formatBytes, MiB } from '../../domain/units.ts';
import type { GrowMode } from '../../ports/rootfs.ts';
import { run } from '../exec.ts';
import { readDiskSize } from './disk-size.ts';
import { growLoop, listLoops } from './loop.ts';
import { readMounts } from './mounts.ts';
import type { TenantPaths } from './paths.ts';

const RESIZE_MS = 600_000;
/** Room above the least size of resize2fs(8), which is an estimate, so that a shrunken disk can still be used. */
const SLACK = 16 * MiB;

/** `Estimated minimum size of the filesystem: 1234`, in blocks (resize2fs -P). */
export const parseLeastBlocks = (text: string): number | undefined => {
  const match = /minimum size of the filesystem: (\d+)/.exec(text);
  return match ? Number(match[1]) : undefined;
};

/** `Block size: 4096` of dumpe2fs -h. */
export const parseBlockSize = (text: string): number | undefined => {
  const match = /^Block size:\s+(\d+)$/m.exec(text);
  return match ? Number(match[1]) : undefined;
};

/** fsck.ext4 says 1 when it mended something (e2fsck(8)). */
const checkImage = (image: string) => run('e2fsck', ['-f', '-p', image], { okStatus: [0, 1], timeoutMs: RESIZE_MS });

const readLeastSize = async (image: string): Promise<number> => {
  const estimate = await run('resize2fs', ['-P', image], { timeoutMs: RESIZE_MS });
  const header = await run('dumpe2fs', ['-h', image], { timeoutMs: RESIZE_MS });
  const blocks = parseLeastBlocks(estimate.stdout + estimate.stderr);
  const blockSize = parseBlockSize(header.stdout);
  if (blocks === undefined || blockSize === undefined) {
    throw problem('INTERNAL', { what: `resize2fs -P ${image} said no size` });
  }
  return Math.ceil((blocks * blockSize + SLACK) / MiB) * MiB;
};

const growUnmounted = async (image: string, bytes: number): Promise<void> => {
  await truncate(image, bytes);
  await checkImage(image);
  await run('resize2fs', [image], { timeoutMs: RESIZE_MS });
};

const shrinkUnmounted = async (tenant: Tenant, image: string, bytes: number): Promise<void> => {
  await checkImage(image);
  const least = await readLeastSize(image);
  if (bytes < least) {
    throw problem('SHRINK_REFUSED', {
      name: tenant.name,
      asked: formatBytes(bytes),
      least: `${least / MiB}M`, // not rounded: what the hint says to type must be enough
      why: `its files need ${formatBytes(least)}`,
    });
  }
  // first the file system, then the file: the other order would cut data
  await run('resize2fs', [image, `${Math.floor(bytes / 1024)}K`], { timeoutMs: RESIZE_MS });
  await truncate(image, bytes);
};

/**
 * The least size resizeDisk takes. resize2fs(8) reads the image beside the kernel, which is why what the kernel has in
 * memory is written first.
 */
export const readLeastDisk = async (paths: TenantPaths): Promise<number> => {
  const mounted = readMounts().some(({ target }) => target === paths.disk);
  if (mounted) await run('sync', ['--file-system', '--', paths.disk], { timeoutMs: RESIZE_MS });
  return readLeastSize(paths.image);
};

const refuseMounted = (tenant: Tenant, why: string): Problem =>
  problem('RESTART_NEEDED', {
    what: 'disk',
    name: tenant.name,
    why,
    flag: `--disk ${formatBytes(tenant.limits.disk)}`,
  });

const growMounted = async (tenant: Tenant, image: string): Promise<void> => {
  const [device] = listLoops(image);
  if (!device) throw problem('INTERNAL', { what: `${image} is mounted without a loop device` });
  await truncate(image, tenant.limits.disk);
  growLoop(device);
  await run('resize2fs', [device], { timeoutMs: RESIZE_MS });
};

/**
 * Brings image and file system to tenant.limits.disk; a run that was cut is finished by the next one.
 * @throws Problem SHRINK_REFUSED, RESTART_NEEDED
 */
export const resizeDisk = async (tenant: Tenant, paths: TenantPaths, growMode: GrowMode): Promise<void> => {
  const bytes = tenant.limits.disk;
  const mounts = readMounts();
  const now = readDiskSize(paths, mounts);
  if (now === null) throw problem('INTERNAL', { what: `${paths.image} is not there` });
  const mounted = mounts.some(({ target }) => target === paths.disk);
  if (mounted && bytes === now && growMode === 'restart') return;
  if (mounted && bytes < now) throw refuseMounted(tenant, 'ext4 shrinks only while it is unmounted');
  if (mounted && growMode === 'restart') {
    throw refuseMounted(tenant, 'growing a mounted ext4 needs CAP_SYS_RESOURCE, which this host withholds');
  }
  if (mounted) return growMounted(tenant, paths.image);
  if (bytes < now) return shrinkUnmounted(tenant, paths.image, bytes);
  return growUnmounted(paths.image, bytes);
};
