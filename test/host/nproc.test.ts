// How many processors a command in a tenant takes itself to have: nproc, make -j and OpenMP ask for affinity and OMP_THREAD_LIMIT.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Box, SMALL } from '../support/daemon.ts';
import { callLauncher } from '../support/launcher.ts';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';

const HOST = cpus().length;
const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: Box;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
  await box.add('alice', { limits: { ...SMALL, cpu: '0.5' } });
});
after(() => box?.close());

const ask = async (...argv: string[]): Promise<string> => {
  const { status, stdout, stderr } = await callLauncher(box, ['exec', 'alice', '--', ...argv]);
  assert.equal(status, 0, stderr);
  return stdout.trim();
};

/** Of init's environment, which its services inherit where it is a small one. */
const initsLimit = async (): Promise<string> =>
  ask('sh', '-c', "tr '\\0' '\\n' < /proc/1/environ | grep ^OMP_THREAD_LIMIT= || echo none");

test('half a core counts as one processor, and a new limit counts in the next command', async (t) => {
  if (!can(t)) return;
  assert.equal(await ask('nproc'), '1');
  assert.equal(await initsLimit(), HOST > 1 ? 'OMP_THREAD_LIMIT=1' : 'none');
  await box.set('alice', { limits: { cpu: null } });
  assert.equal(await ask('nproc'), String(HOST));
  assert.equal(await ask('sh', '-c', 'env | grep ^OMP_ || echo none'), 'none');
  await box.set('alice', { limits: { cpu: '0.25' } });
  assert.equal(await ask('nproc'), '1');
});

test('a daemon that comes back to an empty run folder counts as before', async (t) => {
  if (!can(t)) return;
  await box.kill();
  rmSync(join(box.run, 'tenants'), { recursive: true });
  await box.start();
  // it answers before it has healed: until then the launcher finds no run files and asks Node
  const first = await until('a command starts', async () => {
    const { status, stdout } = await callLauncher(box, ['exec', 'alice', '--', 'nproc']);
    return status === 0 && stdout;
  });
  assert.equal(first, '1\n');
});
