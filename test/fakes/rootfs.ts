// Rootfs in memory, for tests of the engine: the contract suite holds it to what the real one does.

import { problem } from '../../src/domain/errors.ts';
import { type BaseRef, parseTemplate, type Tenant } from '../../src/domain/tenant.ts';
import { formatBytes, MiB } from '../../src/domain/units.ts';
import type { GrowMode, Rootfs, RootfsState } from '../../src/ports/rootfs.ts';

interface FakeFolder {
  disk: number | null;
  mounted: boolean;
  leftovers: boolean;
  identity: boolean;
  /** Bytes the tenant is said to use; tests set it. */
  used: number;
}

export interface FakeRootfs extends Rootfs {
  readonly folders: Map<string, FakeFolder>;
  readonly trash: Map<string, FakeFolder>;
  readonly bases: BaseRef[];
  /** Names of verbs in the order they were called. */
  readonly calls: string[];
}

const DIGESTS: Readonly<Record<string, string>> = {
  minimal: 'aaaaaaaaaaaaaaaaaaaa',
  debian: 'bbbbbbbbbbbbbbbbbbbb',
  tar: 'cccccccccccccccccccc',
};

export const openFakeRootfs = (options: { state?: string; growMode?: GrowMode } = {}): FakeRootfs => {
  const state = options.state ?? '/fake';
  const growMode = options.growMode ?? 'live';
  const folders = new Map<string, FakeFolder>();
  const trash = new Map<string, FakeFolder>();
  const bases: BaseRef[] = [];
  const calls: string[] = [];
  const folderOf = ({ name }: Tenant): FakeFolder => {
    const known = folders.get(name);
    if (known) return known;
    const fresh: FakeFolder = { disk: null, mounted: false, leftovers: false, identity: false, used: 64 * 1024 };
    folders.set(name, fresh);
    return fresh;
  };
  const hasBase = (base: BaseRef | null): boolean =>
    base !== null && bases.some(({ template, digest }) => template === base.template && digest === base.digest);
  const rootPath = ({ name }: Tenant): string => `${state}/tenants/${name}/root`;
  const note = (verb: string, what: string): void => {
    calls.push(`${verb} ${what}`);
  };
  return {
    folders,
    trash,
    bases,
    calls,
    growMode,
    rootPath,
    async ensureBase(template, { progress, signal }) {
      note('ensureBase', template);
      const { kind } = parseTemplate(template);
      if (signal.aborted) throw problem('CANCELLED', { what: `building ${template}` });
      const base = { template: kind, digest: DIGESTS[kind] ?? '' };
      if (hasBase(base)) return base;
      progress(`building ${template}`);
      bases.push(base);
      return base;
    },
    async listTemplates() {
      return ['minimal', 'debian', 'tar'].map((name) => ({
        name,
        summary: name,
        bases: bases
          .filter(({ template }) => template === name)
          .map(({ digest }) => ({ digest, bytes: 1000, builtAt: '2026-01-01T00:00:00.000Z' })),
      }));
    },
    async removeBase(base) {
      note('removeBase', base.template);
      const index = bases.findIndex(({ template, digest }) => template === base.template && digest === base.digest);
      if (index >= 0) bases.splice(index, 1);
    },
    async observe(tenant): Promise<RootfsState> {
      const folder = folders.get(tenant.name);
      return {
        base: hasBase(tenant.base),
        disk: folder?.disk ?? null,
        mounted: folder?.mounted ?? false,
        leftovers: folder?.leftovers ?? false,
      };
    },
    async createDisk(tenant) {
      note('createDisk', tenant.name);
      const folder = folderOf(tenant);
      folder.disk ??= tenant.limits.disk;
    },
    async resizeDisk(tenant) {
      note('resizeDisk', tenant.name);
      const folder = folderOf(tenant);
      const bytes = tenant.limits.disk;
      if (folder.disk === null) throw problem('INTERNAL', { what: 'no disk' });
      if (folder.disk === bytes) return;
      if (folder.mounted && (bytes < folder.disk || growMode === 'restart')) {
        const flag = `--disk ${formatBytes(bytes)}`;
        throw problem('RESTART_NEEDED', { what: 'disk', name: tenant.name, why: 'it is mounted', flag });
      }
      const least = folder.used + 16 * MiB;
      if (bytes < folder.disk && bytes < least) {
        const data = { name: tenant.name, asked: formatBytes(bytes), least: formatBytes(least), why: 'its files' };
        throw problem('SHRINK_REFUSED', data);
      }
      folder.disk = bytes;
    },
    async leastDisk(tenant) {
      return folderOf(tenant).used + 16 * MiB;
    },
    async mount(tenant) {
      note('mount', tenant.name);
      const folder = folderOf(tenant);
      if (folder.disk === null || !hasBase(tenant.base)) throw problem('INTERNAL', { what: 'no disk or no base' });
      folder.mounted = true;
      folder.leftovers = false;
      return rootPath(tenant);
    },
    async writeIdentity(tenant) {
      note('writeIdentity', tenant.name);
      const folder = folderOf(tenant);
      if (!folder.mounted) throw problem('INTERNAL', { what: 'not mounted' });
      folder.identity = true;
    },
    async unmount(tenant) {
      note('unmount', tenant.name);
      const folder = folders.get(tenant.name);
      if (!folder) return;
      folder.mounted = false;
      folder.leftovers = false;
    },
    diskUsage(tenant) {
      const folder = folders.get(tenant.name);
      if (!folder?.mounted || folder.disk === null) return undefined;
      return { used: folder.used, size: folder.disk, inodesUsed: 12, inodes: 65536 };
    },
    async moveToTrash(tenant, key) {
      note('moveToTrash', key);
      const folder = folders.get(tenant.name);
      if (!folder) return;
      trash.set(key, folder);
      folders.delete(tenant.name);
    },
    async restoreFromTrash(tenant, key) {
      note('restoreFromTrash', key);
      const folder = trash.get(key);
      if (!folder && folders.has(tenant.name)) return;
      if (!folder) throw problem('TRASH_MISSING', { value: key });
      folders.set(tenant.name, folder);
      trash.delete(key);
    },
    async removeTrash(key) {
      note('removeTrash', key);
      trash.delete(key);
    },
    async removeTenant(tenant) {
      note('removeTenant', tenant.name);
      folders.delete(tenant.name);
    },
    async listTenantFolders() {
      return [...folders.keys()].sort();
    },
  };
};
