// The lack of space by all its names.

import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { problem } from '../../src/domain/errors.ts';
import { explainLack, isLackOfSpace } from '../../src/linux/disk-space.ts';

const coded = (code: string): Error => Object.assign(new Error(`${code}: write`), { code });
const failed = (output: string): Error => problem('COMMAND_FAILED', { command: 'cp -a x y', status: 1, output });

test('the lack of space is known by code, by errno and by the words of a helper', () => {
  assert.ok(isLackOfSpace(coded('ENOSPC')));
  assert.ok(isLackOfSpace(coded('EDQUOT')));
  assert.ok(isLackOfSpace(problem('SYSCALL', { call: 'openat2', args: 'etc', errno: 'ENOSPC' })));
  assert.ok(isLackOfSpace(failed("cp: error writing 'y': No space left on device")));
  for (const other of [coded('EIO'), failed('cp: permission denied'), 'ENOSPC', undefined])
    assert.equal(isLackOfSpace(other), false, String(other));
});

test('it is told with path and figures, and anything else stays as it is', async () => {
  const told = await explainLack(coded('ENOSPC'), tmpdir(), 'build');
  assert.match(String(told), /has \S+ free, more than \S+ are needed to build/);
  const other = coded('EIO');
  assert.equal(await explainLack(other, tmpdir(), 'build'), other);
});
