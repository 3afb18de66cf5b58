// Fault points for the tests that cut the daemon at every step: TENANTCTL_FAULT=after:mount ends it there by SIGKILL.

import type { Faults } from '../ports/faults.ts';

/** `POINT` or `POINT#N`, the N-th time it is reached. */
export const createFaults = (spec: string | undefined, kill: () => void): Faults => {
  if (!spec) return { reach: async () => undefined };
  const [wanted, count = '1'] = spec.split('#');
  let left = Number(count);
  return {
    reach: async (point) => {
      if (point !== wanted) return;
      left -= 1;
      if (left > 0) return;
      kill();
      await new Promise(() => undefined); // SIGKILL takes a moment; nothing may happen after it
    },
  };
};
