// Archives are judged entry by entry before anything is unpacked: what is refused, and why.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../../../src/domain/errors.ts';
import { checkArchive } from '../../../src/linux/rootfs/templates/archive-check.ts';
import { climbsOut, normalizeName } from '../../../src/linux/rootfs/templates/tar-check.ts';
import { parseHeader, parsePax, readNumber, TarFormatError } from '../../../src/linux/rootfs/templates/tar-header.ts';
import { readTar, type TarEntry } from '../../../src/linux/rootfs/templates/tar-reader.ts';
import { buildTar, END_MARK, formatHeader, formatPax, SHELL, type TarPart } from '../../support/tar.ts';

const withFile = async <T>(bytes: Buffer, body: (path: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(`${tmpdir()}/tenantctl-tar-`);
  try {
    writeFileSync(`${folder}/a.tar`, bytes);
    return await body(`${folder}/a.tar`);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const readEntries = (bytes: Buffer): Promise<TarEntry[]> =>
  withFile(bytes, async (path) => {
    const handle = await open(path);
    try {
      const entries: TarEntry[] = [];
      for await (const entry of readTar(handle)) entries.push(entry);
      return entries;
    } finally {
      await handle.close();
    }
  });

const judge = (bytes: Buffer, limits = { entries: 50, bytes: 1 << 20 }) =>
  withFile(bytes, (path) => checkArchive(path, 'x.tar', { signal: new AbortController().signal, limits }));

const refusal = async (bytes: Buffer, limits?: { entries: number; bytes: number }): Promise<Problem> => {
  try {
    await judge(bytes, limits);
  } catch (error) {
    assert.ok(error instanceof Problem, String(error));
    return error;
  }
  return assert.fail('the archive was taken');
};

test('a plain root is taken, with every entry remembered', async () => {
  const seen = await judge(
    buildTar([
      ...SHELL,
      { name: 'etc/hostname', data: 'x\n' },
      { name: 'etc/mtab', type: '2', link: '/proc/self/mounts' },
      { name: 'bin/dash', type: '1', link: './bin/sh' },
      { name: 'run/pipe', type: '6' },
    ]),
  );
  assert.deepEqual([...seen.keys()].sort(), [
    'bin',
    'bin/dash',
    'bin/sh',
    'etc',
    'etc/hostname',
    'etc/mtab',
    'run',
    'run/pipe',
  ]);
  assert.deepEqual(seen.get('bin/dash'), { kind: 'file', size: 8 });
});

const HOSTILE: readonly (readonly [string, readonly TarPart[], RegExp])[] = [
  ['a name with ..', [{ name: '../canary' }], /"\.\.\/canary" has "\.\."/],
  ['a name with .. in the middle', [{ name: 'etc/../../canary' }], /has "\.\."/],
  ['an absolute name', [{ name: '/etc/canary' }], /absolute/],
  ['a character device', [{ name: 'dev/null', type: '3' }], /"dev\/null" is a character device/],
  ['a block device', [{ name: 'dev/sda', type: '4' }], /block device/],
  ['a relative link out', [{ name: 'a/b', type: '2', link: '../../canary' }], /link out of the root/],
  ['a link out through the root', [{ name: 'a', type: '2', link: '/../../canary' }], /link out of the root/],
  [
    'a file through a link',
    [{ name: 'a', type: '2', link: '/tmp' }, { name: 'a/canary' }],
    /through "a", which is no folder/,
  ],
  ['a link over a used folder', [{ name: 'a/x' }, { name: 'a', type: '2', link: '/tmp' }], /there twice/],
  ['a file over a link', [{ name: 'a', type: '2', link: '/tmp/canary' }, { name: 'a' }], /there twice/],
  [
    'a folder over a link',
    [
      { name: 'a', type: '2', link: '/tmp' },
      { name: 'a/', type: '5' },
    ],
    /there twice/,
  ],
  ['a file through a file', [{ name: 'a' }, { name: 'a/b' }], /no folder/],
  ['an absolute hard link', [{ name: 'a', type: '1', link: '/etc/shadow' }], /hard link out of the root/],
  ['a hard link with ..', [{ name: 'a', type: '1', link: '../canary' }], /hard link out of the root/],
  [
    'a hard link to a link',
    [
      { name: 'l', type: '2', link: '/etc' },
      { name: 'a', type: '1', link: 'l' },
    ],
    /no file before/,
  ],
  ['a hard link to what comes later', [{ name: 'a', type: '1', link: 'b' }, { name: 'b' }], /no file before/],
  ['a GNU sparse file', [{ name: 'a', type: 'S' }], /sparse/],
  ['a pax sparse file', [{ name: 'a', pax: { 'GNU.sparse.major': '1' } }], /sparse/],
  ['an unknown type', [{ name: 'a', type: 'Z' }], /unknown type "Z"/],
  ['a volume label', [{ name: 'a', type: 'V' }], /volume label/],
  ['a global header', [{ name: 'a', type: 'g' }], /global header/],
  ['a name hidden in a pax header', [{ name: 'innocent', pax: { path: '../canary' } }], /has "\.\."/],
  ['a link hidden in a pax header', [{ name: 'a', type: '2', link: 'b', pax: { linkpath: '../x' } }], /link out/],
  ['a GNU long name with ..', [{ name: '././@LongLink', type: 'L', data: '../canary\0' }, { name: 'a' }], /has "\.\."/],
  [
    'a GNU long link out',
    [
      { name: '././@LongLink', type: 'K', data: '../x\0' },
      { name: 'a', type: '2', link: 'b' },
    ],
    /link out/,
  ],
  ['a root that is a link', [{ name: './', type: '2', link: '/tmp' }], /replace the root/],
  ['/dev as a link', [{ name: 'dev', type: '2', link: 'tmp' }], /\/dev must be a folder/],
  ['/etc as a file', [{ name: 'etc' }], /\/etc must be a folder/],
  ['a name with control bytes', [{ name: '../\x1b[2J' }], /entry "\.\.\/\?\[2J"/],
];

for (const [what, parts, expected] of HOSTILE) {
  test(`an archive with ${what} is refused`, async () => {
    const { code, message } = await refusal(buildTar([...SHELL, ...parts]));
    assert.equal(code, 'ARCHIVE_UNSAFE');
    assert.match(message, expected);
  });
}

test('an archive with too many entries or bytes is refused', async () => {
  const many = Array.from({ length: 60 }, (_, i) => ({ name: `f${i}` }));
  assert.match((await refusal(buildTar([...SHELL, ...many]))).message, /more than 50/);
  const large = buildTar([...SHELL, { name: 'big', data: Buffer.alloc(5000) }]);
  assert.match((await refusal(large, { entries: 50, bytes: 4096 })).message, /more than 4096 bytes/);
});

test('what is no root tarball is refused as such', async () => {
  const cases: readonly (readonly [Buffer, RegExp])[] = [
    [Buffer.from('hello'), /ends too early/],
    [Buffer.alloc(512, 'x'), /not octal|checksum/],
    [END_MARK, /empty/],
    [buildTar([{ name: 'etc/hosts' }]), /neither an init nor a shell/],
    [buildTar([...SHELL, { name: 'a', uid: 70000 }]), /owner above 65535/],
    [buildTar([...SHELL, { name: 'a', gid: 65536 }]), /owner above 65535/],
    [buildTar(SHELL, Buffer.alloc(0)), /ends too early/],
    [buildTar(SHELL, Buffer.alloc(512)), /end mark/],
    [buildTar([...SHELL, { name: 'a', size: 100_000 }], Buffer.alloc(0)), /ends too early/],
    [Buffer.concat([buildTar(SHELL), buildTar([{ name: '../canary' }])]), /behind the end mark/],
    [buildTar([...SHELL, { name: 'x', type: 'x', data: 'broken' }, { name: 'a' }]), /pax record is broken/],
    [buildTar([...SHELL, { name: 'a', pax: { size: '-1' } }]), /not a whole number/],
  ];
  for (const [bytes, expected] of cases) {
    const { code, message } = await refusal(bytes);
    assert.equal(code, 'ARCHIVE_INVALID', message);
    assert.match(message, expected);
  }
});

test('a shell is found through links, however they are spelled', async () => {
  for (const link of ['usr/bin', '/usr/bin', './usr/../usr/bin/']) {
    const parts = [
      { name: 'usr/bin/dash', data: 'x' },
      { name: 'usr/bin/sh', type: '2', link: 'dash' },
      { name: 'bin', type: '2', link },
    ];
    assert.equal((await judge(buildTar(parts))).get('bin')?.kind, 'link');
  }
  const loop = [
    { name: 'bin/sh', type: '2', link: 'sh2' },
    { name: 'bin/sh2', type: '2', link: 'sh' },
  ];
  assert.match((await refusal(buildTar(loop))).message, /neither an init nor a shell/);
});

test('a name, link, size and owner in a pax header win over the header', async () => {
  const long = `${'d'.repeat(120)}/${'f'.repeat(200)}`;
  const [entry] = await readEntries(
    buildTar([{ name: 'short', data: 'abc', pax: { path: long, uid: '7', gid: '8' } }]),
  );
  assert.deepEqual([entry?.name, entry?.uid, entry?.gid, entry?.size], [long, 7, 8, 3]);
});

test('numbers are read as octal and as base 256', () => {
  const block = Buffer.alloc(24);
  block.write('0000644\0', 0);
  block.writeUInt8(0x80, 8);
  block.writeUInt32BE(123_456_789, 16);
  assert.equal(readNumber(block, 0, 8), 0o644);
  assert.equal(readNumber(block, 8, 12), 123_456_789);
  block.fill(0xff, 8, 20);
  assert.throws(() => readNumber(block, 8, 12), TarFormatError);
});

test('pax records of any text are read back', () => {
  const key = fc.stringMatching(/^[a-zA-Z.]{1,20}$/);
  const value = fc.string({ maxLength: 300 }).map((text) => Buffer.from(text).toString('latin1'));
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 5 }), (records) => {
      assert.deepEqual(Object.fromEntries(parsePax(formatPax(records))), { ...records });
    }),
  );
});

test('a header with any bit flipped is noticed or means the same', () => {
  const block = formatHeader({ name: 'etc/passwd', mode: 0o644 }, 42);
  fc.assert(
    fc.property(fc.nat(511), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const broken = Buffer.from(block);
      broken[at] = (broken[at] ?? 0) ^ (1 << bit);
      try {
        assert.deepEqual(parseHeader(broken), parseHeader(block));
      } catch (error) {
        assert.ok(error instanceof TarFormatError);
      }
    }),
  );
});

test('bytes of any kind are either entries or a refusal, never another error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), fc.boolean(), async (bytes, lead) => {
      const whole = Buffer.concat([lead ? buildTar(SHELL, Buffer.alloc(0)) : Buffer.alloc(0), bytes]);
      await readEntries(whole).catch((error: unknown) => assert.ok(error instanceof TarFormatError, String(error)));
    }),
    { numRuns: 60 },
  );
});

test('a normalized name never leaves the root, and a link climbs out exactly when its parts do', () => {
  const part = fc.constantFrom('..', '.', '', 'a', 'b', '...');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const name = normalizeName(parts.join('/'));
      assert.ok(name === undefined || !name.split('/').some((piece) => piece === '..' || piece === '.'));
    }),
  );
  assert.equal(climbsOut('a/b', '../c'), false);
  assert.equal(climbsOut('a/b', '../../c'), true);
  assert.equal(climbsOut('a', '..'), true);
  assert.equal(climbsOut('a', 'b/../..'), true);
  assert.equal(climbsOut('usr/bin/x', '/etc/x'), false);
});
