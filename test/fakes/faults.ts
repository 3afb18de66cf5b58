// Fault points a test can arm: an error at a point, or the end of the process there (nothing after it ever happens).

import type { Faults } from '../../src/ports/faults.ts';

export interface FakeFaults extends Faults {
  /** Points in the order in which they were reached. */
  readonly points: readonly string[];
  /** The process ended at the point reached last. */
  readonly dead: boolean;
  /** The next time this point is reached, the step fails with the error. */
  throwAt(point: string, error: Error): void;
  /** The process ends there, the n-th time it is reached: @returns a promise that resolves when it has. */
  dieAt(point: string, nth?: number): Promise<void>;
  /** The process ends at the n-th point from now, whatever its name. */
  dieAtCount(count: number): Promise<void>;
  /** Runs something there, once. */
  actAt(point: string, act: () => void): void;
  disarm(): void;
}

export const createFaults = (): FakeFaults => {
  const armed = new Map<string, { left: number; act: () => unknown }>();
  const arm = (point: string, act: () => unknown, left = 1): void => {
    armed.set(point, { left, act });
  };
  const points: string[] = [];
  let dead = false;
  let countdown: { left: number; act: () => Promise<never> } | undefined;
  const dying =
    (resolve: () => void): (() => Promise<never>) =>
    () => {
      dead = true;
      resolve();
      return new Promise<never>(() => undefined);
    };
  return {
    points,
    get dead() {
      return dead;
    },
    reach: async (point) => {
      points.push(point);
      dead = false;
      if (countdown) countdown.left -= 1;
      if (countdown?.left === 0) await countdown.act();
      const found = armed.get(point);
      if (!found) return;
      found.left -= 1;
      if (found.left > 0) return;
      armed.delete(point);
      await found.act();
    },
    throwAt: (point, error) => {
      arm(point, () => {
        throw error;
      });
    },
    dieAt: (point, nth = 1) => new Promise((resolve) => arm(point, dying(resolve), nth)),
    dieAtCount: (left) =>
      new Promise((resolve) => {
        countdown = { left, act: dying(resolve) };
      }),
    actAt: (point, act) => arm(point, act),
    disarm: () => {
      armed.clear();
      countdown = undefined;
    },
  };
};
