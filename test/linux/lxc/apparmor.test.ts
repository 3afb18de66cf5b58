// The AppArmor profile of tenants: which is taken, and what ours says.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProfile, pickProfile } from '../../../src/linux/lxc/apparmor.ts';

const OURS = 'lxc-tenantctl-tenant';
const NESTING = 'lxc-container-default-with-nesting';
const text = readFileSync(join(import.meta.dirname, '../../../packaging/apparmor/tenantctl-tenant'), 'utf8');

test("our profile is taken when it is loaded, else Debian's for nested inits, else none", () => {
  assert.equal(pickProfile(`man_groff (enforce)\n${NESTING} (enforce)\n${OURS} (enforce)\n`), OURS);
  assert.equal(pickProfile(`${NESTING} (enforce)\n/usr/bin/lxc-start (enforce)\n`), NESTING);
  assert.equal(pickProfile(''), 'unconfined');
  assert.equal(pickProfile(`${OURS} (complain)\n${NESTING}-more (enforce)\n`), 'unconfined');
});

test('no profile is asked for where AppArmor is off, and none taken where the list cannot be read', () => {
  const security = mkdtempSync(join(tmpdir(), 'tenantctl-security-'));
  assert.equal(findProfile(security), null);
  mkdirSync(join(security, 'apparmor'));
  assert.equal(findProfile(security), 'unconfined');
  writeFileSync(join(security, 'apparmor/profiles'), `${OURS} (enforce)\n`);
  assert.equal(findProfile(security), OURS);
  rmSync(security, { recursive: true });
});

test('our profile has the name that is looked for, one that lxc-start may change to', () => {
  assert.match(text, new RegExp(`^profile ${OURS} flags=\\(attach_disconnected,mediate_deleted\\) \\{$`, 'm'));
  assert.match(OURS, /^lxc-/);
});

test('our profile lets no process out of it, and denies what belongs to the whole machine', () => {
  const rules = text.split('\n').filter((line) => !/^\s*#(?!include)/.test(line));
  assert.ok(!rules.some((line) => /change_profile|unconfined|start-container/.test(line)));
  assert.ok(!rules.some((line) => /^\s*(signal|ptrace|mount|network),/.test(line)), 'nothing is allowed as a whole');
  assert.ok(rules.includes('  deny network vsock,'));
  for (const type of ['bpf', 'configfs', 'debugfs', 'efivarfs', 'pstore', 'securityfs', 'tracefs'])
    assert.ok(rules.includes(`  deny mount fstype=${type},`), type);
});
