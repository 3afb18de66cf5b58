// Runs one command of the command line in this process and hands back all it wrote.

import assert from 'node:assert/strict';
import { COMMANDS } from '../../src/cli/commands.ts';
import { exitStatuses } from '../../src/cli/output/help.ts';
import { splitGlobals } from '../../src/cli/parse.ts';
import { runCli } from '../../src/cli/run.ts';
import type { Surroundings } from '../../src/cli/surroundings.ts';
import { NOW } from './fake-daemon.ts';

export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface How {
  readonly run?: string;
  readonly uid?: number;
  readonly terminal?: boolean;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly zone?: string;
  /** What is typed when something is asked. */
  readonly typed?: string;
  /** Is given a function that does what ^C does. */
  readonly onStart?: (interrupt: () => void) => void;
}

/** A command ends with no status that its help does not name. */
const checkDocumented = async (argv: readonly string[], status: number): Promise<void> => {
  const { words } = splitGlobals(argv);
  const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((known) => Object.hasOwn(COMMANDS, known));
  const def = await COMMANDS[name ?? '']?.();
  if (def) assert.ok(exitStatuses(def).includes(status), `tenantctl ${argv.join(' ')} ended with ${status}`);
};

/** Not root by default, so that no test starts a daemon. */
export const runCommand = async (argv: readonly string[], how: How = {}): Promise<Ran> => {
  let out = '';
  let err = '';
  const isTTY = how.terminal ?? false;
  const size = { isTTY, columns: how.columns ?? 80, rows: 24 };
  const around: Surroundings = {
    env: { TENANTCTL_RUN: how.run ?? '/nonexistent/run', TENANTCTL_STATE: '/nonexistent/state', ...how.env },
    uid: how.uid ?? 1000,
    cwd: () => how.cwd ?? '/',
    stdout: { write: (text) => (out += text), ...size },
    stderr: { write: (text) => (err += text), ...size },
    stdinIsTerminal: isTTY,
    readLine: async (question) => {
      err += question;
      return how.typed;
    },
    now: () => NOW,
    zone: () => how.zone ?? 'UTC',
    sleep: async () => undefined,
    onInterrupt: (act) => {
      how.onStart?.(act);
      return () => undefined;
    },
    mainFile: `${import.meta.dirname}/../../src/main.ts`,
    openDash: async () => async () => 0,
    runDaemon: async (args) => {
      out += `daemon ${args.join(' ')}\n`;
      return 0;
    },
  };
  const status = await runCli(argv, around);
  await checkDocumented(argv, status);
  return { status, out, err };
};
