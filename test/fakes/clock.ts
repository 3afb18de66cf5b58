// A clock that stands still until a test moves it.

import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/ports/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export interface FakeClock extends Clock {
  /** Moves both times on, wakes sleepers in the order of their deadlines, and lets what they started run. */
  advance(ms: number): Promise<void>;
  /** Moves the wall time alone, as an administrator or NTP does. */
  setWall(ms: number): void;
  /** How many wait now. */
  readonly sleepers: number;
}

export const createClock = (wall = Date.UTC(2026, 0, 1)): FakeClock => {
  let monotonic = 0;
  let wallOffset = wall;
  let sleeping: Sleeper[] = [];

  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const cancel = (): void => {
        sleeping = sleeping.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        at: monotonic + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', cancel);
          resolve();
        },
      };
      signal?.addEventListener('abort', cancel, { once: true });
      sleeping.push(sleeper);
    });

  const wakeNext = (until: number): boolean => {
    const next = sleeping.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
    if (!next) return false;
    sleeping = sleeping.filter((other) => other !== next);
    monotonic = Math.max(monotonic, next.at);
    next.wake();
    return true;
  };

  return {
    now: () => wallOffset + monotonic,
    monotonic: () => monotonic,
    sleep,
    advance: async (ms) => {
      const until = monotonic + ms;
      await setImmediate(); // code under test reaches its next sleep
      while (wakeNext(until)) await setImmediate();
      monotonic = until;
    },
    setWall: (ms) => {
      wallOffset = ms - monotonic;
    },
    get sleepers() {
      return sleeping.length;
    },
  };
};
