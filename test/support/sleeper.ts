// A process that does nothing until it is killed, and whether it still lives.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Sleeper {
  readonly child: ChildProcess;
  isAlive(): boolean;
}

/** @param how starts it; a plain child when absent */
export const startSleep = async (
  how: (program: string, args: readonly string[]) => ChildProcess = (program, args) =>
    spawn(program, args, { stdio: 'ignore' }),
): Promise<Sleeper> => {
  const child = how('sleep', ['600']);
  if (child.pid === undefined) await once(child, 'spawn');
  return { child, isAlive: () => child.exitCode === null && child.signalCode === null };
};
