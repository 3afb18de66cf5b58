// What install.sh does to AppArmor and lxcfs, with stand-ins for the system: shell functions in place of its programs.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
let box: string;
beforeEach(() => {
  box = mkdtempSync(join(tmpdir(), 'tenantctl-services-'));
  for (const folder of ['etc', 'proc/7', 'state']) mkdirSync(join(box, folder), { recursive: true });
});
afterEach(() => rmSync(box, { recursive: true }));

const PARTS = ['act', 'packages', 'program', 'apparmor', 'lxcfs', 'services', 'settings', 'remove'];

/** Runs shell text with the parts of install.sh and its variables pointing into the box. */
const run = (text: string, before = ''): string => {
  const parts = PARTS.map((part) => `. ${root}/scripts/install/${part}.sh`).join('\n');
  const script = `set -eu
    here=${root} DRY=0 PURGE=0 HAS_SYSTEMD=1 CHANGED=0 PROC=${box}/proc
    STATE=${box}/state MANIFEST=${box}/state/install.manifest LOADED=${box}/profiles COMPILED=${box}/compiled
    RUN=${box}/run LIB=/lib/x UNIT=${box}/etc/tenantctl.service
    PROFILE=${box}/etc/tenantctl-tenant LXCFS_DROPIN=${box}/etc/lxcfs.service.d/tenantctl.conf
    ${parts}
    PROFILE_BASE=/
    is_apparmor_on() { true; }
    list_group_pids() { cat ${box}/pids 2> /dev/null || true; }
    apparmor_parser() { echo "lxc-tenantctl-tenant (enforce)" > ${box}/profiles; }
    systemctl() { [ "$1" != is-active ] || return 0; }
    ${before}
    ${text}`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  return stdout.replaceAll(box, '');
};
const read = (path: string): string => readFileSync(join(box, path), 'utf8');

test('lxcfs counts CPUs by quota from now on, and only the first run restarts it', () => {
  const first = run('ensure_lxcfs_dropin; echo "changed $CHANGED"');
  assert.match(first, /^\+ systemctl daemon-reload\n\+ systemctl restart lxcfs\.service\nchanged 1$/m);
  const dropin = read('etc/lxcfs.service.d/tenantctl.conf');
  assert.match(dropin, /^ExecStart=\nExecStart=\/\S*lxcfs --enable-cfs \/var\/lib\/lxcfs$/m);
  const manifest = read('state/install.manifest');
  assert.equal(manifest.replaceAll(box, ''), 'folder /etc/lxcfs.service.d\nfile /etc/lxcfs.service.d/tenantctl.conf\n');
  assert.equal(run('ensure_lxcfs_dropin; echo "changed $CHANGED"'), 'changed 0\n');
});

test('lxcfs is never restarted while a container, ours or another, has its files mounted', () => {
  const own = '40 30 0:35 / /var/lib/lxcfs rw,nosuid - fuse.lxcfs lxcfs rw';
  writeFileSync(join(box, 'proc/7/mountinfo'), `${own}\n41 30 0:35 /proc/stat /proc/stat rw - fuse.lxcfs lxcfs rw\n`);
  const said = run('ensure_lxcfs_dropin');
  assert.doesNotMatch(said, /restart/);
  assert.match(said, /from the next boot on/);
  assert.doesNotMatch(run('remove_lxcfs_dropin'), /restart/);
  writeFileSync(join(box, 'proc/7/mountinfo'), `${own}\n`);
  assert.match(run('ensure_lxcfs_dropin'), /\+ systemctl restart lxcfs\.service/);
});

test('the drop-in goes with its folder; an lxcfs of our own bringing is left to its package', () => {
  run('ensure_lxcfs_dropin');
  assert.match(run('remove_lxcfs_dropin'), /daemon-reload\n\+ systemctl restart lxcfs\.service/);
  assert.equal(existsSync(join(box, 'etc/lxcfs.service.d')), false);
  assert.equal(run('remove_lxcfs_dropin'), '');
  run('ensure_lxcfs_dropin; remember package lxcfs');
  assert.doesNotMatch(run('PURGE=1; remove_lxcfs_dropin'), /restart/);
});

test('the profile of tenants is written and loaded once, and the daemon restarted for it', () => {
  const first = run('ensure_profile; echo "changed $CHANGED"');
  assert.match(first, /\+ apparmor_parser --replace \/etc\/tenantctl-tenant\nchanged 1/);
  assert.equal(read('etc/tenantctl-tenant'), readFileSync(join(root, 'packaging/apparmor/tenantctl-tenant'), 'utf8'));
  assert.equal(run('ensure_profile; echo "changed $CHANGED"'), 'changed 0\n');
});

test('a profile that AppArmor refuses leaves no file that would fail at each boot', () => {
  assert.equal(
    run('ensure_profile; echo "changed $CHANGED"', 'apparmor_parser() { return 1; }').includes('changed 0'),
    true,
  );
  assert.equal(existsSync(join(box, 'etc/tenantctl-tenant')), false);
});

test('where AppArmor is off nothing is written', () => {
  assert.equal(run('ensure_profile', 'is_apparmor_on() { false; }'), '');
  assert.equal(existsSync(join(box, 'etc/tenantctl-tenant')), false);
});

test('a profile is not taken from under tenants that run: the kernel would let them run unconfined', () => {
  run('ensure_profile');
  writeFileSync(join(box, 'pids'), '7\n');
  assert.match(run('remove_profile'), /stays loaded while tenants run in it/);
  assert.equal(existsSync(join(box, '.remove')), false);
  assert.equal(existsSync(join(box, 'etc/tenantctl-tenant')), false);
  rmSync(join(box, 'pids'));
  mkdirSync(join(box, 'compiled/201d1af9.0'), { recursive: true });
  for (const name of ['tenantctl-tenant', 'another']) writeFileSync(join(box, 'compiled/201d1af9.0', name), '');
  assert.match(run('remove_profile'), /unload/);
  assert.equal(read('.remove'), 'lxc-tenantctl-tenant');
  assert.deepEqual(readdirSync(join(box, 'compiled/201d1af9.0')), ['another'], 'what start-up compiled of it');
});

test('a daemon that was restarted is waited for: whoever asks next gets an answer', () => {
  const late = `(sleep 0.4; mkdir ${box}/run; ${process.execPath} -e 'require("node:net").createServer().listen(process.argv[1])
    .unref(); setTimeout(() => undefined, 2000)' ${box}/run/tenantctl.sock) > /dev/null 2>&1 &`;
  const systemctl = `systemctl() { [ "$1" != restart ] || { ${late} }; [ "$1" != is-active ] || return 0; }`;
  assert.match(run('CHANGED=1; ensure_service; [ -S "$RUN/tenantctl.sock" ] && echo answers', systemctl), /answers/);
});

test('a service that runs in the version that is there is left alone, and the run goes on', () => {
  run('CHANGED=1; mkdir "$RUN"; wait_for_socket() { true; }; ensure_service');
  assert.equal(run('CHANGED=0; ensure_service; echo goes on'), 'goes on\n');
});
