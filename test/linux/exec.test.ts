// Programs that are run: what happens where none can be.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { run } from '../../src/linux/exec.ts';

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

test('a program begins with the oom score it is given, and the caller keeps its own', async () => {
  const own = readFileSync('/proc/self/oom_score_adj', 'utf8');
  const score = Number(own) + 1; // raising needs no privilege
  const { stdout } = await run('cat', ['/proc/self/oom_score_adj'], { oomScoreAdj: score });
  assert.deepEqual([Number(stdout), readFileSync('/proc/self/oom_score_adj', 'utf8')], [score, own]);
  await assert.rejects(run('/no/such/program', [], { oomScoreAdj: score }), { code: 'COMMAND_MISSING' });
  assert.equal(readFileSync('/proc/self/oom_score_adj', 'utf8'), own);
});
