// Programs that are run: what happens where none can be.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const EXEC = new URL('../../src/linux/exec.ts', import.meta.url).href;

/** Takes all descriptors but a few, then runs a program. */
const SCRIPT = `
  import { openSync } from 'node:fs';
  import { run } from ${JSON.stringify(EXEC)};
  try { for (;;) openSync('/dev/null'); } catch {}
  try { await run('true', []); console.log('ran'); } catch (error) { console.log(error.code, error.data?.status); }
`;

test('a program that cannot be started for want of descriptors is an error of that call, not the end of the daemon', () => {
  const { stdout, stderr, status } = spawnSync(
    'sh',
    ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', SCRIPT],
    {
      encoding: 'utf8',
    },
  );
  assert.equal(stderr.includes('Unhandled'), false, stderr);
  assert.deepEqual({ stdout: stdout.trim(), status }, { stdout: 'COMMAND_FAILED EMFILE', status: 0 });
});
