// The row of `doctor` that only the daemon can give: whether the history is written. Pure.

import type { Check } from '../ports/host.ts';

/** @param failure why the last batch could not be written; null = it was */
export const checkHistory = (failure: string | null): Check =>
  failure === null
    ? { id: 'history', status: 'pass', summary: 'usage, acts and incidents are written', fix: '' }
    : {
        id: 'history',
        status: 'fail',
        summary: `usage, acts and incidents are not written: ${failure}`,
        fix: 'make room or repair the file; the daemon tries again by itself every ten seconds',
      };
