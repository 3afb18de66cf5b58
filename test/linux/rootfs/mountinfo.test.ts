// mountinfo is read as the kernel writes it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseMountinfo, parseMountLine, pickBelow, unescapeOctal } from '../../../src/linux/rootfs/mountinfo.ts';

/** mangle_path() of fs/seq_file.c with the characters of show_mountinfo(). */
const escapeOctal = (text: string): string =>
  text.replace(/[ \t\n\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);

const LINES = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
43 22 254:0 /bases/x /t/alice/base ro,nodev,relatime,idmapped - ext4 /dev/vda rw
46 22 0:39 / /t/alice/root rw,nodev,relatime shared:3 master:1 - overlay tenantctl rw,lowerdir=/a,upperdir=/b
47 22 0:40 / /t/alice2/with\\040blank rw - tmpfs none rw
`;

test('each field of a line has its place, with and without propagation tags', () => {
  const [first, base, root, last] = parseMountinfo(LINES);
  assert.deepEqual(first, {
    id: 22,
    parent: 1,
    device: '254:0',
    root: '/',
    target: '/',
    options: ['rw', 'relatime'],
    tags: ['shared:1'],
    type: 'ext4',
    source: '/dev/vda',
    superOptions: ['rw', 'discard'],
  });
  assert.deepEqual([base?.root, base?.tags, base?.type], ['/bases/x', [], 'ext4']);
  assert.deepEqual(root?.tags, ['shared:3', 'master:1']);
  assert.equal(last?.target, '/t/alice2/with blank');
});

test('mounts below a folder are those of that folder, not of one whose name begins alike', () => {
  const mounts = parseMountinfo(LINES);
  assert.deepEqual(
    pickBelow(mounts, '/t/alice').map(({ id }) => id),
    [43, 46],
  );
});

test('any path survives the escaping of the kernel', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      assert.equal(unescapeOctal(escapeOctal(text)), text);
      const line = `1 2 0:1 / /${escapeOctal(text)} rw - tmpfs ${escapeOctal(text)} rw`;
      assert.equal(parseMountLine(line)?.target, `/${text}`);
    }),
  );
});

test('what is no line gives nothing', () => {
  for (const line of ['', 'x', '1 2 0:1 / /a rw shared:1', '1 2 0:1 / /a rw tmpfs none rw']) {
    assert.equal(parseMountLine(line), undefined);
  }
});
