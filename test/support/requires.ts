// What a test needs of the machine: `requires(t, 'root', 'lxc')` skips it with the reason, or fails it where the
// machine is known to be able (MUST_WORK=1).

import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, statfsSync } from 'node:fs';
import type { TestContext } from 'node:test';

export type Need =
  | 'root'
  | 'lxc'
  | 'lxcfs'
  | 'cgroup-v1'
  | 'cgroup-v2'
  | 'nft'
  | 'stress-ng'
  | 'tmux'
  | 'systemd'
  | 'debootstrap'
  | 'psi'
  | 'overlay'
  | 'loop'
  | 'idmap'
  | 'sys-resource'
  | 'network';

/** `host`: the machine as it is; `lab`: user-mode-linux with pure v2; `vm`: Debian with systemd in qemu. */
type Environment = 'host' | 'lab' | 'vm';

const CGROUP2_SUPER_MAGIC = 0x63677270; // linux/magic.h
const CAP_SYS_RESOURCE = 24; // linux/capability.h

const hasProgram = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(`${folder}/${name}`)) ||
  existsSync(`/usr/sbin/${name}`);

const isCgroup2 = (): boolean => {
  try {
    return statfsSync('/sys/fs/cgroup').type === CGROUP2_SUPER_MAGIC;
  } catch {
    return false;
  }
};

const hasFilesystem = (name: string): boolean =>
  new RegExp(`\\b${name}$`, 'm').test(readFileSync('/proc/filesystems', 'utf8'));

const hasCapability = (bit: number): boolean => {
  const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return line?.[1] !== undefined && ((BigInt(`0x${line[1]}`) >> BigInt(bit)) & 1n) === 1n;
};

/** A mounted ext4 grows only with it. */
export const hasSysResource = (): boolean => hasCapability(CAP_SYS_RESOURCE);

/** idmapped overlay layers came with 5.19 */
const hasIdmap = (): boolean => {
  const [major = 0, minor = 0] = readFileSync('/proc/sys/kernel/osrelease', 'utf8').split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 19);
};

/** The first mirror of the host's own apt resolves, asked through the system's own resolver. */
const hasNetwork = (): boolean => {
  const sources = globSync('/etc/apt/{sources.list,sources.list.d/*.{list,sources}}').map((path) =>
    readFileSync(path, 'utf8'),
  );
  const mirror = /^(?:deb\b|URIs:)[^\n]*?https?:\/\/([^\s/:]+)/m.exec(sources.join('\n'))?.[1];
  return mirror !== undefined && spawnSync('getent', ['ahosts', mirror], { timeout: 10_000 }).status === 0;
};

const NEEDS: Readonly<Record<Need, { readonly have: () => boolean; readonly lack: string }>> = {
  root: { have: () => process.getuid?.() === 0, lack: 'not root' },
  lxc: { have: () => hasProgram('lxc-start'), lack: 'lxc is not installed' },
  lxcfs: { have: () => hasProgram('lxcfs'), lack: 'lxcfs is not installed' },
  'cgroup-v1': {
    have: () => existsSync('/sys/fs/cgroup/memory/cgroup.procs'),
    lack: 'no cgroup v1 controllers at /sys/fs/cgroup',
  },
  'cgroup-v2': { have: isCgroup2, lack: '/sys/fs/cgroup is not cgroup2' },
  nft: {
    // made, not listed: a kernel without the family lists no table of it and finds nothing wrong
    have: () =>
      spawnSync('unshare', ['--net', 'nft', 'add', 'table', 'inet', 'probe'], { timeout: 10_000 }).status === 0,
    lack: 'nft does not work with inet tables',
  },
  'stress-ng': { have: () => hasProgram('stress-ng'), lack: 'stress-ng is not installed' },
  tmux: { have: () => hasProgram('tmux'), lack: 'tmux is not installed' },
  systemd: { have: () => existsSync('/run/systemd/system'), lack: 'systemd is not process 1' },
  debootstrap: { have: () => hasProgram('debootstrap'), lack: 'debootstrap is not installed' },
  psi: { have: () => existsSync('/proc/pressure/cpu'), lack: 'the kernel has no pressure figures' },
  overlay: { have: () => hasFilesystem('overlay'), lack: 'the kernel has no overlayfs' },
  loop: { have: () => existsSync('/dev/loop-control'), lack: 'no loop devices' },
  idmap: { have: hasIdmap, lack: 'the kernel is older than 5.19' },
  'sys-resource': { have: hasSysResource, lack: 'root lacks CAP_SYS_RESOURCE' },
  network: { have: hasNetwork, lack: 'no network' },
};

/** What a kind of machine cannot do by its nature; everything else must work there when MUST_WORK is set. */
const EXCUSED: Readonly<Record<Environment, readonly Need[]>> = {
  host: ['cgroup-v2', 'systemd', 'sys-resource', 'network'],
  lab: ['tmux', 'cgroup-v1', 'nft', 'systemd', 'psi', 'idmap', 'network'],
  vm: ['tmux', 'cgroup-v1', 'network'],
};

export const readEnvironment = (): Environment => {
  const name = process.env['TENANTCTL_TEST_ENV'] ?? 'host';
  if (name === 'host' || name === 'lab' || name === 'vm') return name;
  throw new Error(`TENANTCTL_TEST_ENV is "${name}"; it may be host, lab or vm`);
};

/**
 * Skips the test with the reason when the machine lacks one of the needs; with MUST_WORK=1 that is a failure, unless
 * this kind of machine cannot have it.
 * @returns whether the test may go on: `if (!requires(t, 'root')) return;`
 */
export const requires = (t: Pick<TestContext, 'skip'>, ...needs: readonly Need[]): boolean => {
  const lacking = needs.filter((need) => !NEEDS[need].have());
  const [first] = lacking;
  if (first === undefined) return true;
  const reason = `${first}: ${NEEDS[first].lack}`;
  const excused = lacking.some((need) => EXCUSED[readEnvironment()].includes(need));
  if (process.env['MUST_WORK'] === '1' && !excused) throw new Error(`must work here, but ${reason}`);
  t.skip(reason);
  return false;
};
