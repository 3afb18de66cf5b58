// The console of a tenant over its starts: what a run that crashed said is kept, whatever the tries after it did.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { readConsole, removeConsole, turnConsole } from '../../../src/linux/lxc/console.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tenantctl-console-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const write = (text: string, file = 'console.log'): void => writeFileSync(join(home, file), text);
const read = (run: 'this' | 'before', most = 1000): string => readConsole(home, run, most);

test('after a start the run before can be read, and is not taken for the new one', () => {
  turnConsole(home);
  assert.deepEqual([read('this'), read('before')], ['', '']);
  write('panic: disk on fire\n');
  turnConsole(home);
  assert.deepEqual([read('this'), read('before')], ['', 'panic: disk on fire\n']);
  write('hello\n');
  assert.deepEqual([read('this'), read('before')], ['hello\n', 'panic: disk on fire\n']);
  turnConsole(home);
  assert.equal(read('before'), 'hello\n');
});

test('starts that fail before they write anything leave what the crash said', () => {
  write('panic\n');
  turnConsole(home);
  turnConsole(home);
  write('');
  turnConsole(home);
  assert.equal(read('before'), 'panic\n');
});

test('a log that LXC has turned over is read across the border, and never more than asked for', () => {
  write('old ', 'console.log.1');
  write('new');
  assert.deepEqual([read('this'), read('this', 5), read('this', 2)], ['old new', 'd new', 'ew']);
  turnConsole(home);
  assert.equal(read('before'), 'old new');
  write('short run\n');
  turnConsole(home);
  assert.equal(read('before'), 'short run\n');
});

test('a link in place of a log is not followed', () => {
  writeFileSync(join(home, 'secret'), 'secret');
  symlinkSync(join(home, 'secret'), join(home, 'console.log'));
  assert.equal(read('this'), '');
});

test('removal leaves nothing, and may run again', () => {
  for (const file of ['console.log', 'console.log.1']) write('x', file);
  turnConsole(home);
  for (const file of ['console.log', 'console.log.1']) write('x', file);
  removeConsole(home);
  removeConsole(home);
  assert.deepEqual(readdirSync(home), []);
});
