#!/usr/bin/env node
// The binary: readies Node's compile cache, hands the real world to the command line, ends with its exit status.

import { join } from 'node:path';
import type { Surroundings } from './cli/surroundings.ts';

const uid = process.getuid?.() ?? -1;

/** Root's cache must not be writable by others: it is code. */
const cacheFolder = (): string => {
  if (uid === 0) return '/var/cache/tenantctl/node';
  const { XDG_CACHE_HOME: cache, HOME: home } = process.env;
  return join(cache || join(home || '/nonexistent', '.cache'), 'tenantctl');
};

process.getBuiltinModule('node:module').enableCompileCache(cacheFolder());

const readLine = async (question: string): Promise<string | undefined> => {
  const { createInterface } = await import('node:readline');
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    reader.on('close', () => resolve(undefined));
    reader.on('SIGINT', () => reader.close());
    reader.question(question, (line) => {
      resolve(line);
      reader.close();
    });
  });
};

const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, signal?.aborted ? 0 : ms);
    signal?.addEventListener('abort', done);
  });

const onInterrupt = (act: () => void): (() => void) => {
  process.on('SIGINT', act);
  process.on('SIGTERM', act);
  return () => {
    process.off('SIGINT', act);
    process.off('SIGTERM', act);
  };
};

const around: Surroundings = {
  env: process.env,
  uid,
  cwd: process.cwd,
  stdout: process.stdout,
  get stderr() {
    return process.stderr;
  },
  get stdinIsTerminal() {
    return process.stdin.isTTY === true;
  },
  readLine,
  now: Date.now,
  zone: () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC', // undefined where TZ names no zone
  sleep,
  onInterrupt,
  mainFile: import.meta.filename,
  runDaemon: async (argv) => (await import('./daemon/main.ts')).runDaemon(argv),
  openDash: async () => (await import('./tui/dash.ts')).openDash(),
};

// a reader that went away (| head) is no failure of ours
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// imported late, so that it comes from the compile cache
import('./cli/run.ts')
  .then(({ runCli }) => runCli(process.argv.slice(2), around))
  .then((status) => {
    process.exitCode = status;
  });
