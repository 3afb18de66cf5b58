// A tenant as the shell commands that would make one like it by hand: chroot, namespaces, cgroups, nothing hidden.

import { address4, GATEWAY4, ID_BLOCK, idBase, linkName } from '../domain/slots.ts';
import type { Tenant } from '../domain/tenant.ts';

export interface ByHandRequest {
  readonly tenant: Tenant;
  /** The kernel files and values that express its limits. */
  readonly values: readonly { readonly controller: string; readonly file: string; readonly value: string }[];
  readonly cgroup: 'v1' | 'hybrid' | 'v2';
  readonly state: string;
}

/** Names and values are of our own alphabet (names.ts, limits.ts), so quoting is for the reader. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const rootfsPart = ({ tenant, state }: ByHandRequest): string[] => {
  const base = tenant.base ? `${state}/bases/${tenant.base.template}@${tenant.base.digest}/root` : '/path/to/a/rootfs';
  return [
    '# 1. A root of its own: a shared read-only base below, a private disk of fixed size above (overlayfs)',
    `BASE=${quote(base)}`,
    `BOX=${quote(`/tmp/by-hand-${tenant.name}`)}`,
    'mkdir -p "$BOX/disk" "$BOX/lower" "$BOX/root"',
    `truncate -s ${tenant.limits.disk} "$BOX/disk.img"`,
    'mkfs.ext4 -q -m 0 "$BOX/disk.img"',
    'mount -o loop,discard,nosuid,nodev "$BOX/disk.img" "$BOX/disk"',
    'mkdir -p "$BOX/disk/upper" "$BOX/disk/work"',
    `chown ${idBase(tenant.slot)}:${idBase(tenant.slot)} "$BOX/disk/upper"`,
    `# ids 0-${ID_BLOCK - 1} of the base appear as ${idBase(tenant.slot)}… (mount --map-users needs util-linux 2.39; older: chown a copy)`,
    `mount --bind -o X-mount.idmap=b:0:${idBase(tenant.slot)}:${ID_BLOCK} "$BASE" "$BOX/lower"`,
    'mount -t overlay overlay -o "lowerdir=$BOX/lower,upperdir=$BOX/disk/upper,workdir=$BOX/disk/work" "$BOX/root"',
  ];
};

const cgroupPart = ({ tenant, values, cgroup }: ByHandRequest): string[] => {
  const folder = (controller: string): string =>
    cgroup === 'v2' ? `/sys/fs/cgroup/by-hand-${tenant.name}` : `/sys/fs/cgroup/${controller}/by-hand-${tenant.name}`;
  const folders = [...new Set(values.map(({ controller }) => folder(controller)))];
  return [
    '# 2. A control group with the limits; the shell that enters it hands them to everything it starts',
    ...folders.map((path) => `mkdir -p ${path}`),
    ...values.map(({ controller, file, value }) => `echo ${quote(value)} > ${folder(controller)}/${file}`),
    ...folders.map((path) => `echo $$ > ${path}/cgroup.procs`),
  ];
};

const namespacePart = ({ tenant }: ByHandRequest): string[] => [
  '# 3. Namespaces: user, pid, mount, network, uts, ipc, cgroup; then the new root; then its init',
  `unshare --user --map-users=0,${idBase(tenant.slot)},${ID_BLOCK} --map-groups=0,${idBase(tenant.slot)},${ID_BLOCK} --setuid 0 --setgid 0 \\`,
  "  --pid --fork --kill-child --mount --net --uts --ipc --cgroup -- sh -c '",
  `    hostname ${tenant.name}`,
  '    mount --bind "$1" "$1" && mount -t proc proc "$1/proc" && mount -t sysfs -o ro sysfs "$1/sys"',
  '    cd "$1" && pivot_root . mnt && umount -l /mnt',
  '    exec /sbin/init',
  '  \' sh "$BOX/root" &',
];

const networkPart = ({ tenant }: ByHandRequest): string[] => [
  '# 4. A routed link: no bridge, so neighbours share no wire',
  'TENANT=$! # process id of unshare: its child is the init',
  'INIT=$(pgrep -P "$TENANT")',
  `ip link add ${linkName(tenant.slot)} type veth peer name eth0 netns "$INIT"`,
  `ip link set ${linkName(tenant.slot)} up`,
  `ip route add ${address4(tenant.slot)}/32 dev ${linkName(tenant.slot)}`,
  `ip neigh add proxy ${GATEWAY4} dev ${linkName(tenant.slot)}`,
  `nsenter -t "$INIT" -n ip addr add ${address4(tenant.slot)}/32 dev eth0`,
  'nsenter -t "$INIT" -n ip link set eth0 up',
  `nsenter -t "$INIT" -n ip route add ${GATEWAY4} dev eth0`,
  `nsenter -t "$INIT" -n ip route add default via ${GATEWAY4} dev eth0`,
];

/** @returns a POSIX shell script; run it as root on a host where this tenant does not run */
export const buildByHandScript = (request: ByHandRequest): string =>
  [
    '#!/bin/sh',
    `# ${request.tenant.name}, made by hand. tenantctl lets LXC do steps 3 and 4, and adds what a script cannot show in a`,
    '# page: a seccomp filter, dropped capabilities, lxcfs, isolation rules, repair after a crash.',
    'set -eu',
    '',
    ...rootfsPart(request),
    '',
    ...cgroupPart(request),
    '',
    ...namespacePart(request),
    '',
    ...networkPart(request),
    'wait "$TENANT"',
    '',
  ].join('\n');
