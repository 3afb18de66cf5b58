// Ceilings of the host that tenants share: raised where they are lower, never lowered.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openHostSettings } from '../../../src/linux/host-settings.ts';
import { ensureHostBudgets } from '../../../src/linux/lxc/host-budgets.ts';

test('low ceilings are noted and raised, high ones and those the kernel lacks are left', () => {
  const proc = mkdtempSync(join(tmpdir(), 'tenantctl-budgets-'));
  const file = (name: string): string => join(proc, 'sys/fs/inotify', name);
  try {
    mkdirSync(join(proc, 'sys/fs/inotify'), { recursive: true });
    writeFileSync(file('max_user_instances'), '128\n');
    writeFileSync(file('max_user_watches'), '2147483647\n');
    const settings = openHostSettings(join(proc, 'run'), proc);
    ensureHostBudgets(settings);
    assert.equal(readFileSync(file('max_user_instances'), 'utf8').trim(), '1048576');
    assert.equal(readFileSync(file('max_user_watches'), 'utf8').trim(), '2147483647');
    ensureHostBudgets(settings);
    const notes = readFileSync(join(proc, 'run/sysctls'), 'utf8');
    assert.equal(notes, 'fs/inotify/max_user_instances 128 1048576\n');
  } finally {
    rmSync(proc, { recursive: true, force: true });
  }
});
