// Memory stalls where the kernel has no PSI: an estimate by what is counted all the same.

import type { Sample } from './usage.ts';

/** Whether what was evicted was needed again between two samples: only then the tasks are worth a look. */
export const hasRefaults = (before: Sample, after: Sample): boolean => (after.refaults ?? 0) > (before.refaults ?? 0);

/**
 * Per mille of the interval in which all tasks waited for memory, at the most. For a busy tenant at its limit that needs
 * again what it just gave up: it does nothing for itself while it does not run in user mode. PSI counts reclaim and the
 * wait for refaults alike (psi.rst, mm/workingset.c).
 */
export const estimateFull = (before: Sample, after: Sample): number => {
  const ms = after.at - before.at;
  if (ms <= 0 || !hasRefaults(before, after)) return 0;
  const user = Math.max(0, after.cpuUserUsec - before.cpuUserUsec) / (ms * 1000);
  return Math.round(1000 * Math.max(0, 1 - user));
};
