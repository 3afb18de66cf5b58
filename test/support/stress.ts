// The host's stress-ng in a tenant that has none.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { Box } from './daemon.ts';
import { execScript } from './launcher.ts';

const MiB = 2 ** 20;
const FOLDER = '/opt/stress';

/** A command line of the tenant's shell. */
export const stress = (args: string): string =>
  `env LD_LIBRARY_PATH=${FOLDER} ${FOLDER}/stress-ng --quiet --temp-path /tmp ${args}`;

/** The program and its libraries go through the input of an exec into the tenant. */
export const installStress = async (box: Box, name: string): Promise<void> => {
  const { stdout } = spawnSync('ldd', ['/usr/bin/stress-ng'], { encoding: 'utf8' });
  const libraries = [...stdout.matchAll(/=> (\/\S+)/g)].flatMap(([, path]) => path ?? []);
  const args = ['-c', '-h', '--transform', 's,.*/,,', '-P', '/usr/bin/stress-ng', ...libraries];
  const packed = spawnSync('tar', args, { maxBuffer: 256 * MiB });
  assert.equal(packed.status, 0, packed.stderr.toString());
  const unpack = `mkdir -p ${FOLDER} && tar -x -C ${FOLDER} && ${stress('--version')}`;
  const { status, stderr } = await execScript(box, name, unpack, { input: packed.stdout });
  assert.equal(status, 0, stderr);
};
