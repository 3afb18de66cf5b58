// What a command may touch of the world around it; main.ts hands in the real one, tests their own.

import type { TopView } from '../api/contract.ts';

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

/** What the dashboard is told; it knows nothing of the command line. */
export interface DashRun {
  /** The first figures, so that the first screen shows them. */
  readonly top: TopView;
  readonly socket: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  readonly color: boolean;
  readonly ascii: boolean;
  readonly light: boolean | undefined;
  readonly readOnly: boolean;
  readonly spoken: boolean;
  readonly sort: string | undefined;
  readonly filter: string;
  readonly now: () => number;
  readonly shell: (name: string) => number;
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly cwd: () => string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdinIsTerminal: boolean;
  /** One line typed on the terminal, or undefined at its end. */
  readonly readLine: (question: string) => Promise<string | undefined>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** IANA name of the caller's time zone. */
  readonly zone: () => string;
  /** Waits; ends early, without an error, when the signal is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Calls back for each ^C or SIGTERM, until the returned function is called. */
  readonly onInterrupt: (act: () => void) => () => void;
  /** This program's own file, to start the daemon with. */
  readonly mainFile: string;
  readonly runDaemon: (argv: string[]) => Promise<number>;
  /** Loads the dashboard, which takes longer than the daemon's answer that is awaited meanwhile. */
  readonly openDash: () => Promise<(run: DashRun) => Promise<number>>;
}
