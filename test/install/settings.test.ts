// What a purge does to the host's settings that the daemon changed, on folders that play /proc and the run folder.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
let box: string;
beforeEach(() => {
  box = mkdtempSync(join(tmpdir(), 'tenantctl-settings-'));
  mkdirSync(join(box, 'run'));
});
afterEach(() => rmSync(box, { recursive: true }));

const setting = (key: string): string => join(box, 'proc/sys', key);
const put = (key: string, value: string): void => {
  mkdirSync(dirname(setting(key)), { recursive: true });
  writeFileSync(setting(key), `${value}\n`);
};
const read = (key: string): string => readFileSync(setting(key), 'utf8').trim();

const call = (words: string, dry = 0): string => {
  const script = `set -eu
    DRY=${dry} KEEP_PACKAGES=0 PROC=${box}/proc RUN=${box}/run STATE=${box}/state MANIFEST=${box}/state/manifest
    SYSCTL_OF_LXC=${box}/lxc.conf
    . ${root}/scripts/install/act.sh
    . ${root}/scripts/install/settings.sh
    ${words}`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
};
const restore = (links: string, dry = 0): string => call(`ip() { echo "${links}"; }; restore_settings`, dry);

const ALL = 'net/ipv6/conf/all/forwarding';
const ETH0 = 'net/ipv6/conf/eth0/accept_ra';
const GONE = 'net/ipv6/conf/usb0/accept_ra';
const INOTIFY = 'fs/inotify/max_user_instances';

const change = (): void => {
  for (const [key, value] of [
    [ALL, '1'],
    [ETH0, '2'],
    [INOTIFY, '4096'],
  ] as const)
    put(key, value);
  const notes = [`${ALL} 0 1`, `${ETH0} 1 2`, `${GONE} 1 2`, `${INOTIFY} 128 1048576`];
  writeFileSync(join(box, 'run/sysctls'), `${notes.join('\n')}\n`);
};

test('what is still as the daemon set it is given back; what another has changed since, or what is gone, is left', () => {
  change();
  const said = restore('1: lo: <LOOPBACK>');
  assert.deepEqual([ALL, ETH0, INOTIFY].map(read), ['0', '1', '4096']);
  assert.equal(said, `+ restore ${ALL} to 0\n+ restore ${ETH0} to 1\n`);
});

test('a dry run says what it would give back and writes nothing', () => {
  change();
  assert.match(restore('', 1), /\+ restore net\/ipv6\/conf\/all\/forwarding to 0/);
  assert.deepEqual([ALL, ETH0].map(read), ['1', '2']);
});

test('while tenants of another instance have links, nothing is given back', () => {
  change();
  assert.match(restore('7: tct1030@if2: <UP>'), /another instance/);
  assert.deepEqual([ALL, ETH0].map(read), ['1', '2']);
});

test('without notes there is nothing to do', () => {
  assert.equal(restore(''), '');
});

const LXC_CONF = '# from its package\nfs.inotify.max_user_instances = 1024\n';

/** The package of LXC comes, and the machine boots with its file. */
const bringLxc = (): void => {
  put(INOTIFY, '128');
  call('remember_instances; remember package lxc');
  writeFileSync(join(box, 'lxc.conf'), LXC_CONF);
  put(INOTIFY, '1024');
};

test('what the file of the LXC package set at a boot is given back with the package', () => {
  bringLxc();
  call('remember_instances'); // a second run of install.sh sees the value of the file
  assert.equal(call('restore_instances', 1), `+ restore ${INOTIFY} to 128\n`);
  assert.equal(read(INOTIFY), '1024', 'a dry run');
  call('restore_instances');
  assert.equal(read(INOTIFY), '128');
});

test('it stays where somebody chose another value, or the package stays or was there before', () => {
  bringLxc();
  assert.equal(call('KEEP_PACKAGES=1; restore_instances'), '');
  put(INOTIFY, '2048');
  assert.equal(call('restore_instances'), '');
  put(INOTIFY, '1024');
  assert.equal(call('MANIFEST=/nonexistent; restore_instances'), '');
});
