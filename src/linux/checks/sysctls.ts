// Checks of doctor: settings of the host's kernel that let tenants see or hurt more than they should. Advice only.

import { readKernelFileIfAny } from '../files.ts';
import { type CheckFacts, type CheckSpec, pass, QUICK_MS, type Verdict, warn } from './check-spec.ts';

interface SysctlAdvice {
  /** With dots, as sysctl(8) writes it. */
  readonly key: string;
  readonly least: number;
  /** "at most" instead of "at least". */
  readonly below?: boolean;
}

/** From the kernel's Documentation/admin-guide/sysctl; only keys that a tenant's user namespace does not shadow. */
const ADVICE: readonly SysctlAdvice[] = [
  { key: 'fs.protected_symlinks', least: 1 },
  { key: 'fs.protected_hardlinks', least: 1 },
  { key: 'fs.protected_fifos', least: 1 },
  { key: 'fs.protected_regular', least: 1 },
  { key: 'kernel.dmesg_restrict', least: 1 },
  { key: 'kernel.kptr_restrict', least: 1 },
  { key: 'kernel.perf_event_paranoid', least: 2 },
  { key: 'kernel.unprivileged_bpf_disabled', least: 1 },
  { key: 'kernel.io_uring_disabled', least: 1 },
  // shared by all tenants and the host (linux/lxc/host-budgets.ts, which sets it)
  { key: 'fs.inotify.max_user_instances', least: 65536 },
  { key: 'vm.unprivileged_userfaultfd', least: 0, below: true },
  { key: 'fs.suid_dumpable', least: 0, below: true },
  { key: 'dev.tty.legacy_tiocsti', least: 0, below: true },
  { key: 'net.ipv4.conf.all.route_localnet', least: 0, below: true },
];

const isMet = ({ least, below }: SysctlAdvice, value: number): boolean => (below ? value <= least : value >= least);

/** Keys the kernel does not have are no risk. */
const checkSysctls = ({ roots }: CheckFacts): Verdict => {
  const unmet = ADVICE.filter((advice) => {
    const text = readKernelFileIfAny(`${roots.proc}/sys/${advice.key.replaceAll('.', '/')}`);
    return text !== undefined && !isMet(advice, Number(text));
  });
  if (unmet.length === 0) return pass('kernel settings are as careful as advised');
  return warn(
    `less careful than advised: ${unmet.map(({ key }) => key).join(', ')}`,
    `sysctl -w ${unmet.map(({ key, least }) => `${key}=${least}`).join(' ')}`,
  );
};

/** A program after "|" runs as root of the host, outside every namespace, on a tenant's crash (core(5)). */
const checkCorePattern = ({ roots }: CheckFacts): Verdict => {
  const pattern = readKernelFileIfAny(`${roots.proc}/sys/kernel/core_pattern`) ?? '';
  return pattern.startsWith('|')
    ? warn(
        `crashes in tenants start ${pattern.slice(1).split(' ')[0]} as root on the host`,
        'if you do not need it: sysctl -w kernel.core_pattern=core',
      )
    : pass('crashes in tenants start nothing on the host');
};

/** One table of neighbours for all network namespaces (arp(7)). */
const NEIGHBOURS = 4096;

const checkNeighbours = ({ roots }: CheckFacts): Verdict => {
  const text = readKernelFileIfAny(`${roots.proc}/sys/net/ipv4/neigh/default/gc_thresh3`);
  return text === undefined || Number(text) >= NEIGHBOURS
    ? pass('room for neighbours of all tenants')
    : warn(
        `room for ${text} neighbours of all tenants together: one can fill it`,
        `sysctl -w net.ipv4.neigh.default.gc_thresh3=${NEIGHBOURS} net.ipv6.neigh.default.gc_thresh3=${NEIGHBOURS}`,
      );
};

export const SYSCTL_CHECKS: readonly CheckSpec[] = [
  { id: 'sysctls', timeoutMs: QUICK_MS, look: checkSysctls },
  { id: 'core-pattern', timeoutMs: QUICK_MS, look: checkCorePattern },
  { id: 'neighbours', timeoutMs: QUICK_MS, look: checkNeighbours },
];
