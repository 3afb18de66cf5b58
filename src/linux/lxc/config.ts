// A tenant as lxc.conf lines (lxc.container.conf(5)). Pure: facts in, text out.

import type { Place } from '../../domain/instance.ts';
import { address4, address6, GATEWAY4, GATEWAY6, ID_BLOCK, idBase, linkName } from '../../domain/slots.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { THREADS_VARIABLE } from '../../domain/threads.ts';

export interface LxcFacts {
  /** Mount point of lxcfs on the host, or null. */
  readonly lxcfs: string | null;
  /** Files lxcfs offers below its `proc`. */
  readonly lxcfsFiles: readonly string[];
  /** A loaded AppArmor profile made for nested init systems, or null where AppArmor is off. */
  readonly apparmor: string | null;
  /** The tenant's root is inside a systemd scope: cgroup paths are relative to LXC's own. */
  readonly systemd: boolean;
  readonly seccompProfile: string;
  readonly startHook: string;
}

export interface LxcConfigRequest {
  readonly tenant: Tenant;
  readonly place: Place;
  readonly root: string;
  readonly folder: string;
  readonly cgroupLines: readonly string[];
  /** Folder of the host with what the tenant is told. */
  readonly notices: string;
  /** Signal that asks init to power off. */
  readonly haltSignal: string;
  /** False where the host has IPv6 off: LXC cannot start a tenant with an address the kernel refuses (EACCES). */
  readonly ipv6: boolean;
  /** Threads that the CPU limit lets run at once, or null for as many as the host has. */
  readonly threads: number | null;
  readonly facts: LxcFacts;
}

/**
 * Dropped on top of the user namespace. SYS_RESOURCE: with it /proc/sys/user/max_* and rlimits of the tenant could be
 * raised from inside (kernel/ucount.c). The rest has no use in a tenant or acts on the whole machine.
 */
const DROPPED_CAPABILITIES =
  'sys_resource sys_module sys_rawio sys_time mac_admin mac_override audit_control audit_read syslog ' +
  'linux_immutable sys_pacct wake_alarm block_suspend perfmon bpf checkpoint_restore';

/** Console output kept on disk; LXC starts the file anew beyond it (R22: a tenant may write without end). */
const CONSOLE_LOG_SIZE = '1MB';

/** @returns the whole file */
export const buildLxcConfig = (request: LxcConfigRequest): string =>
  [
    '# written by tenantctl at each start; changes are lost',
    ...identity(request),
    ...isolation(request),
    ...cgroup(request),
    ...network(request),
    ...lxcfsMounts(request.facts),
    ...notices(request),
    ...logs(request),
    '',
  ].join('\n');

const identity = ({ tenant, root, haltSignal, threads }: LxcConfigRequest): string[] => [
  `lxc.uts.name = ${tenant.name}`,
  `lxc.rootfs.path = dir:${root}`,
  'lxc.init.cmd = /sbin/init',
  `lxc.signal.halt = ${haltSignal}`,
  'lxc.environment = container=lxc',
  'lxc.environment = TERM=linux',
  ...(threads === null ? [] : [`lxc.environment = ${THREADS_VARIABLE}=${threads}`]),
  'lxc.pty.max = 256',
  'lxc.tty.max = 0',
];

const isolation = ({ tenant, facts }: LxcConfigRequest): string[] => {
  const first = idBase(tenant.slot);
  return [
    `lxc.idmap = u 0 ${first} ${ID_BLOCK}`,
    `lxc.idmap = g 0 ${first} ${ID_BLOCK}`,
    `lxc.cap.drop = ${DROPPED_CAPABILITIES}`,
    `lxc.seccomp.profile = ${facts.seccompProfile}`,
    'lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed',
    // the monitor must survive an oom kill in the tenant (it runs at -1000); the tenant itself is an ordinary victim
    'lxc.proc.oom_score_adj = 0',
    // writes the tenant's own budget of namespaces and inotify handles before its init runs
    `lxc.hook.start-host = ${facts.startHook}`,
    ...(facts.apparmor === null ? [] : [`lxc.apparmor.profile = ${facts.apparmor}`]),
  ];
};

const cgroup = ({ place, cgroupLines, facts }: LxcConfigRequest): string[] => {
  const below = facts.systemd ? '' : `${place.root}/`;
  return [
    ...(facts.systemd ? ['lxc.cgroup.relative = 1'] : []),
    `lxc.cgroup.dir.monitor = ${below}monitor`,
    `lxc.cgroup.dir.monitor.pivot = ${below}pivot`,
    `lxc.cgroup.dir.container = ${below}payload`,
    'lxc.cgroup.dir.container.inner = ns',
    ...cgroupLines,
  ];
};

const network = ({ tenant, ipv6 }: LxcConfigRequest): string[] => [
  'lxc.net.0.type = veth',
  'lxc.net.0.veth.mode = router',
  `lxc.net.0.veth.pair = ${linkName(tenant.slot)}`,
  'lxc.net.0.name = eth0',
  'lxc.net.0.flags = up',
  `lxc.net.0.ipv4.address = ${address4(tenant.slot)}/32`,
  `lxc.net.0.ipv4.gateway = ${GATEWAY4}`,
  ...(ipv6 ? [`lxc.net.0.ipv6.address = ${address6(tenant.slot)}/128`, `lxc.net.0.ipv6.gateway = ${GATEWAY6}`] : []),
];

const lxcfsMounts = ({ lxcfs, lxcfsFiles }: LxcFacts): string[] =>
  lxcfs === null
    ? []
    : [
        ...lxcfsFiles.map((file) => `lxc.mount.entry = ${lxcfs}/proc/${file} proc/${file} none bind,optional 0 0`),
        `lxc.mount.entry = ${lxcfs}/sys/devices/system/cpu/online sys/devices/system/cpu/online none bind,optional 0 0`,
      ];

/** What the tenant is told about itself. In /dev, which LXC makes and no init of the tenant's mounts over. */
const notices = ({ notices: folder }: LxcConfigRequest): string[] => [
  `lxc.mount.entry = ${folder} dev/tenantctl none bind,ro,nosuid,nodev,noexec,create=dir 0 0`,
];

const logs = ({ folder }: LxcConfigRequest): string[] => [
  `lxc.console.logfile = ${folder}/console.log`,
  `lxc.console.size = ${CONSOLE_LOG_SIZE}`,
  `lxc.console.rotate = 1`,
  `lxc.log.file = ${folder}/lxc.log`,
  'lxc.log.level = INFO',
];
