// What an action is given: the daemon, the outputs, and the choices of the global options.

import type { Call, ClientOptions } from '../api/client.ts';
import type { EventView } from '../api/contract.ts';
import { Problem } from '../domain/errors.ts';
import type { Paths } from '../domain/paths.ts';
import type { Paint } from './output/style.ts';
import type { Surroundings } from './surroundings.ts';

export interface Context {
  readonly around: Surroundings;
  readonly paths: Paths;
  readonly json: boolean;
  readonly paint: Paint;
  /** Columns of the terminal; Infinity where output is not a terminal. */
  readonly width: () => number;
  /** Results. */
  readonly print: (text: string) => void;
  /** Messages; nothing with --json. */
  readonly tell: (text: string) => void;
  /** `{"apiVersion":1,…}` on one line. */
  readonly printJson: (body: object) => void;
  /** Asks the daemon, and starts it first where that is ours to do. */
  readonly call: <T>(call: Call) => Promise<T>;
  /** Asks a daemon that runs already. */
  readonly callRunning: <T>(call: Call) => Promise<T>;
  /** Long work with progress; ^C cancels it. */
  readonly work: <T>(call: Call, what: Work) => Promise<T>;
  readonly follow: (query: FollowQuery, signal: AbortSignal) => AsyncGenerator<EventView>;
}

export interface Work {
  /** `add alice`, for messages. */
  readonly what: string;
  /** Looked at after a cancel, to say what is left. */
  readonly tenant?: string;
  /** What it means when there is no such tenant then. */
  readonly gone?: string;
}

export interface FollowQuery {
  readonly since: number;
  readonly follow: boolean;
  readonly tenant?: string;
}

const isDown = (error: unknown): error is Problem => error instanceof Problem && error.code === 'DAEMON_DOWN';

/** Tries, starts the daemon where nobody listens, tries once more. */
export const withDaemon = async <T>(context: Context, act: (options: ClientOptions) => Promise<T>): Promise<T> => {
  const options = { socket: context.paths.socket };
  try {
    return await act(options);
  } catch (error) {
    if (!isDown(error) || !(error.cause instanceof Error)) throw error;
    const { ensureDaemon } = await import('./autostart.ts');
    await ensureDaemon(context, error);
    return act(options);
  }
};
