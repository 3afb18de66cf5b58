// Checks of doctor: control groups, and the limits that cannot be enforced here.

import { LIMIT_FLAGS, type LimitName } from '../../domain/limits.ts';
import { readKernelFileIfAny } from '../files.ts';
import { type CheckFacts, type CheckSpec, fail, pass, QUICK_MS, type Verdict, warn } from './check-spec.ts';

/** What every limit but --io-… and --cpuset needs. */
const NEEDED = ['cpu', 'memory', 'pids'];

/** Names of the controllers the kernel has, by cgroup.controllers (v2) or /proc/cgroups (v1). */
const readControllers = ({ facts, roots }: CheckFacts): string[] => {
  if (facts.cgroup === 'v2') {
    const list = readKernelFileIfAny(`${roots.sys}/fs/cgroup/cgroup.controllers`) ?? '';
    return list.split(' ').filter(Boolean);
  }
  const table = readKernelFileIfAny(`${roots.proc}/cgroups`) ?? '';
  return table
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([name, , , enabled]) => !name?.startsWith('#') && enabled === '1')
    .map(([name = '']) => name);
};

const checkControllers = (known: CheckFacts): Verdict => {
  const has = readControllers(known);
  const missing = NEEDED.filter((name) => !has.includes(name));
  if (missing.length > 0)
    return fail(
      `cgroup ${known.facts.cgroup} lacks ${missing.join(', ')}`,
      'boot with cgroup_enable=memory swapaccount=1, or use a kernel with these controllers',
    );
  return pass(`cgroup ${known.facts.cgroup} with ${has.join(', ')}`);
};

const checkVersion = ({ facts }: CheckFacts): Verdict =>
  facts.cgroup === 'v2'
    ? pass('cgroup v2')
    : warn(
        `cgroup ${facts.cgroup}: limits of I/O cannot be enforced, and memory.high is missing`,
        'if you can, boot with systemd.unified_cgroup_hierarchy=1',
      );

/** Super block options of the mount at /sys/fs/cgroup. */
const readCgroupOptions = ({ roots }: CheckFacts): string =>
  (readKernelFileIfAny(`${roots.proc}/self/mountinfo`) ?? '')
    .split('\n')
    .filter((line) => line.includes(' - cgroup2 '))
    .map((line) => line.split(' ').at(-1) ?? '')
    .at(0) ?? '';

/** A second mount of cgroup2 (lxcfs makes one) takes both options away from the first (cgroup-v2.rst, "Mounting"). */
const checkDelegation = (known: CheckFacts): Verdict => {
  // v1 has no cgroup.max.descendants: 20,000 groups cost 124 MB of kernel memory that no limit counts (tried)
  if (known.facts.cgroup !== 'v2')
    return warn(
      'cgroup v1: a tenant may make groups without end in name=systemd, in memory that its limit does not count',
      'with friends you do not trust, boot with systemd.unified_cgroup_hierarchy=1',
    );
  const options = readCgroupOptions(known).split(',');
  const missing = ['nsdelegate', 'memory_recursiveprot'].filter((name) => !options.includes(name));
  return missing.length === 0
    ? pass('cgroup2 is mounted with nsdelegate and memory_recursiveprot')
    : warn(
        `cgroup2 is mounted without ${missing.join(' and ')}`,
        'mount -o remount,nsdelegate,memory_recursiveprot /sys/fs/cgroup',
      );
};

const checkLimits = ({ facts }: CheckFacts): Verdict => {
  const refused = Object.entries(facts.unenforceable);
  if (refused.length === 0) return pass('every limit can be enforced');
  const reasons = refused.map(([name, why]) => `--${LIMIT_FLAGS[name as LimitName]}: ${why}`);
  return warn(
    `cannot be enforced here: ${reasons.join('; ')}`,
    'leave these limits out, or accept them as wishes: add --best-effort',
  );
};

const checkRlimits = ({ facts }: CheckFacts): Verdict =>
  facts.sysResource
    ? pass('root holds CAP_SYS_RESOURCE')
    : warn(
        'root lacks CAP_SYS_RESOURCE: a mounted disk cannot grow, hard rlimits cannot be raised',
        'grow disks with: tenantctl set NAME --disk SIZE --restart',
      );

export const CGROUP_CHECKS: readonly CheckSpec[] = [
  { id: 'cgroup', timeoutMs: QUICK_MS, look: checkVersion },
  { id: 'controllers', timeoutMs: QUICK_MS, look: checkControllers },
  { id: 'delegation', timeoutMs: QUICK_MS, look: checkDelegation },
  { id: 'limits', timeoutMs: QUICK_MS, look: checkLimits },
  { id: 'resource-capability', timeoutMs: QUICK_MS, look: checkRlimits },
];
