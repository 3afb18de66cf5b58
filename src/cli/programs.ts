// The only spawn of the command line: the daemon, systemctl, and the launcher that enters a tenant.

import type { ChildProcess } from 'node:child_process';

/** Not imported: in the bundle an import is read at each start, needed or not. */
const childProcess = (): typeof import('node:child_process') => process.getBuiltinModule('node:child_process');

/** What a daemon may inherit: where things are, nothing of the user's session. */
const KEPT = /^(PATH|LANG|HOME|TENANTCTL_[A-Z_]+)$/;

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const pickEnvironment = (env: Readonly<Record<string, string | undefined>>): Record<string, string> => {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => KEPT.test(entry[0]) && !!entry[1]);
  return { PATH: SYSTEM_PATH, ...Object.fromEntries(kept) };
};

/** Small for weeks rather than fast at once: 4 MB less (v8-options); the launcher has the same. */
export const DAEMON_FLAGS = ['--optimize-for-size', '--max-semi-space-size=1'] as const;

/** A process of its own session that outlives this one; its words go to a file. */
export const startDetached = (
  file: string,
  args: readonly string[],
  options: { readonly log: number; readonly env: Readonly<Record<string, string | undefined>> },
): ChildProcess => {
  const child = childProcess().spawn(process.execPath, [...DAEMON_FLAGS, file, ...args], {
    cwd: '/',
    detached: true,
    env: pickEnvironment(options.env),
    stdio: ['ignore', options.log, options.log],
  });
  child.unref();
  return child;
};

/** @returns the exit status and what it said */
export const runSystemctl = (args: readonly string[]): { status: number; output: string } => {
  const ended = childProcess().spawnSync('systemctl', [...args], { encoding: 'utf8', timeout: 60_000 });
  return { status: ended.status ?? 1, output: `${ended.stderr ?? ''}${ended.error?.message ?? ''}`.trim() };
};

/** The launcher on our own terminal. @returns its exit status, 128+n after a signal */
export const runLauncher = (
  launcher: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = childProcess().spawn('/bin/sh', [launcher, ...args], {
      stdio: 'inherit',
      env: { ...env } as NodeJS.ProcessEnv,
    });
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    // a terminal sends ^C to the whole foreground group: the command inside decides, we only wait
    const ignore = (): void => undefined;
    process.on('SIGINT', ignore);
    process.on('SIGTERM', pass);
    process.on('SIGHUP', pass);
    child.on('error', reject);
    child.on('exit', (status, signal) => resolve(status ?? 128 + (SIGNALS[signal ?? 'SIGKILL'] ?? 9)));
  });

/** The same while this program stands still: beside a child on the terminal Node would take keys from it. */
export const runLauncherAlone = (
  launcher: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): number => {
  const ended = childProcess().spawnSync('/bin/sh', [launcher, ...args], {
    stdio: 'inherit',
    env: { ...env } as NodeJS.ProcessEnv,
  });
  return ended.status ?? 128 + (SIGNALS[ended.signal ?? 'SIGKILL'] ?? 9);
};

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGPIPE: 13,
  SIGTERM: 15,
};
