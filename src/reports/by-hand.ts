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

/** Enters a user namespace in which 0 to 65535 are the tenant's block outside (LXC's own helper; root needs no setuid tool). */
const enterIds = ({ tenant }: ByHandRequest): string => {
  const first = idBase(tenant.slot);
  return `lxc-usernsexec -m u:0:${first}:${ID_BLOCK} -m g:0:${first}:${ID_BLOCK} --`;
};

const rootfsPart = (request: ByHandRequest): string[] => {
  const { tenant, state } = request;
  const base = tenant.base ? `${state}/bases/${tenant.base.template}@${tenant.base.digest}/root` : '/path/to/a/rootfs';
  return [
    '# 1. A root of its own on a disk of fixed size. Unpacked inside a user namespace, its files get the ids of the block.',
    '#    (tenantctl keeps one read-only base for all and lays the private disk over it: idmapped mount and overlayfs.)',
    `BASE=${quote(base)}`,
    `BOX=${quote(`/tmp/by-hand-${tenant.name}`)}`,
    'mkdir -p "$BOX/root" && chmod 711 "$BOX"',
    `truncate -s ${tenant.limits.disk} "$BOX/disk.img"`,
    `mkfs.ext4 -q -m 0 -E root_owner=${idBase(tenant.slot)}:${idBase(tenant.slot)} "$BOX/disk.img"`,
    'mount -o loop,discard,nodev "$BOX/disk.img" "$BOX/root"',
    `tar -C "$BASE" --numeric-owner -c . | ${enterIds(request)} tar -C "$BOX/root" --numeric-owner -xp`,
  ];
};

/** Folder of one controller: the same for all on v2, one each on v1. */
const groupFolder = ({ tenant, cgroup }: ByHandRequest, controller: string): string =>
  cgroup === 'v2' ? `/sys/fs/cgroup/by-hand-${tenant.name}` : `/sys/fs/cgroup/${controller}/by-hand-${tenant.name}`;

const groupFolders = (request: ByHandRequest): string[] => [
  ...new Set(request.values.map(({ controller }) => groupFolder(request, controller))),
];

const cgroupPart = (request: ByHandRequest): string[] => [
  '# 2. A control group with the limits; the shell that enters it hands them to everything it starts',
  ...groupFolders(request).map((path) => `mkdir -p ${path}`),
  ...(request.cgroup === 'v2'
    ? []
    : [`cat /sys/fs/cgroup/cpuset/cpuset.mems > ${groupFolder(request, 'cpuset')}/cpuset.mems`]),
  ...request.values.map(
    ({ controller, file, value }) => `echo ${quote(value)} > ${groupFolder(request, controller)}/${file}`,
  ),
  ...groupFolders(request).map((path) => `echo $$ > ${path}/cgroup.procs`),
];

const cleanPart = (request: ByHandRequest): string[] => [
  '# 5. And away again: out of the control groups, then the groups, the disk, the folder',
  ...groupFolders(request).flatMap((path) => [`echo $$ > ${path}/../cgroup.procs`, `rmdir ${path}`]),
  'umount "$BOX/root" && rm -r "$BOX"',
];

const namespacePart = (request: ByHandRequest): string[] => [
  '# 3. Namespaces: user, pid, mount, network, uts, ipc, cgroup; then the new root; then its init',
  `${enterIds(request)} unshare --pid --fork --kill-child --mount --net --uts --ipc --cgroup sh -c '`,
  '    hostname "$2"',
  '    mount --bind "$1" "$1" && cd "$1"',
  '    mount -t proc proc proc && mount --rbind /sys sys && mount -t tmpfs tmpfs run',
  '    mount -t tmpfs -o mode=755 tmpfs dev',
  '    for node in null zero full random urandom tty; do touch "dev/$node" && mount --bind "/dev/$node" "dev/$node"; done',
  '    pivot_root . mnt && umount -l /mnt',
  '    exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init',
  `  ' sh "$BOX/root" ${request.tenant.name} &`,
];

const networkPart = ({ tenant }: ByHandRequest): string[] => [
  '# 4. A routed link: no bridge, so neighbours share no wire',
  'TENANT=$! # process id of the helper; init is the child of its child',
  'until UNSHARE=$(pgrep -P "$TENANT") && INIT=$(pgrep -P "$UNSHARE"); do sleep 0.1; done',
  `ip link add ${linkName(tenant.slot)} type veth peer name eth0 netns "$INIT"`,
  `ip link set ${linkName(tenant.slot)} up`,
  `ip route add ${address4(tenant.slot)}/32 dev ${linkName(tenant.slot)}`,
  `ip neigh add proxy ${GATEWAY4} dev ${linkName(tenant.slot)}`,
  `nsenter -t "$INIT" -n ip addr add ${address4(tenant.slot)}/32 dev eth0`,
  'nsenter -t "$INIT" -n ip link set lo up',
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
    'echo "init is process $INIT; look inside: nsenter -t $INIT -a; end it: kill -9 $INIT"',
    'wait "$TENANT" || true',
    ...cleanPart(request),
    '',
  ].join('\n');
