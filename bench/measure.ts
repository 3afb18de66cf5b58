// Times programs and calls, contenders in turns, so that a busy moment of the machine hits all of them.

import { spawnSync } from 'node:child_process';

export interface Contender {
  readonly name: string;
  /** The timed part. */
  readonly act: (round: number) => void | Promise<void>;
  /** Puts things back, untimed. */
  readonly undo?: (round: number) => void | Promise<void>;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const LIMIT_MS = 120_000;

/** Runs a program to its end. @throws Error with its words when it fails */
export const runCommand = ({ program, args, env }: Command, input?: string): string => {
  const ended = spawnSync(program, args, {
    cwd: '/',
    env: env ?? process.env,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(input === undefined ? {} : { input }),
  });
  if (ended.error) throw ended.error;
  if (ended.status !== 0)
    throw new Error(
      `${program} ${args.join(' ')}: ${ended.status}: ${(ended.stderr || ended.stdout).trim().slice(-400)}`,
    );
  return ended.stdout;
};

/**
 * Each contender once per round; the first round warms up and is not counted.
 * One that fails is left out, and says why.
 */
export const race = async (rounds: number, contenders: readonly Contender[]): Promise<Map<string, number[]>> => {
  const values = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  const out = new Set<string>();
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders.filter(({ name }) => !out.has(name))) {
      const time = await timeOnce(contender, round).catch((error: unknown) => giveUp(contender.name, error));
      if (time === undefined) out.add(contender.name);
      else if (round > 0) values.get(contender.name)?.push(time);
    }
  }
  for (const name of out) values.set(name, []);
  return values;
};

const giveUp = (name: string, error: unknown): undefined => {
  console.log(`  ${name} failed: ${error instanceof Error ? error.message : String(error)}`);
};

const timeOnce = async ({ act, undo }: Contender, round: number): Promise<number> => {
  const start = performance.now();
  await act(round);
  const time = performance.now() - start;
  await undo?.(round);
  return time;
};
