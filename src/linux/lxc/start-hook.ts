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

/** Stands for the tenant's name in the paths; LXC sets it for its hooks (lxc.container.conf(5)). */
export const HOOK_NAME = '$LXC_NAME';

/**
 * A POSIX script of constants only; LXC_PID and LXC_NAME are LXC's own. It runs after LXC gave the groups away, and before
 * init does anything: also when a tenant reboots from inside, which the daemon learns of later.
 * @param takeBack paths that become root's again, with HOOK_NAME in them
 */
export const buildStartHook = (takeBack: readonly string[]): string =>
  [
    '#!/bin/sh',
    '# written by tenantctl: runs before the init of the tenant with process LXC_PID',
    // what is absent was not given away; after a start the daemon takes all of it back once more
    ...(takeBack.length === 0
      ? []
      : [`chown -h 0:0 ${takeBack.map((path) => `"${path}"`).join(' ')} 2> /dev/null || :`]),
    '# its budgets',
    'exec nsenter -t "$LXC_PID" -U -S 0 -G 0 -- /bin/sh -c \'',
    'cd /proc/sys/user || exit 0',
    ...BUDGETS.map(([file, value]) => `[ ! -e ${file} ] || echo ${value} > ${file}`),
    'exit 0',
    "'",
    '',
  ].join('\n');
