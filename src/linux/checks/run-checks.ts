// Runs every check of doctor at the same time, each with its own deadline: one that hangs is UNKNOWN, not the end.

import { toProblem } from '../../domain/errors.ts';
import type { Check } from '../../ports/host.ts';
import { CGROUP_CHECKS } from './cgroups.ts';
import { type CheckFacts, type CheckSpec, unknown, type Verdict } from './check-spec.ts';
import { KERNEL_CHECKS } from './kernel.ts';
import { NETWORK_CHECKS } from './network.ts';
import { PROGRAM_CHECKS } from './programs.ts';
import { STORAGE_CHECKS } from './storage.ts';
import { SYSCTL_CHECKS } from './sysctls.ts';

/** In the order of the lines on the screen. */
export const ALL_CHECKS: readonly CheckSpec[] = [
  ...KERNEL_CHECKS,
  ...CGROUP_CHECKS,
  ...PROGRAM_CHECKS,
  ...STORAGE_CHECKS,
  ...NETWORK_CHECKS,
  ...SYSCTL_CHECKS,
];

const runCheck = async ({ id, timeoutMs, look }: CheckSpec, known: CheckFacts): Promise<Check> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Verdict>((resolve) => {
    const verdict = unknown(`no answer within ${timeoutMs / 1000} s`, 'run it again: tenantctl doctor');
    timer = setTimeout(() => resolve(verdict), timeoutMs);
  });
  const looked = (async () => look(known))().catch((error: unknown) => {
    const { message, hint } = toProblem(error);
    return unknown(`could not be found out: ${message}`, hint);
  });
  try {
    return { id, ...(await Promise.race([looked, late])) };
  } finally {
    clearTimeout(timer);
  }
};

/** Never throws and never hangs: a check without an answer says so. */
export const runChecks = (known: CheckFacts, checks: readonly CheckSpec[] = ALL_CHECKS): Promise<Check[]> =>
  Promise.all(checks.map((check) => runCheck(check, known)));
