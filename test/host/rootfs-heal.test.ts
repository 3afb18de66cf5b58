// kill -9 at any step of building, creating and mounting: the next try finishes, and nothing is left.

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { readFileSystemSize } from '../../src/linux/rootfs/disk-size.ts';
import { listLoops } from '../../src/linux/rootfs/loop.ts';
import { listMounts } from '../../src/linux/rootfs/mounts.ts';
import { buildTenant } from '../contract/rootfs.ts';
import { requires } from '../support/requires.ts';
import { makeState, openRealRootfs, type RealRootfs, removeState } from '../support/rootfs.ts';

const quiet = () => ({ progress: () => undefined, signal: new AbortController().signal });

const CHILD = new URL('../support/rootfs-child.ts', import.meta.url).pathname;

/** Runs build, disk and mount in a child that kills itself at a named point. */
const dieAt = async (state: string, point: string): Promise<void> => {
  const child = spawn(process.execPath, [CHILD, state, point], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code, signal] = await once(child, 'exit');
  assert.deepEqual({ code, signal }, { code: null, signal: 'SIGKILL' }, `the child did not reach ${point}`);
};

/** What a daemon that was killed between the two halves of a growth leaves: a longer file, an old file system. */
test('a growth of a disk that was cut is seen, and finished by the next one', async (t: TestContext) => {
  if (!requires(t, 'root', 'loop', 'overlay')) return;
  const real = await openRealRootfs();
  try {
    const { rootfs, state, slot } = real;
    const tenant = buildTenant('alice', slot, await rootfs.ensureBase('minimal', quiet()));
    await rootfs.createDisk(tenant);
    const image = `${state}/tenants/alice/disk.img`;
    const { disk } = tenant.limits;
    truncateSync(image, 2 * disk);
    assert.equal((await rootfs.observe(tenant)).disk, disk);
    await rootfs.mount(tenant);
    assert.equal((await rootfs.observe(tenant)).disk, disk, 'mounted as well');
    await rootfs.unmount(tenant);
    await rootfs.resizeDisk({ ...tenant, limits: { ...tenant.limits, disk: 2 * disk } });
    assert.equal((await rootfs.observe(tenant)).disk, 2 * disk);
    assert.equal(readFileSystemSize(image), 2 * disk);
  } finally {
    await real.close();
  }
});

const POINTS = ['build:begun', 'build:filled', 'disk:formatted', 'mount:disk', 'mount:base', 'mount:root'] as const;

const finish = async ({ rootfs, state, slot }: RealRootfs, point: string): Promise<void> => {
  const base = await rootfs.ensureBase('minimal', quiet());
  const tenant = buildTenant('alice', slot, base);
  const cut = await rootfs.observe(tenant);
  assert.equal(cut.leftovers, point === 'mount:disk' || point === 'mount:base');
  assert.equal(cut.mounted, point === 'mount:root');
  await rootfs.createDisk(tenant);
  const root = await rootfs.mount(tenant);
  assert.ok(statSync(`${root}/usr/sbin/init`).isFile());
  assert.equal(listMounts(`${state}/tenants/alice`).length, 3);
  const image = `${state}/tenants/alice/disk.img`;
  assert.equal(listLoops(image).length, 1);
  await rootfs.unmount(tenant);
  assert.deepEqual(listMounts(state), []);
  assert.deepEqual(listLoops(image), []);
  assert.deepEqual(
    readdirSync(`${state}/bases`).filter((name) => name.startsWith('.building')),
    [],
  );
  assert.deepEqual(readdirSync(`${state}/tenants/alice`).sort(), ['base', 'disk', 'disk.img', 'root']);
};

for (const point of POINTS) {
  test(`kill -9 at ${point}: the next start finishes what was begun and leaves nothing`, async (t: TestContext) => {
    if (!requires(t, 'root', 'overlay', 'loop')) return;
    const state = makeState();
    await dieAt(state, point);
    const real = await openRealRootfs({ state });
    try {
      await finish(real, point);
    } finally {
      await real.close();
    }
  });
}

test('a mount that stays busy is an error that says so, and is taken down once it is free', async (t: TestContext) => {
  if (!requires(t, 'root', 'overlay', 'loop')) return;
  const real = await openRealRootfs();
  try {
    const tenant = buildTenant('alice', real.slot, await real.rootfs.ensureBase('minimal', quiet()));
    await real.rootfs.createDisk(tenant);
    const root = await real.rootfs.mount(tenant);
    const holder = openSync(`${root}/etc/passwd`, 'r');
    await assert.rejects(real.rootfs.unmount(tenant), { name: 'Problem', code: 'COMMAND_FAILED', message: /busy/ });
    const freed = setTimeout(() => closeSync(holder), 300);
    await real.rootfs.unmount(tenant);
    clearTimeout(freed);
    assert.deepEqual(listMounts(real.state), []);
  } finally {
    await real.close();
  }
});

test('a disk that a foreign mount namespace holds is an error that names it, and is freed once it is let go', async (t) => {
  if (!requires(t, 'root', 'overlay', 'loop')) return;
  const real = await openRealRootfs();
  try {
    const tenant = buildTenant('alice', real.slot, await real.rootfs.ensureBase('minimal', quiet()));
    await real.rootfs.createDisk(tenant);
    await real.rootfs.mount(tenant);
    // a copy of all mounts, as a container that was begun meanwhile has
    const holder = spawn('unshare', ['--mount', 'sh', '-c', 'echo up; exec sleep 600'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(holder.stdout, 'data');
    const [loop = ''] = listLoops(`${real.state}/tenants/alice/disk.img`);
    await assert.rejects(real.rootfs.unmount(tenant), {
      name: 'Problem',
      code: 'DISK_IN_USE',
      message: new RegExp(`disk\\.img \\(${loop}\\) is still mounted`),
    });
    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
    await real.rootfs.unmount(tenant);
    assert.deepEqual(listLoops(`${real.state}/tenants/alice/disk.img`), []);
  } finally {
    await real.close();
  }
});

test('a mount that someone put on top or below is taken down, and the tenant mounts anew', async (t: TestContext) => {
  if (!requires(t, 'root', 'overlay', 'loop')) return;
  const real = await openRealRootfs();
  try {
    const tenant = buildTenant('alice', real.slot, await real.rootfs.ensureBase('minimal', quiet()));
    await real.rootfs.createDisk(tenant);
    const root = await real.rootfs.mount(tenant);
    execFileSync('mount', ['-t', 'tmpfs', 'x', `${root}/mnt`]);
    execFileSync('umount', ['--lazy', `${real.state}/tenants/alice/base`]);
    assert.deepEqual(await real.rootfs.observe(tenant).then(({ mounted, leftovers }) => [mounted, leftovers]), [
      false,
      true,
    ]);
    await real.rootfs.mount(tenant);
    assert.equal(listMounts(`${real.state}/tenants/alice`).length, 3);
    await real.rootfs.unmount(tenant);
  } finally {
    await real.close();
  }
});

test('a build that is cut by its caller leaves nothing, and the next one succeeds', async (t: TestContext) => {
  if (!requires(t, 'root')) return;
  const cut = new AbortController();
  const real = await openRealRootfs();
  try {
    const progress = (message: string): void => {
      if (message.startsWith('copying')) cut.abort();
    };
    const building = real.rootfs.ensureBase('minimal', { progress, signal: cut.signal });
    await assert.rejects(building, { name: 'Problem', code: 'CANCELLED' });
    assert.deepEqual(readdirSync(`${real.state}/bases`).sort(), ['.host-files.json', '.lock-minimal']);
    assert.equal((await real.rootfs.ensureBase('minimal', quiet())).template, 'minimal');
  } finally {
    await real.close();
  }
});

test('two processes that want the same base at once make it once', async (t: TestContext) => {
  if (!requires(t, 'root')) return;
  const state = makeState();
  try {
    const build = async (): Promise<string> => (await promisify(execFile)(process.execPath, [CHILD, state])).stdout;
    const [first, second] = await Promise.all([build(), build()]);
    assert.equal(first, second);
    const expected = ['.host-files.json', '.lock-minimal', `minimal@${first}`];
    assert.deepEqual(readdirSync(`${state}/bases`).sort(), expected);
  } finally {
    await removeState(state);
  }
});

test('one of two callers giving up does not cut the build of the other', async (t: TestContext) => {
  if (!requires(t, 'root')) return;
  const cut = new AbortController();
  const real = await openRealRootfs();
  try {
    const first = real.rootfs.ensureBase('minimal', { progress: () => cut.abort(), signal: cut.signal });
    const second = real.rootfs.ensureBase('minimal', quiet());
    await assert.rejects(first, { name: 'Problem', code: 'CANCELLED' });
    assert.equal((await second).template, 'minimal');
  } finally {
    await real.close();
  }
});
