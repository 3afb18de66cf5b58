// The port's implementation for Linux: ties bases, disks, mounts, identity and trash together.

import { statfsSync, statSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { problem } from '../../domain/errors.ts';
import type { Instance } from '../../domain/instance.ts';
import { idBase } from '../../domain/slots.ts';
import { type BaseRef, parseTemplate, type Tenant } from '../../domain/tenant.ts';
import { GiB } from '../../domain/units.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Faults } from '../../ports/faults.ts';
import type { HostFacts } from '../../ports/host.ts';
import type { Rootfs, RootfsState, TemplateInfo } from '../../ports/rootfs.ts';
import { withSpace } from '../disk-space.ts';
import { type BaseStore, baseRoot, ensureBuilt, isBuilt, listBases, removeBuilt } from './bases.ts';
import { BuildQueue } from './build-queue.ts';
import type { Builder } from './builder.ts';
import { readDiskSize } from './disk-size.ts';
import { writeIdentity } from './identity.ts';
import { UserNamespaces } from './idmap.ts';
import { createImage, mountImage, readImageSize } from './image.ts';
import { listLoops } from './loop.ts';
import { listMounts, readMounts } from './mounts.ts';
import { buildStatePaths, buildTenantPaths, type StatePaths, type TenantPaths } from './paths.ts';
import { type BaseMode, probeBaseMode } from './probe.ts';
import { removeTree } from './remove-tree.ts';
import { readLeastDisk, resizeDisk } from './resize.ts';
import { ensureShiftedCopy } from './shifted-copy.ts';
import { buildArchive } from './templates/archive.ts';
import { buildDebian } from './templates/debian.ts';
import { buildMinimal } from './templates/minimal.ts';
import { ensureTenantFolder, isComplete, type MountContext, mountTenant, unmountTenant } from './tenant-mounts.ts';
import { listFolders, moveToTrash, removeTrash, restoreFromTrash } from './trash.ts';

export interface RootfsOptions {
  /** Absolute; made if needed. */
  readonly state: string;
  readonly instance: Instance;
  readonly facts: Pick<HostFacts, 'sysResource' | 'idmappedOverlay'>;
  readonly clock: Clock;
  readonly faults?: Faults;
  /** Found by probe when absent. */
  readonly baseMode?: BaseMode;
}

const NO_FAULTS: Faults = { reach: async () => undefined };

const SUMMARIES: Readonly<Record<string, string>> = {
  minimal: 'shell and basic tools copied from this host; built offline in seconds',
  debian: 'Debian 12 with systemd and an ssh server; built by debootstrap in about a minute',
  tar: 'any root file system: tar:/path/to/rootfs.tar.gz (also xz, zst)',
};

const baseOf = (tenant: Tenant): BaseRef => {
  if (!tenant.base) throw problem('INTERNAL', { what: `tenant "${tenant.name}" has no base yet` });
  return tenant.base;
};

/** x for all on the way to a tenant's own folder, which only its root passes (ensureTenantFolder); the rest is ours. */
const ensureState = async (paths: StatePaths): Promise<void> => {
  for (const [folder, mode] of [
    [paths.state, 0o711],
    [paths.tenants, 0o711],
    [paths.bases, 0o700],
    [paths.trash, 0o700],
  ] as const) {
    await mkdir(folder, { recursive: true, mode });
    await chmod(folder, mode);
  }
};

class LinuxRootfs implements Rootfs {
  readonly growMode: Rootfs['growMode'];
  readonly #paths: StatePaths;
  readonly #store: BaseStore;
  readonly #context: MountContext;
  readonly #queue = new BuildQueue();
  readonly #minimal: Builder;

  constructor(paths: StatePaths, mode: BaseMode, options: RootfsOptions) {
    const faults = options.faults ?? NO_FAULTS;
    this.growMode = options.facts.sysResource ? 'live' : 'restart';
    this.#paths = paths;
    this.#minimal = buildMinimal(`${paths.bases}/.host-files.json`);
    this.#store = { bases: paths.bases, clock: options.clock, faults };
    this.#context = {
      namespaces: new UserNamespaces(),
      clock: options.clock,
      faults,
      basePath: (tenant) => this.#basePath(tenant, mode),
      idmapped: mode !== 'copy',
    };
  }

  #of(tenant: Tenant): TenantPaths {
    return buildTenantPaths(this.#paths, tenant.name);
  }

  async #basePath(tenant: Tenant, mode: BaseMode): Promise<string> {
    const base = baseRoot(this.#paths.bases, baseOf(tenant));
    if (mode !== 'copy') return base;
    const { shifted } = this.#of(tenant);
    await ensureShiftedCopy(base, shifted, idBase(tenant.slot), this.#context.clock);
    return shifted;
  }

  #builder(template: string): Builder {
    const parsed = parseTemplate(template);
    if (parsed.kind === 'minimal') return this.#minimal;
    if (parsed.kind === 'tar') return buildArchive(parsed.path);
    return buildDebian();
  }

  async ensureBase(template: string, options: Parameters<Rootfs['ensureBase']>[1]): Promise<BaseRef> {
    const builder = this.#builder(template);
    return this.#queue.join(template, options, (shared) =>
      ensureBuilt(builder, this.#store, { ...shared, clock: this.#store.clock }),
    );
  }

  async listTemplates(): Promise<readonly TemplateInfo[]> {
    const built = await listBases(this.#paths.bases);
    const names = new Set([...Object.keys(SUMMARIES), ...built.map(({ template }) => template)]);
    return [...names].map((name) => ({
      name,
      summary: SUMMARIES[name] ?? '',
      bases: built
        .filter(({ template }) => template === name)
        .map(({ digest, bytes, builtAt }) => ({ digest, bytes, builtAt })),
    }));
  }

  removeBase(base: BaseRef): Promise<void> {
    return removeBuilt(base, this.#store);
  }

  async observe(tenant: Tenant): Promise<RootfsState> {
    const paths = this.#of(tenant);
    const mounts = listMounts(paths.folder);
    const mounted = isComplete(mounts, paths);
    return {
      base: tenant.base !== null && isBuilt(this.#paths.bases, tenant.base),
      disk: readDiskSize(paths, mounts),
      mounted,
      leftovers: !mounted && (mounts.length > 0 || listLoops(paths.image).length > 0),
    };
  }

  async createDisk(tenant: Tenant): Promise<void> {
    const paths = this.#of(tenant);
    if (readImageSize(paths.image) !== null) return;
    await withSpace(this.#paths.state, 'create a disk', async () => ensureTenantFolder(paths.folder, tenant.slot));
    await createImage(paths.image, tenant.limits.disk, this.#context.faults);
  }

  resizeDisk(tenant: Tenant): Promise<void> {
    return resizeDisk(tenant, this.#of(tenant), this.growMode);
  }

  async mount(tenant: Tenant): Promise<string> {
    const paths = this.#of(tenant);
    await withSpace(this.#paths.state, 'mount a tenant', () => mountTenant(tenant, paths, this.#context));
    return paths.root;
  }

  rootPath(tenant: Tenant): string {
    return this.#of(tenant).root;
  }

  writeIdentity(tenant: Tenant): Promise<void> {
    return withSpace(this.#paths.state, 'write host name and keys', () => writeIdentity(tenant, this.#of(tenant)));
  }

  unmount(tenant: Tenant): Promise<void> {
    return unmountTenant(this.#of(tenant), this.#context.clock);
  }

  leastDisk(tenant: Tenant): Promise<number> {
    return readLeastDisk(this.#of(tenant));
  }

  diskUsage(tenant: Tenant): ReturnType<Rootfs['diskUsage']> {
    return readDiskUsage(this.#of(tenant));
  }

  moveToTrash(tenant: Tenant, key: string): Promise<void> {
    return moveToTrash(this.#of(tenant).folder, this.#paths, key);
  }

  restoreFromTrash(tenant: Tenant, key: string): Promise<void> {
    return restoreFromTrash(this.#of(tenant).folder, this.#paths, key);
  }

  removeTrash(key: string): Promise<void> {
    return removeTrash(this.#paths, key, this.#context.clock);
  }

  async removeTenant(tenant: Tenant): Promise<void> {
    const paths = this.#of(tenant);
    await unmountTenant(paths, this.#context.clock);
    await removeTree(paths.folder, this.#context.clock);
  }

  listTenantFolders(): Promise<readonly string[]> {
    return listFolders(this.#paths.tenants);
  }
}

/** Not mounted when the folder lies on the same device as its parent: two stat(2) instead of the mount table. */
const readDiskUsage = (paths: TenantPaths): ReturnType<Rootfs['diskUsage']> => {
  const disk = statSync(paths.disk, { throwIfNoEntry: false });
  const folder = statSync(paths.folder, { throwIfNoEntry: false });
  if (!disk || !folder || disk.dev === folder.dev) return undefined;
  const { bsize, blocks, bfree, files, ffree } = statfsSync(paths.disk, { bigint: true });
  return {
    used: Number((blocks - bfree) * bsize),
    size: Number(blocks * bsize),
    inodesUsed: Number(files - ffree),
    inodes: Number(files),
  };
};

/** Sparse, so this is a bound, not a use. */
const BASES_IMAGE_SIZE = 64 * GiB;

/** Bases in an image of their own; it stays mounted, as the tenants' disks do. */
const ensureBasesImage = async (paths: StatePaths, faults: Faults): Promise<void> => {
  if (readImageSize(paths.basesImage) === null) await createImage(paths.basesImage, BASES_IMAGE_SIZE, faults);
  if (!readMounts().some(({ target }) => target === paths.bases)) await mountImage(paths.basesImage, paths.bases);
  await chmod(paths.bases, 0o700);
};

/** @throws Problem UNSUPPORTED for a state folder whose path cannot stand in mount options */
export const openRootfs = async (options: RootfsOptions): Promise<Rootfs> => {
  const paths = buildStatePaths(options.state);
  await ensureState(paths);
  const mode = options.baseMode ?? (await probeBaseMode(paths, options.facts));
  if (mode === 'image') await ensureBasesImage(paths, options.faults ?? NO_FAULTS);
  return new LinuxRootfs(paths, mode, options);
};
