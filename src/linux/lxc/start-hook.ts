// The hook LXC runs in the host's namespaces after the tenant's exist and before its init does.

/**
 * Budgets of a tenant's user namespace (sysctl/user.rst). All tenants' namespaces are created by host root, so without
 * their own ceilings one tenant could use up uid 0's (kernel/ucount.c). Only writable from outside: tenants lack
 * CAP_SYS_RESOURCE.
 */
const BUDGETS: readonly (readonly [string, number])[] = [
  ['max_user_namespaces', 64],
  ['max_mnt_namespaces', 512],
  ['max_pid_namespaces', 128],
  ['max_net_namespaces', 32],
  ['max_ipc_namespaces', 64],
  ['max_uts_namespaces', 64],
  ['max_cgroup_namespaces', 64],
  ['max_time_namespaces', 8],
  ['max_inotify_instances', 256],
  ['max_inotify_watches', 65536],
  ['max_fanotify_groups', 8],
  ['max_fanotify_marks', 4096],
];

/** A POSIX script of constants only; LXC_PID is LXC's own. */
export const buildStartHook = (): string =>
  [
    '#!/bin/sh',
    '# written by tenantctl: the budgets of the tenant with process LXC_PID, set before its init runs',
    'exec nsenter -t "$LXC_PID" -U -S 0 -G 0 -- /bin/sh -c \'',
    'cd /proc/sys/user || exit 0',
    ...BUDGETS.map(([file, value]) => `[ ! -e ${file} ] || echo ${value} > ${file}`),
    'exit 0',
    "'",
    '',
  ].join('\n');
