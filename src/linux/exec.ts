// The only spawn of the program: argument arrays, never a shell string; a deadline; a cap on what is kept of the output.

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Problem, problem } from '../domain/errors.ts';

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Bytes kept of each of stdout and stderr (the rest is read and dropped). */
  readonly maxOutput?: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit statuses that are no failure; [0] when absent. */
  readonly okStatus?: readonly number[];
  /** What the program and its children begin with, -1000 to 1000 (proc(5)); lowering it needs CAP_SYS_RESOURCE. */
  readonly oomScoreAdj?: number;
  /** Called with each piece of stdout, for progress. */
  readonly onStdout?: (chunk: string) => void;
}

export interface RunResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing of the caller's environment reaches a helper: no NODE_OPTIONS, LD_*, locale surprises. */
const CLEAN_ENV: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  HOME: '/root',
};

const DEFAULT_TIMEOUT_MS = 30_000;
/** How long output may still arrive after the end of the program itself. */
const PIPE_GRACE_MS = 200;
const DEFAULT_OUTPUT = 1 << 20;

/**
 * Runs a program and waits for its end.
 * Both outputs are pipes, so a helper never holds a descriptor of the host's terminal or of /dev/null.
 * @throws Problem COMMAND_MISSING, COMMAND_FAILED, COMMAND_TIMEOUT; the signal's reason when it was aborted
 */
export const run = (program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
  new Promise((resolve, reject) => {
    if (options.signal?.aborted) return reject(options.signal.reason);
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const child = withOomScoreAdj(options.oomScoreAdj, () =>
      spawn(program, args, {
        cwd: options.cwd ?? '/',
        env: { ...CLEAN_ENV, ...options.env },
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
        shell: false,
      }),
    );
    child.on('error', (error) => reject(explainSpawn(program, error)));
    if (!child.stdout) return; // no descriptor is left: there are no pipes, and the error is on its way
    const stdout = collect(child.stdout, options);
    const stderr = collect(child.stderr, { maxOutput: options.maxOutput });
    let ended: Error | undefined;
    const killGroup = (why: unknown): void => {
      ended ??= why instanceof Error ? why : new Error(String(why));
      // detached made it a group leader, so its own children go too
      if (child.pid !== undefined) signalGroup(child.pid);
    };
    const onAbort = (): void => killGroup(options.signal?.reason);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(
      () => killGroup(problem('COMMAND_TIMEOUT', { command: program, seconds: timeoutMs / 1000 })),
      timeoutMs,
    );
    const finish = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    };
    child.on('error', finish);
    let exit: { code: number | null; signal: NodeJS.Signals | null } | undefined;
    const conclude = (): void => {
      if (!exit) return;
      const { code, signal } = exit;
      exit = undefined;
      child.stdout.destroy();
      child.stderr.destroy();
      const result = { status: code ?? 128, stdout: stdout(), stderr: stderr() };
      if (ended) reject(ended);
      else if ((options.okStatus ?? [0]).includes(result.status)) resolve(result);
      else reject(problem('COMMAND_FAILED', describe(program, args, result, signal)));
    };
    // `close` may never come: a grandchild can keep the pipe (lxc-attach into a frozen tenant, a daemonised monitor)
    child.on('exit', (code, signal) => {
      finish();
      exit = { code, signal };
      setTimeout(conclude, PIPE_GRACE_MS);
    });
    child.on('close', conclude);
    child.stdin.on('error', () => undefined); // EPIPE when the helper ends early: its status tells
    child.stdin.end(options.input ?? '');
  });

const OOM_SCORE_ADJ = '/proc/self/oom_score_adj';

/**
 * A child inherits it with fork(2), and spawn() returns after that, so for the time of the call it is our own. choom(1)
 * would be a program more to load for each start.
 */
const withOomScoreAdj = <T>(value: number | undefined, act: () => T): T => {
  if (value === undefined) return act();
  const own = readFileSync(OOM_SCORE_ADJ, 'utf8');
  writeFileSync(OOM_SCORE_ADJ, String(value));
  try {
    return act();
  } finally {
    writeFileSync(OOM_SCORE_ADJ, own);
  }
};

const explainSpawn = (command: string, cause: NodeJS.ErrnoException): Problem =>
  cause.code === 'ENOENT'
    ? problem('COMMAND_MISSING', { command }, { cause })
    : problem('COMMAND_FAILED', { command, status: cause.code ?? '?', output: cause.message }, { cause });

const signalGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // already gone
  }
};

const collect = (
  stream: NodeJS.ReadableStream,
  options: Pick<RunOptions, 'maxOutput' | 'onStdout'> | { maxOutput: number | undefined },
): (() => string) => {
  const max = options.maxOutput ?? DEFAULT_OUTPUT;
  const onChunk = 'onStdout' in options ? options.onStdout : undefined;
  const chunks: Buffer[] = [];
  let kept = 0;
  stream.on('data', (chunk: Buffer) => {
    onChunk?.(chunk.toString('utf8'));
    if (kept < max) chunks.push(chunk.subarray(0, max - kept));
    kept += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
};

const describe = (program: string, args: readonly string[], result: RunResult, signal: string | null) => ({
  command: [program, ...args].join(' ').slice(0, 300),
  status: signal ?? result.status,
  output: (result.stderr || result.stdout).trim().slice(-600),
});
