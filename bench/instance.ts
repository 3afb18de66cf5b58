// An instance of the built program in folders of its own: launcher, bundle, daemon.

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { callDaemon, streamWork } from '../src/api/client.ts';
import type { TenantView } from '../src/api/contract.ts';
import { DAEMON_FLAGS } from '../src/cli/programs.ts';
import { buildInstance } from '../src/domain/instance.ts';
import { clearBox, removeGround } from '../test/support/sweep.ts';
import { runCommand } from './measure.ts';

const root = resolve(import.meta.dirname, '..');
const READY_MS = 30_000;
const READY_POLL_MS = 20;
export const LIMITS = ['--cpu', '0.5', '--memory', '128M', '--disk', '128M', '--pids', '128'] as const;

/** Built below the checkout, where the bundle finds koffi; `.cache` is ignored by git. */
export const buildProgram = (): string => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/bench-'));
  runCommand({ program: process.execPath, args: [join(root, 'scripts/build.ts'), '--out', folder] });
  copyFileSync(join(root, 'src/cli/launcher.sh'), join(folder, 'tenantctl'));
  chmodSync(join(folder, 'tenantctl'), 0o755);
  return folder;
};

/** A program of this folder, bundled as the daemon is: running TypeScript as it stands costs memory of its own. */
export const bundlePart = async (folder: string, file: string): Promise<string> => {
  const outfile = join(folder, file.replace(/\.ts$/, '.mjs'));
  await build({
    entryPoints: [join(import.meta.dirname, file)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: ['koffi'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  return outfile;
};

export class BenchInstance {
  readonly base = mkdtempSync('/var/tmp/tenantctl-bench-');
  readonly state = join(this.base, 'state');
  readonly run = join(this.base, 'run');
  readonly socket = join(this.run, 'tenantctl.sock');
  readonly instance = buildInstance(this.state);
  readonly #program: string;
  #daemon: ChildProcess | undefined;

  constructor(program: string) {
    this.#program = program;
    chmodSync(this.base, 0o711);
  }

  get #env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'],
      TENANTCTL_STATE: this.state,
      TENANTCTL_RUN: this.run,
      TENANTCTL_CONFIG: join(this.base, 'config.yaml'),
    };
  }

  /** The whole process, as a person types it. */
  cli(...args: string[]): string {
    return runCommand({ program: join(this.#program, 'tenantctl'), args, env: this.#env });
  }

  async startDaemon(): Promise<void> {
    this.#daemon = spawn(
      process.execPath,
      [...DAEMON_FLAGS, join(this.#program, 'main.js'), 'daemon', '--log-level', 'warn'],
      {
        env: this.#env,
        stdio: 'ignore',
      },
    );
    const end = performance.now() + READY_MS;
    for (;;) {
      if (await this.get('/v1/version').catch(() => undefined)) return;
      if (performance.now() > end) throw new Error('the daemon does not answer');
      await sleep(READY_POLL_MS);
    }
  }

  async endDaemon(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const daemon = this.#daemon;
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    await new Promise<void>((done) => {
      daemon.once('exit', () => done());
      daemon.kill(signal);
    });
  }

  get<T>(path: string): Promise<T> {
    return callDaemon<T>({ socket: this.socket }, { method: 'GET', path });
  }

  /** The daemon's reply time: a request over the socket, without a process of the command line. */
  act(name: string, verb: 'start' | 'stop', body: unknown = {}): Promise<TenantView> {
    return streamWork(
      { socket: this.socket, timeoutMs: READY_MS },
      { method: 'POST', path: `/v1/tenants/${name}/${verb}`, body },
      () => undefined,
    );
  }

  /** Resident memory of the daemon in MB (proc_pid_status(5), VmRSS in KiB). */
  rss(): number {
    const status = readFileSync(`/proc/${this.#daemon?.pid}/status`, 'utf8');
    return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024) / 1e6;
  }

  /** Ends the daemon and takes everything of the instance off the host, whatever state it is in. */
  async close(): Promise<void> {
    await this.endDaemon('SIGTERM');
    await clearBox(this);
    await removeGround(this);
    await clearBox(this);
    rmSync(this.base, { recursive: true, force: true });
  }
}
