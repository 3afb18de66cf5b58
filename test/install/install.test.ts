// install.sh on a fresh Debian in a box of its own (box.sh): set-up, demo, second run, removal; each check is a test.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { requires } from '../support/requires.ts';

const root = `${import.meta.dirname}/../..`;

interface Check {
  readonly title: string;
  readonly ok: boolean;
  readonly notes: string;
}

/** Lines `ok TITLE` and `not ok TITLE`, with the `#` lines before them as the reason. */
const readChecks = async (program: string, args: readonly string[]): Promise<readonly Check[]> => {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const checks: Check[] = [];
  let notes: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    const found = /^(not )?ok (.*)$/.exec(line);
    if (!found) {
      notes.push(line);
      continue;
    }
    checks.push({ title: found[2] ?? '', ok: found[1] === undefined, notes: notes.slice(-20).join('\n') });
    notes = [];
  }
  return checks;
};

test('a fresh Debian without systemd: set-up, demo, second run, removal', async (t) => {
  if (!requires(t, 'root', 'debootstrap', 'loop', 'overlay')) return;
  const tree = spawnSync('sh', ['test/support/debian-tree.sh', 'plain'], { cwd: root, encoding: 'utf8' });
  assert.equal(tree.status, 0, `no Debian tree: ${tree.stderr}`);
  const args = ['test/install/box.sh', tree.stdout.trim(), 'sh', 'test/install/steps.sh'];
  const checks = await readChecks('sh', args);
  assert.ok(checks.length > 15, `the box ended early, after ${checks.length} checks`);
  for (const { title, ok, notes } of checks) await t.test(title, () => assert.ok(ok, notes));
});
