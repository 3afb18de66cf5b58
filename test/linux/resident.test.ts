// Which of its own mappings a process may give back, and that it lives on without them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pickFileMappings, releaseFilePages } from '../../src/linux/resident.ts';

const entryOf = (first: string, figures: Record<string, number>): string =>
  [first, 'Size:               4096 kB', ...Object.entries(figures).map(([key, kib]) => `${key}: ${kib} kB`)].join(
    '\n',
  );

const FILE = 'r--p 02e01000 fe:00 2164001                            /opt/node/bin/node';
const CLEAN = { Rss: 2048, Anonymous: 0, Swap: 0 };

test('a mapping of a file without a page of its own is picked', () => {
  const smaps = [
    entryOf(`00400000-00746000 ${FILE}`, CLEAN),
    entryOf('00746000-03044000 r-xp 0034a000 fe:00 2164001   /opt/with space/node', CLEAN),
  ].join('\n');
  assert.deepEqual(pickFileMappings(`${smaps}\n`), [
    { start: 0x400000, bytes: 0x346000 },
    { start: 0x746000, bytes: 0x28fe000 },
  ]);
});

test('a mapping that holds what no file holds is left alone', () => {
  for (const [line, figures] of [
    [`00400000-00746000 ${FILE}`, { ...CLEAN, Anonymous: 4 }],
    [`00400000-00746000 ${FILE}`, { ...CLEAN, Swap: 4 }],
    [`00400000-00746000 ${FILE}`, { Rss: 2048 }],
    ['00400000-00746000 rw-p 02e01000 fe:00 2164001  /opt/node/bin/node', CLEAN],
    ['00400000-00746000 rwxp 02e01000 fe:00 2164001  /opt/node/bin/node', CLEAN],
    ['00400000-00746000 r--s 02e01000 fe:00 2164001  /opt/node/bin/node', CLEAN],
    ['00400000-00746000 r--p 00000000 00:00 0 ', CLEAN],
    ['00400000-00746000 r--p 00000000 00:00 0   [vvar]', CLEAN],
    ['00400000-00746000 rw-p 00000000 00:00 0   [heap]', CLEAN],
    ['00400000-00410000 r--p 02e01000 fe:00 2164001  /opt/node/bin/node', CLEAN],
  ] as const)
    assert.deepEqual(pickFileMappings(`${entryOf(line, figures)}\n`), [], line);
  assert.deepEqual(pickFileMappings(''), []);
});

test('a process that gave them back holds less, and goes on', () => {
  const readFileRss = (): number =>
    Number(/^RssFile:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  const before = readFileRss();
  releaseFilePages();
  const after = readFileRss();
  assert.ok(after < before, `${after} KiB of files after, ${before} before`);
  assert.deepEqual(JSON.parse(JSON.stringify({ on: [1, 'two'] })), { on: [1, 'two'] });
});
