// `tenantctl dash`: builds theme, store and application, and gives them the terminal until the end. Ink and React are
// loaded here and nowhere else.

import type { TopView } from '../api/contract.ts';
import type { AppProps } from './app.ts';
import { loadPrefs, prefsPath, savePrefs } from './prefs-file.ts';
import { initialState } from './state/initial.ts';
import { createStore } from './store.ts';
import { buildTheme } from './theme.ts';
import type { Daemon } from './use-daemon.ts';
import type { Programs } from './use-terminal.ts';

export interface DashOptions {
  /** The first figures. */
  readonly top: TopView;
  readonly socket: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  readonly color: boolean;
  readonly ascii: boolean;
  readonly light: boolean | undefined;
  readonly readOnly: boolean;
  readonly spoken: boolean;
  /** From the command line; else as it was left. */
  readonly sort: string | undefined;
  readonly filter: string;
  readonly now: () => number;
  readonly shell: Programs['shell'];
}

/** A reader says all of a line that changed: not every second. */
const SPOKEN_INTERVAL_MS = 10_000;

const stopUntilContinued = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGCONT', () => resolve());
    process.kill(process.pid, 'SIGTSTP');
  });

/** Loads Ink and React. @returns the dashboard, which returns its exit status */
export const openDash = async (): Promise<(options: DashOptions) => Promise<number>> => {
  // React's development build is three times slower; it decides when it is loaded (the bundle has it fixed)
  Object.assign(process.env, { NODE_ENV: 'production' });
  const { openScreen } = await import('./open-screen.ts');
  return (options) => runDash(openScreen, options);
};

type OpenScreen = (props: AppProps, spoken: boolean) => Promise<void>;

const runDash = async (openScreen: OpenScreen, options: DashOptions): Promise<number> => {
  const path = prefsPath(options.env);
  const kept = loadPrefs(path);
  const sorted = options.sort === undefined ? kept : { ...kept, sort: { column: options.sort, reverse: false } };
  const prefs = options.spoken ? { ...sorted, intervalMs: SPOKEN_INTERVAL_MS } : sorted;
  const { stdout } = process;
  const first = initialState({
    size: { columns: stdout.columns, rows: stdout.rows },
    theme: buildTheme(options.env, options),
    prefs,
    readOnly: options.readOnly,
    isRoot: options.isRoot,
    spoken: options.spoken,
    now: options.now(),
  });
  const store = createStore({ ...first, filter: options.filter });
  store.send({ type: 'top', top: options.top, now: options.now() });
  const daemon: Daemon = { socket: options.socket, now: options.now, save: (next) => savePrefs(path, next) };
  await openScreen({ store, daemon, programs: { shell: options.shell, stop: stopUntilContinued } }, options.spoken);
  return 0;
};
