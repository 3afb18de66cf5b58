// Archives end to end: a good one becomes a base, a hostile one is refused with nothing written anywhere.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/daemon/clock.ts';
import { Problem } from '../../src/domain/errors.ts';
import { buildArchive } from '../../src/linux/rootfs/templates/archive.ts';
import { buildTenant } from '../contract/rootfs.ts';
import { requires } from '../support/requires.ts';
import { openRealRootfs, type RealRootfs } from '../support/rootfs.ts';
import { buildTar, SHELL, type TarPart } from '../support/tar.ts';

const quiet = () => ({ progress: () => undefined, signal: new AbortController().signal });

/** Every name, mode, owner, size and content of a tree but the archives themselves. */
const hashTree = (folder: string): string => {
  const sum = createHash('sha256');
  const walk = (path: string): void => {
    const { mode, uid, gid, size } = lstatSync(path);
    const isFolder = lstatSync(path).isDirectory();
    sum.update(`${path} ${mode} ${uid} ${gid} ${isFolder ? '' : size}\n`);
    if (isFolder) for (const name of readdirSync(path).sort()) walk(`${path}/${name}`);
    else if (lstatSync(path).isFile()) sum.update(readFileSync(path));
  };
  walk(folder);
  return sum.digest('hex');
};

const withRootfs = async (
  t: TestContext,
  body: (real: RealRootfs, outside: string) => Promise<void>,
): Promise<void> => {
  if (!requires(t, 'root', 'overlay', 'loop')) return;
  const real = await openRealRootfs();
  const outside = `${real.state}/outside`;
  mkdirSync(outside);
  writeFileSync(`${outside}/canary`, 'untouched\n');
  try {
    await body(real, outside);
  } finally {
    await real.close();
  }
};

const COMPRESSORS = { plain: undefined, gzip: 'gzip', xz: 'xz', zstd: 'zstd' } as const;

for (const [label, program] of Object.entries(COMPRESSORS)) {
  test(`a ${label} tarball of a root becomes a base, mounts as the tenant's own, and is found again`, async (t) => {
    await withRootfs(t, async ({ rootfs, state, slot }, outside) => {
      const parts = [...SHELL, { name: 'home/u/file', data: 'x', uid: 1000, gid: 1000, mode: 0o4755 }];
      const long = { name: 'x', data: 'y', pax: { path: `opt/${'n'.repeat(180)}` } };
      const tar = buildTar([...parts, long, { name: 'etc/ssh/ssh_host_rsa_key', data: 'shared' }]);
      const bytes = program ? execFileSync(program, ['-c'], { input: tar }) : tar;
      writeFileSync(`${outside}/root.tar`, bytes);
      const base = await rootfs.ensureBase(`tar:${outside}/root.tar`, quiet());
      assert.deepEqual(await rootfs.ensureBase(`tar:${outside}/root.tar`, quiet()), base);
      const tenant = buildTenant('alice', slot, base);
      await rootfs.createDisk(tenant);
      const root = await rootfs.mount(tenant);
      try {
        await rootfs.writeIdentity(tenant);
        const first = 1879048192 + slot * 65536;
        const { uid, gid, mode } = lstatSync(`${root}/home/u/file`);
        assert.deepEqual([uid - first, gid - first, mode & 0o7777], [1000, 1000, 0o4755]);
        assert.equal(readFileSync(`${root}/opt/${'n'.repeat(180)}`, 'utf8'), 'y');
        assert.match(readFileSync(`${root}/etc/ssh/ssh_host_rsa_key`, 'utf8'), /BEGIN OPENSSH PRIVATE KEY/);
        assert.equal(lstatSync(`${state}/bases`).mode & 0o777, 0o700);
      } finally {
        await rootfs.unmount(tenant);
      }
    });
  });
}

/** Each tries to reach `outside` in its own way. */
const hostile = (outside: string): Readonly<Record<string, readonly TarPart[]>> => ({
  dots: [{ name: '../../../../outside/new' }],
  absolute: [{ name: `${outside}/canary`, data: 'changed' }],
  'link then file': [
    { name: 'a', type: '2', link: outside },
    { name: 'a/canary', data: 'changed' },
  ],
  'link over link': [
    { name: 'a', type: '2', link: `${outside}/canary` },
    { name: 'a', data: 'changed' },
  ],
  'hard link out': [
    { name: 'a', type: '1', link: `${outside}/canary` },
    { name: 'a', data: 'changed' },
  ],
  'hard link by a link': [
    { name: 'l', type: '2', link: outside },
    { name: 'a', type: '1', link: 'l/canary' },
  ],
  device: [{ name: 'dev/sda', type: '4' }],
  'hidden name': [{ name: 'ok', pax: { path: `${outside}/canary` }, data: 'changed' }],
  'proc as a link': [{ name: 'proc', type: '2', link: outside }],
});

for (const what of Object.keys(hostile('/'))) {
  test(`a hostile archive (${what}) is refused, and nothing is written`, async (t) => {
    await withRootfs(t, async ({ rootfs, state }, outside) => {
      const file = `${state}/evil.tar`;
      writeFileSync(file, buildTar([...SHELL, ...(hostile(outside)[what] ?? [])]));
      const before = hashTree(outside);
      await assert.rejects(rootfs.ensureBase(`tar:${file}`, quiet()), (error: unknown) => {
        assert.ok(error instanceof Problem);
        assert.equal(error.code, 'ARCHIVE_UNSAFE', error.message);
        return true;
      });
      assert.equal(hashTree(outside), before);
      assert.deepEqual(readdirSync(`${state}/bases`), ['.lock-tar']);
    });
  });
}

test('a truncated, a broken and an absent archive are named, and leave nothing', async (t) => {
  await withRootfs(t, async ({ rootfs, state }, outside) => {
    const whole = execFileSync('gzip', ['-c'], { input: buildTar(SHELL) });
    const cases = {
      'cut.tgz': [whole.subarray(0, whole.length - 12), 'ARCHIVE_INVALID'],
      'noise.xz': [Buffer.concat([Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), Buffer.alloc(99, 7)]), 'ARCHIVE_INVALID'],
      'text.tar': [Buffer.from('hello'), 'ARCHIVE_INVALID'],
      'empty.tar': [Buffer.alloc(0), 'ARCHIVE_INVALID'],
    } as const;
    for (const [name, [bytes, code]] of Object.entries(cases)) {
      writeFileSync(`${outside}/${name}`, bytes);
      await assert.rejects(rootfs.ensureBase(`tar:${outside}/${name}`, quiet()), { name: 'Problem', code });
    }
    execFileSync('mkfifo', [`${outside}/fifo`]);
    for (const name of ['absent', 'fifo', '.']) {
      const wanted = { name: 'Problem', code: 'FILE_UNREADABLE' };
      await assert.rejects(rootfs.ensureBase(`tar:${outside}/${name}`, quiet()), wanted);
    }
    assert.deepEqual(readdirSync(`${state}/bases`), ['.lock-tar']);
  });
});

for (const program of ['gzip', 'xz', 'zstd']) {
  test(`a ${program} bomb ends at the limit, and is called one`, async (t) => {
    await withRootfs(t, async ({ state }, outside) => {
      const file = `${outside}/bomb`;
      writeFileSync(file, execFileSync(program, ['-c'], { input: Buffer.alloc(64 << 20), maxBuffer: 1 << 26 }));
      for (const name of ['root', 'work']) mkdirSync(`${state}/${name}`);
      const builder = buildArchive(file, { entries: 100, bytes: 1 << 20 });
      const options = { ...quiet(), clock: systemClock };
      await builder.recipe(options);
      const wanted = { name: 'Problem', code: 'ARCHIVE_UNSAFE', message: /unpacks to more than/ };
      await assert.rejects(builder.build(`${state}/root`, `${state}/work`, options), wanted);
      assert.deepEqual(readdirSync(`${state}/root`), []);
    });
  });
}

test('an archive that changes between two looks is refused', async (t) => {
  await withRootfs(t, async ({ state }, outside) => {
    const file = `${outside}/root.tar`;
    writeFileSync(file, buildTar(SHELL));
    for (const name of ['root', 'work']) mkdirSync(`${state}/${name}`);
    const builder = buildArchive(file);
    const options = { ...quiet(), clock: systemClock };
    await builder.recipe(options);
    writeFileSync(file, buildTar([...SHELL, { name: 'more' }]));
    const wanted = { name: 'Problem', code: 'ARCHIVE_INVALID', message: /changed while it was read/ };
    await assert.rejects(builder.build(`${state}/root`, `${state}/work`, options), wanted);
  });
});
