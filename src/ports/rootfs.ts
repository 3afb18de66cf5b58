// What the program may do with file systems of tenants: bases, disks, mounts, trash.

import type { BaseRef, Tenant } from '../domain/tenant.ts';

export type Progress = (message: string) => void;

export interface TemplateInfo {
  readonly name: string;
  readonly summary: string;
  /** Bases already built. */
  readonly bases: readonly { readonly digest: string; readonly bytes: number; readonly builtAt: string }[];
}

export interface RootfsState {
  readonly base: boolean;
  /** Size of the disk image in bytes, null when there is none. */
  readonly disk: number | null;
  readonly mounted: boolean;
  /** Any mount or loop device of this tenant that is half-way. */
  readonly leftovers: boolean;
}

export type GrowMode = 'live' | 'restart';

export interface Rootfs {
  /**
   * Builds the base if it is not there; two callers share one build; half-built ones are never seen.
   * @param template `minimal`, `debian` or `tar:/path`
   * @throws Problem TEMPLATE_MISSING, ARCHIVE_UNSAFE, ARCHIVE_INVALID, DISK_SPACE, CANCELLED
   */
  ensureBase(
    template: string,
    options: { readonly progress: Progress; readonly signal: AbortSignal },
  ): Promise<BaseRef>;
  listTemplates(): Promise<readonly TemplateInfo[]>;
  /** Removes a base no tenant uses (the caller knows which are used). */
  removeBase(base: BaseRef): Promise<void>;
  /** How a disk can grow on this host, found by probe. */
  readonly growMode: GrowMode;
  /** Looks at image, mounts and loop devices; never at files inside the tenant. */
  observe(tenant: Tenant): Promise<RootfsState>;
  /** Creates the sparse image with an ext4 file system; leaves a complete one alone. */
  createDisk(tenant: Tenant): Promise<void>;
  /** Grows, or shrinks an unmounted disk, to tenant.limits.disk. @throws Problem SHRINK_REFUSED */
  resizeDisk(tenant: Tenant): Promise<void>;
  /** The least size in bytes that resizeDisk takes, mounted or not. */
  leastDisk(tenant: Tenant): Promise<number>;
  /** Mounts disk, idmapped base and overlay; returns the root's absolute path; may run twice. */
  mount(tenant: Tenant): Promise<string>;
  /** Absolute path the root has when it is mounted. */
  rootPath(tenant: Tenant): string;
  /** Files that make the tenant itself: hostname, hosts, resolv.conf, machine-id, ssh host keys; mounted and stopped. */
  writeIdentity(tenant: Tenant): Promise<void>;
  /** Takes down every mount and loop device of the tenant; absence is fine. */
  unmount(tenant: Tenant): Promise<void>;
  /** statfs(2) of the tenant's disk, synchronous; undefined when not mounted. */
  diskUsage(tenant: Tenant): { used: number; size: number; inodesUsed: number; inodes: number } | undefined;
  /** Moves an unmounted tenant's folder to the trash under a key. */
  moveToTrash(tenant: Tenant, key: string): Promise<void>;
  restoreFromTrash(tenant: Tenant, key: string): Promise<void>;
  removeTrash(key: string): Promise<void>;
  /** Deletes the folder of a tenant that was never finished, or all that is left of one. */
  removeTenant(tenant: Tenant): Promise<void>;
  /** Names of tenant folders on disk, for the sweep of leftovers. */
  listTenantFolders(): Promise<readonly string[]>;
}
