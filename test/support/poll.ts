// Waiting by looking: polls until something is so, and says what was last seen when it never is.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Generous: the machine may be shared with other work. */
export const DEADLINE_MS = 30_000;
const POLL_MS = 20;

/** @returns the first value `look` gives that is neither undefined nor false */
export const until = async <T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = DEADLINE_MS,
): Promise<T> => {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) assert.fail(`not within ${deadlineMs / 1000} s: ${what}`);
    await sleep(POLL_MS);
  }
};

/** Polls until a value equals the wanted one; fails with the difference. */
export const untilEqual = async <T>(
  look: () => T | Promise<T>,
  wanted: T,
  what: string,
  deadlineMs = DEADLINE_MS,
): Promise<void> => {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await look();
    try {
      assert.deepEqual(value, wanted, what);
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await sleep(POLL_MS);
  }
};
