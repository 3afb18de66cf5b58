// Waits for the kernel by looking, with a deadline.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Between two looks: below what a person notices, above what a look costs. */
const POLL_MS = 5;

/** @returns false when the deadline passed first */
export const waitUntil = async (isTrue: () => boolean, timeoutMs: number): Promise<boolean> => {
  const deadline = performance.now() + timeoutMs;
  while (!isTrue()) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
};
