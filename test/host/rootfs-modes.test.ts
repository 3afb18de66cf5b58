// Three ways to give a base the ids of a tenant, and one outcome.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { idBase } from '../../src/domain/slots.ts';
import { readMounts } from '../../src/linux/rootfs/mounts.ts';
import { buildStatePaths } from '../../src/linux/rootfs/paths.ts';
import { probeBaseMode } from '../../src/linux/rootfs/probe.ts';
import { shiftCapability } from '../../src/linux/rootfs/shifted-copy.ts';
import { readAttribute } from '../../src/linux/syscalls.ts';
import { buildTenant } from '../contract/rootfs.ts';
import { requires } from '../support/requires.ts';
import { makeState, openRealRootfs, removeState } from '../support/rootfs.ts';
import { buildTar, SHELL } from '../support/tar.ts';

const quiet = () => ({ progress: () => undefined, signal: new AbortController().signal });

/** cap_net_raw+ep in revision 2 of struct vfs_cap_data. */
const NET_RAW = Buffer.from('0100000200200000000000000000000000000000', 'hex');

const PARTS = [
  ...SHELL,
  { name: 'bin/su', data: 'x', mode: 0o4755 },
  { name: 'bin/other', type: '1', link: 'bin/su' },
  { name: 'bin/link', type: '2', link: '/etc/shadow' },
  { name: 'bin/ping', data: 'x', mode: 0o755, pax: { 'SCHILY.xattr.security.capability': NET_RAW.toString('latin1') } },
  { name: 'home/u', type: '5', uid: 1000, gid: 100 },
];

for (const baseMode of ['direct', 'image', 'copy'] as const) {
  test(`base mode ${baseMode}: owners, setuid bits, links and file capabilities are those of the archive`, async (t) => {
    if (!requires(t, 'root', 'overlay', 'loop')) return;
    const { rootfs, state, slot, close } = await openRealRootfs({ baseMode });
    try {
      writeFileSync(`${state}/root.tar`, buildTar(PARTS));
      const tenant = buildTenant('alice', slot, await rootfs.ensureBase(`tar:${state}/root.tar`, quiet()));
      await rootfs.createDisk(tenant);
      const root = await rootfs.mount(tenant);
      const first = idBase(slot);
      for (const [path, uid, gid, mode] of [
        ['bin/su', 0, 0, 0o4755],
        ['bin/other', 0, 0, 0o4755],
        ['bin/link', 0, 0, 0o777],
        ['home/u', 1000, 100, 0o755],
        ['.', 0, 0, 0o755],
      ] as const) {
        const info = lstatSync(`${root}/${path}`);
        assert.deepEqual([info.uid - first, info.gid - first, info.mode & 0o7777], [uid, gid, mode], path);
      }
      assert.equal(lstatSync(`${root}/bin/su`).ino, lstatSync(`${root}/bin/other`).ino);
      const capability = readAttribute(Buffer.from(`${root}/bin/ping`), 'security.capability');
      assert.ok(capability, 'the capability is gone');
      const expected = baseMode === 'copy' ? shiftCapability(NET_RAW, first) : NET_RAW;
      assert.equal(capability.subarray(4, 20).toString('hex'), expected.subarray(4, 20).toString('hex'));
      await rootfs.unmount(tenant);
    } finally {
      await close();
    }
  });
}

test('bases in an image are found again by the next process', async (t: TestContext) => {
  if (!requires(t, 'root', 'overlay', 'loop')) return;
  const first = await openRealRootfs({ baseMode: 'image' });
  try {
    const base = await first.rootfs.ensureBase('minimal', quiet());
    execFileSync('umount', [`${first.state}/bases`]);
    const second = await openRealRootfs({ state: first.state, baseMode: 'image' });
    const listed = (await second.rootfs.listTemplates()).find(({ name }) => name === 'minimal');
    assert.deepEqual(
      listed?.bases.map(({ digest }) => digest),
      [base.digest],
    );
    const mounts = readMounts().filter(({ target }) => target === `${first.state}/bases`);
    assert.deepEqual([mounts.length, mounts[0]?.type], [1, 'ext4']);
  } finally {
    await first.close();
  }
});

test('the probe takes an image where the state folder is on an overlay, and copies on old kernels', async (t) => {
  if (!requires(t, 'root', 'overlay')) return;
  const outer = makeState();
  for (const name of ['l', 'u', 'w', 'm']) mkdirSync(`${outer}/${name}`);
  execFileSync('mount', [
    '-t',
    'overlay',
    '-o',
    `lowerdir=${outer}/l,upperdir=${outer}/u,workdir=${outer}/w`,
    'x',
    `${outer}/m`,
  ]);
  try {
    const onOverlay = buildStatePaths(`${outer}/m`);
    assert.equal(await probeBaseMode(onOverlay, { idmappedOverlay: true }), 'image');
    assert.equal(await probeBaseMode(onOverlay, { idmappedOverlay: false }), 'copy');
    const type = readFileSync('/proc/self/mountinfo', 'utf8').match(/ \/ \/ [^\n]* - (\w+)/)?.[1];
    if (type === 'ext4') assert.equal(await probeBaseMode(buildStatePaths(outer), { idmappedOverlay: true }), 'direct');
  } finally {
    execFileSync('umount', [`${outer}/m`]);
    await removeState(outer);
  }
});
