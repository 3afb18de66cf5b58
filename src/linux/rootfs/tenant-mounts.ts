// Mounts of one tenant: disk, id-mapped base, overlay; a half-way state is taken down and built anew.

import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, rmSync, type Stats, writeFileSync } from 'node:fs';
import { problem } from '../../domain/errors.ts';
import { ID_BLOCK, idBase } from '../../domain/slots.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Faults } from '../../ports/faults.ts';
import { isErrno, MS_NODEV, mount } from '../syscalls.ts';
import { mountIdmapped, type UserNamespaces } from './idmap.ts';
import { mountImage } from './image.ts';
import { freeLoop, listLoops } from './loop.ts';
import type { MountEntry } from './mountinfo.ts';
import { listMounts, unmountBelow } from './mounts.ts';
import type { TenantPaths } from './paths.ts';

export interface MountContext {
  readonly namespaces: UserNamespaces;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Folder of a base's root; where ids cannot be mapped, of its copy in the tenant's ids. */
  readonly basePath: (tenant: Tenant) => Promise<string>;
  readonly idmapped: boolean;
}

/** Where one of the three mounts is missing, twice there or of another kind, the set counts as half-way. */
export const isComplete = (mounts: readonly MountEntry[], paths: TenantPaths): boolean => {
  const wanted: readonly [string, string | undefined][] = [
    [paths.disk, 'ext4'],
    [paths.base, undefined],
    [paths.root, 'overlay'],
  ];
  return (
    mounts.length === wanted.length &&
    wanted.every(([target, type]) =>
      mounts.some((entry) => entry.target === target && (type === undefined || entry.type === type)),
    )
  );
};

/** A folder that is a real one, made if needed; anything else there is a fault, never followed. */
const ensureFolder = (path: string, mode: number): Stats => {
  mkdirSync(path, { mode, recursive: true });
  const stats = lstatSync(path);
  if (!stats.isDirectory()) throw problem('INTERNAL', { what: `${path} is not a folder` });
  return stats;
};

/**
 * LXC walks to the root as the tenant's mapped root, so it must pass its own folder: group x for its first gid alone
 * (0700 fails with "Failed to open", tried with LXC 5.0.2). Nobody else on the host passes.
 */
const FOLDER_MODE = 0o710;

export const ensureTenantFolder = (folder: string, slot: number): void => {
  const { uid, gid, mode } = ensureFolder(folder, 0o700);
  if (uid === 0 && gid === idBase(slot) && (mode & 0o7777) === FOLDER_MODE) return;
  chownSync(folder, 0, idBase(slot));
  chmodSync(folder, FOLDER_MODE);
};

/** The upper folder is the tenant's root folder, so its owner is the tenant's root; a crash may have left it ours. */
const ensureUpper = (disk: string, first: number): void => {
  const { uid } = ensureFolder(`${disk}/upper`, 0o755);
  ensureFolder(`${disk}/work`, 0o700);
  if (uid < first || uid >= first + ID_BLOCK) chownSync(`${disk}/upper`, first, first);
};

/**
 * redirect_dir: rename(2) of a folder of the base works as on a server; its xattr is trusted.*, which a tenant cannot set.
 * No userxattr: the mounter is real root (Documentation/filesystems/overlayfs.rst).
 */
const overlayOptions = ({ base, disk }: TenantPaths): string =>
  `lowerdir=${base},upperdir=${disk}/upper,workdir=${disk}/work,redirect_dir=on,metacopy=off,index=off`;

/** Overlayfs makes two or three inodes for itself when it is mounted; this many are kept for it. */
const SPARE_INODES = 8;

/** Outside the upper folder, so the tenant cannot reach it. With no inode left there is none to make: then next time. */
const ensureSpare = (spare: string): void => {
  try {
    mkdirSync(spare, { recursive: true, mode: 0o700 });
    if (readdirSync(spare).length >= SPARE_INODES) return;
    for (let n = 0; n < SPARE_INODES; n++) writeFileSync(`${spare}/${n}`, '', { mode: 0o600 });
  } catch (error) {
    if (!isErrno(error, 'ENOSPC')) throw error;
  }
};

/** A tenant that has used up its inodes must still start: else nobody could go in and delete something. */
const mountOverlay = (paths: TenantPaths): void => {
  const spare = `${paths.disk}/spare`;
  const attempt = (): void => mount('tenantctl', paths.root, 'overlay', MS_NODEV, overlayOptions(paths));
  try {
    attempt();
  } catch (error) {
    if (!isErrno(error, 'ENOSPC')) throw error;
    rmSync(spare, { recursive: true, force: true });
    attempt();
  }
  ensureSpare(spare);
};

export const mountTenant = async (tenant: Tenant, paths: TenantPaths, context: MountContext): Promise<void> => {
  const { clock, faults } = context;
  const mounts = listMounts(paths.folder);
  if (isComplete(mounts, paths)) return;
  // a device that is bound without a mount here is taken over by mountImage
  if (mounts.length > 0) await unmountTenant(paths, clock);
  const first = idBase(tenant.slot);
  try {
    ensureTenantFolder(paths.folder, tenant.slot);
    for (const folder of [paths.disk, paths.base, paths.root]) ensureFolder(folder, 0o700);
    // all three must have ended before a failure is undone, or a late mount would stay
    const [basePath, namespace] = await settle([
      context.basePath(tenant),
      context.idmapped ? context.namespaces.get(first) : Promise.resolve(undefined),
      mountImage(paths.image, paths.disk),
    ]);
    await faults.reach('mount:disk');
    ensureUpper(paths.disk, first);
    mountIdmapped(basePath, paths.base, namespace);
    await faults.reach('mount:base');
    mountOverlay(paths);
    await faults.reach('mount:root');
  } catch (error) {
    await unmountTenant(paths, clock).catch(() => undefined);
    throw error;
  }
};

const settle = async <T extends readonly unknown[]>(work: { readonly [K in keyof T]: Promise<T[K]> }): Promise<T> => {
  await Promise.allSettled(work);
  return Promise.all(work) as unknown as Promise<T>;
};

/** How long the kernel may take to free a loop device after its last user went. */
const LOOP_MS = 5_000;

/** Takes down every mount of the tenant and frees its loop devices; absence is fine. */
export const unmountTenant = async (paths: TenantPaths, clock: Clock): Promise<void> => {
  await unmountBelow(paths.folder, clock);
  const deadline = clock.monotonic() + LOOP_MS;
  for (;;) {
    const loops = listLoops(paths.image);
    if (loops.length === 0) return;
    for (const device of loops) freeLoop(device);
    if (clock.monotonic() >= deadline) throw problem('DISK_IN_USE', { path: paths.image, device: loops[0] });
    await clock.sleep(10);
  }
};
