// What `-` and names of files read, from whatever standard input is.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { readInputFile } from '../../src/cli/read-input.ts';

const folder = mkdtempSync('/tmp/tenantctl-read-');
after(() => rmSync(folder, { recursive: true }));

const FILE = join(folder, 'f.yaml');
writeFileSync(FILE, 'first\nsecond\n');

const READER = join(folder, 'reader.ts');
writeFileSync(
  READER,
  `import { readInputFile } from ${JSON.stringify(join(import.meta.dirname, '../../src/cli/read-input.ts'))};
process.stdout.write('reading:');
try {
  process.stdout.write(await readInputFile('-'));
} catch (error) {
  process.stdout.write(error.code + ': ' + error.message);
}`,
);

/**
 * @param line of the shell; `"$@"` reads standard input
 * @param typed comes when the reader has begun
 */
const readBy = async (line: string, typed = ''): Promise<string> => {
  const child = spawn('bash', ['--norc', '-c', line, 'bash', process.execPath, READER], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined); // who reads no further has ended
  let out = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    out += chunk;
    if (!child.stdin.writableEnded) child.stdin.end(typed);
  }
  assert.ok(out.startsWith('reading:'), out);
  return out.slice('reading:'.length);
};

it('standard input is read where it is a socket, as between programs, or a pipe', async () => {
  assert.equal(await readBy('[[ -S /dev/stdin ]] && "$@"', 'a: 1\nü: 2\n'), 'a: 1\nü: 2\n');
  assert.equal(await readBy('cat | "$@"', 'a: 1\n'), 'a: 1\n');
});

it('a file that standard input comes from is read from where it stands', async () => {
  assert.equal(await readBy(`"$@" < ${FILE}`), 'first\nsecond\n');
  assert.equal(await readBy(`{ read -r line; "$@"; } < ${FILE}`), 'second\n');
});

it('a pipe that was told not to wait is waited for', async () => {
  const open = 'fcntl(STDIN, F_SETFL, O_NONBLOCK) or die; exec @ARGV';
  assert.equal(await readBy(`cat | perl -MFcntl -e '${open}' "$@"`, 'late\n'), 'late\n');
});

it('a closed standard input is empty; a folder and one that cannot be read are refused', async () => {
  assert.equal(await readBy('"$@" <&-'), '');
  assert.equal(await readBy('"$@" < /'), 'FILE_UNREADABLE: cannot read -: it is a folder');
  assert.equal(await readBy('"$@" 0> /dev/null'), 'FILE_UNREADABLE: cannot read -: it is not open for reading');
});

it('no more than the most is read, of what has no end either', async () => {
  const most = 1 << 20;
  const refused = `FILE_INVALID: -: it is larger than ${most} bytes`;
  assert.equal((await readBy('"$@"', 'x'.repeat(most))).length, most);
  assert.equal(await readBy('"$@"', 'x'.repeat(most + 1)), refused);
  assert.equal(await readBy('yes | "$@"'), refused);
  assert.equal(await readBy('"$@" < /dev/zero'), refused);
});

it('a name is that of a file, and what is wrong with it is told', async () => {
  assert.equal(await readInputFile(FILE), 'first\nsecond\n');
  await assert.rejects(readInputFile(folder), {
    code: 'FILE_UNREADABLE',
    data: { path: folder, why: 'it is a folder' },
  });
  await assert.rejects(readInputFile('/dev/zero'), { code: 'FILE_INVALID' });
});
