// Turns a fresh debootstrap tree into a base for tenants: what a container must not start, and what must be its own.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { AptSource } from './apt-sources.ts';

/** Raised when the treatment below changes. */
export const DEBIAN_VERSION = 1;

export const DEBIAN_PACKAGES = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'libpam-systemd',
  'openssh-server',
  'ca-certificates',
  'sudo',
  'iproute2',
  'iputils-ping',
  'procps',
  'netbase',
  'less',
  'vim-tiny',
  'bash-completion',
  'curl',
] as const;

/**
 * Units that fail or make no sense in a user namespace: kernel file systems and remounts are the host's, the network
 * is set from outside, and nobody sits at a console. Without them `systemctl is-system-running` says running.
 */
export const MASKED_UNITS = [
  'sys-kernel-debug.mount',
  'sys-kernel-config.mount',
  'sys-kernel-tracing.mount',
  'dev-hugepages.mount',
  'proc-sys-fs-binfmt_misc.automount',
  'systemd-remount-fs.service',
  'systemd-networkd-wait-online.service',
  'systemd-modules-load.service',
  'systemd-udevd.service',
  'systemd-udevd-kernel.socket',
  'systemd-udevd-control.socket',
  'systemd-udev-trigger.service',
  'console-getty.service',
  'getty@tty1.service',
  'e2scrub_reap.service',
  'e2scrub_all.timer',
  'fstrim.timer',
] as const;

/** Files that would be the same in every tenant, or only take room. Below folders that debootstrap made, none a link. */
const clearFolder = async (folder: string, keep: (name: string) => boolean = () => false): Promise<void> => {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!keep(name)) await rm(`${folder}/${name}`, { recursive: true, force: true });
  }
};

const formatSources = (sources: readonly AptSource[]): string =>
  sources.map(({ uri, suite }) => `deb ${uri} ${suite} main\n`).join('');

export const treatTree = async (root: string, sources: readonly AptSource[]): Promise<void> => {
  await clearFolder(`${root}/dev`); // LXC makes its own; a base holds no device
  await clearFolder(`${root}/run`);
  await clearFolder(`${root}/tmp`);
  await clearFolder(`${root}/var/cache/apt`, (name) => name === 'archives');
  await clearFolder(`${root}/var/cache/apt/archives`, (name) => name === 'partial');
  await clearFolder(`${root}/var/lib/apt/lists`, (name) => name === 'partial');
  await clearFolder(`${root}/var/log`, (name) => !/\.log$|^bootstrap/.test(name));
  await clearFolder(`${root}/etc/ssh`, (name) => !name.startsWith('ssh_host_'));
  const units = `${root}/etc/systemd/system`;
  await mkdir(units, { recursive: true });
  for (const unit of MASKED_UNITS) {
    await rm(`${units}/${unit}`, { force: true });
    await symlink('/dev/null', `${units}/${unit}`);
  }
  await rm(`${units}/default.target`, { force: true });
  await symlink('/lib/systemd/system/multi-user.target', `${units}/default.target`);
  await writeFile(`${root}/etc/machine-id`, ''); // empty: not the first boot of a stranger's image (machine-id(5))
  await rm(`${root}/var/lib/dbus/machine-id`, { force: true });
  await symlink('/etc/machine-id', `${root}/var/lib/dbus/machine-id`);
  await writeFile(`${root}/etc/fstab`, '# the root is mounted from outside\n');
  await writeFile(`${root}/etc/hostname`, 'tenant\n');
  if (sources.length > 0) await writeFile(`${root}/etc/apt/sources.list`, formatSources(sources));
};

/** `NAME VERSION` of every installed package, sorted, from dpkg's own list. */
export const parseInstalled = (status: string): readonly string[] =>
  status
    .split('\n\n')
    .map((paragraph) => {
      const name = /^Package: (.+)$/m.exec(paragraph)?.[1];
      const version = /^Version: (.+)$/m.exec(paragraph)?.[1];
      return /^Status: install ok installed$/m.test(paragraph) && name && version ? `${name} ${version}` : '';
    })
    .filter((line) => line !== '')
    .sort();

/** Two trees of the same packages and the same treatment are the same base. */
export const digestTree = async (root: string, recipe: string): Promise<string> => {
  const installed = parseInstalled(await readFile(`${root}/var/lib/dpkg/status`, 'utf8'));
  return createHash('sha256')
    .update(JSON.stringify([recipe, installed]))
    .digest('hex')
    .slice(0, 40);
};
