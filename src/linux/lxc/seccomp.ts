// System calls no tenant may make, in LXC's own format (lxc.container.conf(5), SECCOMP CONFIGURATION).

/** EPERM for what acts on the whole machine, ENOSYS (38) where programs have a fallback for "not there". */
const DENIED: readonly (readonly [string, number])[] = [
  ['kexec_load', 1],
  ['kexec_file_load', 1],
  ['open_by_handle_at', 1], // reaches files outside the root by handle (the "shocker" escape)
  ['init_module', 1],
  ['finit_module', 1],
  ['delete_module', 1],
  ['add_key', 1], // keyrings are not namespaced by tenant
  ['request_key', 1],
  ['keyctl', 1],
  ['bpf', 1],
  ['perf_event_open', 1],
  ['userfaultfd', 1],
  ['acct', 1],
  ['swapon', 1],
  ['swapoff', 1],
  ['quotactl', 1],
  ['quotactl_fd', 1],
  ['syslog', 1],
  ['lookup_dcookie', 1],
  ['nfsservctl', 38],
  ['vmsplice', 1],
  ['move_pages', 1],
  ['migrate_pages', 1],
  ['io_uring_setup', 38],
  ['io_uring_enter', 38],
  ['io_uring_register', 38],
];

/** The low 32 bits only: the kernel looks at no more of them (an int), whatever a caller puts above. */
const isInt = (argument: number, value: number): string => `[${argument},${value},SCMP_CMP_MASKED_EQ,0xffffffff]`;

/** Calls that are denied for one value of an argument. */
const DENIED_BY_ARGUMENT: readonly (readonly [string, number, string])[] = [
  // TIOCSTI and TIOCLINUX type into a terminal: into the admin's, if a command of his were ever given it
  ['ioctl', 1, isInt(1, 0x5412)],
  ['ioctl', 1, isInt(1, 0x541c)],
  // AF_VSOCK knows no network namespace: it leads to the host, to neighbours and to the hypervisor; 97 is EAFNOSUPPORT
  ['socket', 97, isInt(0, 40)],
  // AF_ALG loads modules of the host on demand
  ['socket', 97, isInt(0, 38)],
];

/** The profile file's text; version 2, a list of what is denied, `umount -f` refused as in LXC's own profile. */
export const buildSeccompProfile = (): string =>
  [
    '2',
    'denylist',
    'reject_force_umount',
    '[all]',
    ...DENIED.map(([call, errno]) => `${call} errno ${errno}`),
    ...DENIED_BY_ARGUMENT.map(([call, errno, condition]) => `${call} errno ${errno} ${condition}`),
    '',
  ].join('\n');
