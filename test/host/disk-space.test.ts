// A state folder on a disk that fills: whatever was being written, the reason is the lack of space, with figures.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Problem } from '../../src/domain/errors.ts';
import { EMPTY_REGISTRY } from '../../src/domain/tenant.ts';
import { openRegistry } from '../../src/store/registry.ts';
import { makeTenant } from '../domain/tenant-values.ts';
import { requires } from '../support/requires.ts';
import { openRealRootfs } from '../support/rootfs.ts';

const MiB = 2 ** 20;
const freeOf = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

/** A disk of its own that has only so much left. */
const withSmallDisk = async (size: string, left: number, body: (folder: string) => Promise<void>): Promise<void> => {
  const work = mkdtempSync('/var/tmp/tenantctl-full-');
  const [image, folder] = [join(work, 'disk.img'), join(work, 'disk')];
  mkdirSync(folder);
  const script = `truncate -s ${size} "$1" && mkfs.ext4 -q -F -m 0 "$1" && mount -o loop "$1" "$2"`;
  assert.equal(spawnSync('sh', ['-c', script, 'sh', image, folder], { stdio: 'inherit' }).status, 0);
  try {
    const spare = freeOf(folder) - left;
    spawnSync('sh', ['-c', `head -c ${spare} /dev/zero > "$1"`, 'sh', join(folder, 'fill')]);
    await body(folder);
  } finally {
    assert.equal(spawnSync('umount', [folder]).status, 0);
    rmSync(work, { recursive: true });
  }
};

const isLackOf = (t: TestContext, folder: string) => (error: unknown) => {
  assert.ok(error instanceof Problem, String(error));
  t.diagnostic(`${error.code}: ${error.message}`);
  assert.equal(error.code, 'DISK_SPACE', error.message);
  assert.ok(String(error.data['path']).startsWith(folder));
  for (const figure of ['free', 'needed'] as const) assert.match(String(error.data[figure]), /\d/);
  return true;
};

test('a registry that finds no room says so, and the one on disk is as it was', async (t) => {
  if (!requires(t, 'root', 'loop')) return;
  await withSmallDisk('8M', 64 * 1024, async (folder) => {
    const path = join(folder, 'registry.json');
    const registry = openRegistry(path);
    await registry.save(EMPTY_REGISTRY);
    const text = readFileSync(path, 'utf8');
    spawnSync('sh', ['-c', 'head -c 1M /dev/zero > "$1"', 'sh', join(folder, 'rest')]);
    const tenants = Array.from({ length: 200 }, () => makeTenant());
    await assert.rejects(registry.save({ ...EMPTY_REGISTRY, tenants }), isLackOf(t, folder));
    assert.deepEqual(registry.current, EMPTY_REGISTRY);
    assert.equal(readFileSync(path, 'utf8'), text);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      [],
    );
    rmSync(join(folder, 'rest'));
    await registry.save(EMPTY_REGISTRY);
  });
});

test('a template that does not fit says so, and leaves nothing', async (t) => {
  if (!requires(t, 'root', 'loop', 'overlay')) return;
  await withSmallDisk('64M', 2 * MiB, async (folder) => {
    const state = join(folder, 'state');
    const { rootfs, close } = await openRealRootfs({ state, baseMode: 'copy' });
    try {
      const free = freeOf(folder);
      const options = { progress: () => undefined, signal: new AbortController().signal };
      await assert.rejects(rootfs.ensureBase('minimal', options), isLackOf(t, state));
      assert.deepEqual(
        readdirSync(`${state}/bases`).filter((name) => !/^\.(lock|host)/.test(name)),
        [],
      );
      assert.ok(freeOf(folder) > free - MiB / 4, 'what was built is removed');
    } finally {
      await close();
    }
  });
});
