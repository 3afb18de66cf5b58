// A tenant's own files are written into its root without following anything the tenant may have put there.

import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { type TestContext, test } from 'node:test';
import { idBase } from '../../src/domain/slots.ts';
import type { Tenant } from '../../src/domain/tenant.ts';
import { buildTenant } from '../contract/rootfs.ts';
import { requires } from '../support/requires.ts';
import { openRealRootfs, type RealRootfs } from '../support/rootfs.ts';

const quiet = () => ({ progress: () => undefined, signal: new AbortController().signal });

const withMounted = async (
  t: TestContext,
  body: (root: string, real: RealRootfs, tenant: Tenant) => Promise<void>,
): Promise<void> => {
  if (!requires(t, 'root', 'overlay', 'loop')) return;
  const real = await openRealRootfs();
  try {
    const base = await real.rootfs.ensureBase('minimal', quiet());
    const tenant = buildTenant('alice', real.slot, base);
    await real.rootfs.createDisk(tenant);
    await body(await real.rootfs.mount(tenant), real, tenant);
    await real.rootfs.unmount(tenant);
  } finally {
    await real.close();
  }
};

test('names, hosts, name servers and machine-id are written once, and belong to the tenant', async (t) => {
  await withMounted(t, async (root, { rootfs, slot }, tenant) => {
    await rootfs.writeIdentity(tenant);
    assert.equal(readFileSync(`${root}/etc/hostname`, 'utf8'), 'alice\n');
    assert.match(readFileSync(`${root}/etc/machine-id`, 'utf8'), /^[0-9a-f]{32}\n$/);
    for (const name of ['hostname', 'hosts', 'resolv.conf', 'machine-id']) {
      const { uid, gid } = lstatSync(`${root}/etc/${name}`);
      assert.deepEqual([uid, gid], [idBase(slot), idBase(slot)], name);
    }
    writeFileSync(`${root}/etc/hosts`, 'changed by the tenant\n');
    await rootfs.writeIdentity(tenant);
    assert.equal(readFileSync(`${root}/etc/hosts`, 'utf8'), 'changed by the tenant\n');
    assert.deepEqual(
      readdirSync(`${root}/etc`).filter((name) => name.startsWith('.tenantctl')),
      [],
    );
  });
});

test('an /etc that is a link to the host is left alone, and the host too', async (t) => {
  await withMounted(t, async (root, { rootfs, state }, tenant) => {
    mkdirSync(`${state}/victim/ssh`, { recursive: true });
    rmSync(`${root}/etc`, { recursive: true });
    symlinkSync(`${state}/victim`, `${root}/etc`);
    await rootfs.writeIdentity(tenant);
    assert.deepEqual(readdirSync(`${state}/victim`, { recursive: true }), ['ssh']);
    assert.ok(lstatSync(`${root}/etc`).isSymbolicLink());
  });
});

test('a file that is a link to the host is replaced, and its target is not written', async (t) => {
  await withMounted(t, async (root, { rootfs, state }, tenant) => {
    writeFileSync(`${state}/victim`, 'untouched');
    rmSync(`${root}/etc/hosts`);
    symlinkSync(`${state}/victim`, `${root}/etc/hosts`);
    mkdirSync(`${root}/etc/hostname`);
    await rootfs.writeIdentity(tenant);
    assert.equal(readFileSync(`${state}/victim`, 'utf8'), 'untouched');
    assert.ok(lstatSync(`${root}/etc/hosts`).isFile());
    assert.ok(lstatSync(`${root}/etc/hostname`).isDirectory());
  });
});

test('two tenants of one base see their own files, and the base stays as it was', async (t) => {
  await withMounted(t, async (root, { rootfs, slot, state }, tenant) => {
    const other = { ...buildTenant('bob', slot + 1, tenant.base), id: 'ffffffffffff' };
    await rootfs.createDisk(other);
    const otherRoot = await rootfs.mount(other);
    writeFileSync(`${root}/etc/profile`, 'alice was here\n');
    unlinkSync(`${root}/etc/services`);
    assert.doesNotMatch(readFileSync(`${otherRoot}/etc/profile`, 'utf8'), /alice/);
    assert.ok(existsSync(`${otherRoot}/etc/services`));
    assert.equal(lstatSync(`${otherRoot}/etc/profile`).uid, idBase(slot + 1));
    const [base] = readdirSync(`${state}/bases`).filter((name) => name.startsWith('minimal@'));
    assert.ok(existsSync(`${state}/bases/${base}/root/etc/services`));
    assert.throws(() => writeFileSync(`${state}/tenants/bob/base/etc/new`, 'x'), { code: 'EROFS' });
    await rootfs.unmount(other);
  });
});

test('nobody but root and the tenant itself can pass the folders on the way to its files', async (t) => {
  await withMounted(t, async (_root, { state, slot }) => {
    const { mode, uid, gid } = lstatSync(`${state}/tenants/alice`);
    assert.deepEqual([mode & 0o777, uid, gid], [0o710, 0, idBase(slot)]);
    assert.equal(lstatSync(`${state}/tenants/alice/disk.img`).mode & 0o777, 0o600);
    for (const name of ['bases', 'trash']) assert.equal(lstatSync(`${state}/${name}`).mode & 0o777, 0o700);
    for (const folder of [state, `${state}/tenants`]) assert.equal(lstatSync(folder).mode & 0o777, 0o711);
  });
});
