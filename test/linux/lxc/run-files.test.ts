// The launcher's files: written, rewritten, and gone.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeRunFiles, writeRunFiles } from '../../../src/linux/lxc/run-files.ts';

test('each fact is one line of a file for root alone, and one that no longer holds has no file', () => {
  const run = mkdtempSync(join(tmpdir(), 'tenantctl-run-'));
  const folder = join(run, 'tenants/alice');
  const facts = { lxcPath: '/state/tenants', freezer: { path: '/cg/cgroup.freeze', frozen: '1' } };
  writeRunFiles(run, 'alice', { ...facts, threads: 2 });
  const read = () =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  const lines = { lxcpath: '/state/tenants\n', freezer: '/cg/cgroup.freeze\n', freezer_frozen: '1\n' };
  assert.deepEqual(read(), { ...lines, threads: '2\n' });
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  writeRunFiles(run, 'alice', { ...facts, threads: null });
  assert.deepEqual(read(), lines);
  removeRunFiles(run, 'alice');
  removeRunFiles(run, 'alice');
  assert.deepEqual(readdirSync(join(run, 'tenants')), []);
  rmSync(run, { recursive: true });
});
