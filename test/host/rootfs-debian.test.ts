// The debian template boots as a tenant to a system that says it is running, with nothing of its own shared.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { idBase } from '../../src/domain/slots.ts';
import { GiB } from '../../src/domain/units.ts';
import { buildTenant } from '../contract/rootfs.ts';
import { requires } from '../support/requires.ts';
import { openRealRootfs } from '../support/rootfs.ts';

const BOOT_MS = 60_000;

const formatConfig = (root: string, slot: number): string =>
  [
    `lxc.rootfs.path = dir:${root}`,
    `lxc.idmap = u 0 ${idBase(slot)} 65536`,
    `lxc.idmap = g 0 ${idBase(slot)} 65536`,
    'lxc.uts.name = debian',
    'lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed',
    'lxc.net.0.type = empty',
    'lxc.signal.halt = SIGRTMIN+3',
    'lxc.cap.drop = mac_admin mac_override sys_time sys_module sys_rawio sys_resource',
    '',
  ].join('\n');

/** What systemd says of itself, once it has made up its mind. */
const readVerdict = async (inside: (...command: string[]) => string): Promise<string> => {
  const deadline = performance.now() + BOOT_MS;
  for (;;) {
    const verdict = inside('systemctl', 'is-system-running');
    if (verdict === 'running' || verdict === 'degraded' || performance.now() > deadline) return verdict;
    await setTimeout(200);
  }
};

test('a debian tenant says running, has keys of its own, and stops when asked', async (t: TestContext) => {
  if (!requires(t, 'root', 'overlay', 'loop', 'lxc', 'debootstrap', 'network')) return;
  const { rootfs, state, slot, close } = await openRealRootfs();
  try {
    const said: string[] = [];
    const options = { progress: (message: string) => said.push(message), signal: new AbortController().signal };
    const base = await rootfs.ensureBase('debian', options);
    assert.ok(said.includes('configuring packages'), said.join('; '));
    assert.deepEqual(await rootfs.ensureBase('debian', options), base);
    const tree = `${state}/bases/debian@${base.digest}/root`;
    assert.deepEqual(readdirSync(`${tree}/dev`), []);
    assert.equal(readFileSync(`${tree}/etc/machine-id`, 'utf8'), '');
    assert.equal(readlinkSync(`${tree}/etc/systemd/system/sys-kernel-debug.mount`), '/dev/null');
    assert.ok(!readdirSync(`${tree}/etc/ssh`).some((name) => name.startsWith('ssh_host_')));
    const tenant = buildTenant('debian', slot, base, GiB);
    await rootfs.createDisk(tenant);
    const root = await rootfs.mount(tenant);
    await rootfs.writeIdentity(tenant);
    assert.ok(existsSync(`${root}/etc/ssh/ssh_host_ed25519_key`));
    const name = `tenantctl_${slot}_debian`;
    const lxc = ['-P', `${state}/lxc`, '-n', name];
    mkdirSync(`${state}/lxc/${name}`, { recursive: true });
    writeFileSync(`${state}/lxc/${name}/config`, formatConfig(root, slot));
    const inside = (...command: string[]): string =>
      spawnSync('lxc-attach', [...lxc, '--clear-env', '--', ...command], {
        encoding: 'utf8',
        timeout: 20_000,
      }).stdout.trim();
    try {
      execFileSync('lxc-start', lxc, { timeout: BOOT_MS });
      const verdict = await readVerdict(inside);
      assert.equal(verdict, 'running', inside('systemctl', '--failed', '--no-pager', '--plain'));
      assert.equal(inside('systemctl', 'is-active', 'ssh'), 'active');
      assert.match(inside('cat', '/etc/machine-id'), /^[0-9a-f]{32}$/);
      execFileSync('lxc-stop', [...lxc, '--timeout', '20'], { timeout: BOOT_MS });
      assert.match(execFileSync('lxc-info', [...lxc, '-s'], { encoding: 'utf8' }), /STOPPED/);
    } finally {
      spawnSync('lxc-stop', [...lxc, '--kill'], { timeout: BOOT_MS });
      await rootfs.unmount(tenant);
    }
  } finally {
    await close();
  }
});
