// What every implementation of the rootfs port must do, the fake and the real one alike.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../../src/domain/errors.ts';
import type { BaseRef, Tenant } from '../../src/domain/tenant.ts';
import { MiB } from '../../src/domain/units.ts';
import type { Rootfs } from '../../src/ports/rootfs.ts';

export interface RootfsUnderTest {
  readonly rootfs: Rootfs;
  /** First slot the tenants of the test may use. */
  readonly slot: number;
  readonly close: () => Promise<void>;
}

type Open = () => Promise<RootfsUnderTest>;
/** Registers a test, or skips it where the machine cannot. */
export type Register = (title: string, body: () => Promise<void>) => void;

const registerPlainly: Register = (title, body) => {
  test(title, body);
};

export const buildTenant = (name: string, slot: number, base: BaseRef | null, disk = 128 * MiB): Tenant => ({
  name,
  id: 'abcdef0123456789',
  slot,
  template: 'minimal',
  base,
  limits: {
    cpu: null,
    cpuWeight: 100,
    memory: null,
    swap: 0,
    disk,
    pids: null,
    ioRead: null,
    ioWrite: null,
    cpuset: null,
  },
  desired: 'stopped',
  phase: 'ready',
  restart: 'never',
  bestEffort: false,
  overcommit: false,
  plan: null,
  rules: {},
  createdAt: '2026-01-01T00:00:00.000Z',
  generation: 1,
});

const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;

const quiet = () => ({ progress: () => undefined, signal: new AbortController().signal });

const withTenant = async (
  open: Open,
  body: (under: { rootfs: Rootfs; tenant: Tenant }) => Promise<void>,
): Promise<void> => {
  const { rootfs, slot, close } = await open();
  try {
    const base = await rootfs.ensureBase('minimal', quiet());
    await body({ rootfs, tenant: buildTenant('alice', slot, base) });
  } finally {
    await close();
  }
};

const baseContract = (name: string, open: Open, register: Register): void => {
  register(`${name}: a base is built once, by however many callers, and found again`, async () => {
    const { rootfs, close } = await open();
    try {
      const [first, second] = await Promise.all([
        rootfs.ensureBase('minimal', quiet()),
        rootfs.ensureBase('minimal', quiet()),
      ]);
      assert.deepEqual(first, second);
      assert.deepEqual(await rootfs.ensureBase('minimal', quiet()), first);
      const listed = (await rootfs.listTemplates()).find((template) => template.name === 'minimal');
      assert.deepEqual(
        listed?.bases.map(({ digest }) => digest),
        [first.digest],
      );
    } finally {
      await close();
    }
  });

  register(`${name}: a base that is removed is no longer listed, and may be removed again`, async () => {
    await withTenant(open, async ({ rootfs, tenant }) => {
      assert.ok(tenant.base);
      await rootfs.removeBase(tenant.base);
      await rootfs.removeBase(tenant.base);
      assert.equal((await rootfs.observe(tenant)).base, false);
      assert.deepEqual((await rootfs.listTemplates()).find((template) => template.name === 'minimal')?.bases, []);
    });
  });

  register(`${name}: a template that does not exist is refused by name`, async () => {
    const { rootfs, close } = await open();
    try {
      await assert.rejects(rootfs.ensureBase('gentoo', quiet()), isProblem('TEMPLATE_MISSING'));
      await assert.rejects(rootfs.ensureBase('../x', quiet()), isProblem('TEMPLATE_INVALID'));
    } finally {
      await close();
    }
  });

  register(`${name}: a build whose caller gave up beforehand is cancelled`, async () => {
    const { rootfs, close } = await open();
    try {
      const options = { progress: () => undefined, signal: AbortSignal.abort() };
      await assert.rejects(rootfs.ensureBase('minimal', options), isProblem('CANCELLED'));
      assert.deepEqual((await rootfs.listTemplates()).find((template) => template.name === 'minimal')?.bases, []);
    } finally {
      await close();
    }
  });
};

const mountContract = (name: string, open: Open, register: Register): void => {
  register(`${name}: what was never made is observed as absent`, async () => {
    await withTenant(open, async ({ rootfs, tenant }) => {
      assert.deepEqual(await rootfs.observe(tenant), { base: true, disk: null, mounted: false, leftovers: false });
      assert.equal(rootfs.diskUsage(tenant), undefined);
      assert.deepEqual(await rootfs.listTenantFolders(), []);
    });
  });

  register(`${name}: disk, mount and unmount may each run twice`, async () => {
    await withTenant(open, async ({ rootfs, tenant }) => {
      for (const _ of [1, 2]) await rootfs.createDisk(tenant);
      const disk = tenant.limits.disk;
      assert.deepEqual(await rootfs.observe(tenant), { base: true, disk, mounted: false, leftovers: false });
      for (const _ of [1, 2]) assert.equal(await rootfs.mount(tenant), rootfs.rootPath(tenant));
      assert.deepEqual(await rootfs.observe(tenant), { base: true, disk, mounted: true, leftovers: false });
      await rootfs.writeIdentity(tenant);
      await rootfs.writeIdentity(tenant);
      const usage = rootfs.diskUsage(tenant);
      assert.ok(usage && usage.size > 0 && usage.size <= disk && usage.used < usage.size && usage.inodesUsed > 0);
      for (const _ of [1, 2]) await rootfs.unmount(tenant);
      assert.deepEqual(await rootfs.observe(tenant), { base: true, disk, mounted: false, leftovers: false });
      assert.equal(rootfs.diskUsage(tenant), undefined);
    });
  });

  register(`${name}: a tenant without a disk cannot be mounted, and nothing is left of the try`, async () => {
    await withTenant(open, async ({ rootfs, tenant }) => {
      await assert.rejects(rootfs.mount(tenant));
      const { mounted, leftovers } = await rootfs.observe(tenant);
      assert.deepEqual({ mounted, leftovers }, { mounted: false, leftovers: false });
    });
  });
};

const sizeContract = (name: string, open: Open, register: Register): void => {
  const resized = (tenant: Tenant, disk: number): Tenant => ({ ...tenant, limits: { ...tenant.limits, disk } });

  register(`${name}: an unmounted disk grows and shrinks, but not below what it holds`, async () => {
    await withTenant(open, async ({ rootfs, tenant }) => {
      await rootfs.createDisk(tenant);
      for (const disk of [256 * MiB, 256 * MiB, 96 * MiB]) {
        await rootfs.resizeDisk(resized(tenant, disk));
        assert.equal((await rootfs.observe(tenant)).disk, disk);
      }
      await assert.rejects(rootfs.resizeDisk(resized(tenant, 1 * MiB)), isProblem('SHRINK_REFUSED'));
      assert.equal((await rootfs.observe(tenant)).disk, 96 * MiB);
    });
  });

  register(`${name}: the least size of a disk is told mounted as well, and is enough`, async () => {
    await withTenant(open, async ({ rootfs, tenant }) => {
      await rootfs.createDisk(tenant);
      await rootfs.mount(tenant);
      const least = await rootfs.leastDisk(tenant);
      await rootfs.unmount(tenant);
      await assert.rejects(rootfs.resizeDisk(resized(tenant, least - MiB)), isProblem('SHRINK_REFUSED'));
      await rootfs.resizeDisk(resized(tenant, least));
      assert.equal((await rootfs.observe(tenant)).disk, least);
    });
  });

  register(`${name}: a mounted disk never shrinks, and grows only where the host lets it`, async () => {
    await withTenant(open, async ({ rootfs, tenant }) => {
      await rootfs.createDisk(tenant);
      await rootfs.mount(tenant);
      await assert.rejects(rootfs.resizeDisk(resized(tenant, 96 * MiB)), isProblem('RESTART_NEEDED'));
      const growing = rootfs.resizeDisk(resized(tenant, 256 * MiB));
      if (rootfs.growMode === 'restart') await assert.rejects(growing, isProblem('RESTART_NEEDED'));
      else await growing;
      const expected = rootfs.growMode === 'restart' ? tenant.limits.disk : 256 * MiB;
      assert.equal((await rootfs.observe(tenant)).disk, expected);
      await rootfs.unmount(tenant);
    });
  });
};

const trashContract = (name: string, open: Open, register: Register): void => {
  register(`${name}: a tenant goes to the trash, comes back, and is gone when the trash is emptied`, async () => {
    await withTenant(open, async ({ rootfs, tenant }) => {
      const key = `${tenant.name}-${tenant.id}`;
      await rootfs.createDisk(tenant);
      assert.deepEqual(await rootfs.listTenantFolders(), ['alice']);
      for (const _ of [1, 2]) await rootfs.moveToTrash(tenant, key);
      assert.deepEqual(await rootfs.listTenantFolders(), []);
      assert.equal((await rootfs.observe(tenant)).disk, null);
      for (const _ of [1, 2]) await rootfs.restoreFromTrash(tenant, key);
      assert.equal((await rootfs.observe(tenant)).disk, tenant.limits.disk);
      await rootfs.moveToTrash(tenant, key);
      for (const _ of [1, 2]) await rootfs.removeTrash(key);
      await assert.rejects(rootfs.restoreFromTrash(tenant, key), isProblem('TRASH_MISSING'));
    });
  });

  register(`${name}: removing a mounted tenant leaves neither folder nor mount`, async () => {
    await withTenant(open, async ({ rootfs, tenant }) => {
      await rootfs.createDisk(tenant);
      await rootfs.mount(tenant);
      for (const _ of [1, 2]) await rootfs.removeTenant(tenant);
      assert.deepEqual(await rootfs.listTenantFolders(), []);
      assert.deepEqual(await rootfs.observe(tenant), { base: true, disk: null, mounted: false, leftovers: false });
    });
  });
};

export const rootfsContract = (name: string, open: Open, register: Register = registerPlainly): void => {
  baseContract(name, open, register);
  mountContract(name, open, register);
  sizeContract(name, open, register);
  trashContract(name, open, register);
};
