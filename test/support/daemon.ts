// A real daemon in folders of its own: started as a child process, spoken to over its socket, killed, brought back.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { callDaemon, followEvents, streamWork } from '../../src/api/client.ts';
import type {
  AddRequest,
  EventView,
  SetRequest,
  StreamMessage,
  TenantView,
  TopView,
  TrashView,
  VersionView,
} from '../../src/api/contract.ts';
import { type ProblemReport, toProblem } from '../../src/domain/errors.ts';
import { buildInstance, buildPlace, type Instance, type Place } from '../../src/domain/instance.ts';
import { keepBases, takeBases } from './kept-bases.ts';
import { findLeftovers, listLinks } from './leftovers.ts';
import { DEADLINE_MS, until } from './poll.ts';
import { clearBox, removeGround } from './sweep.ts';

/** Whatever a tenant's first process is told to do, these suffice for it on a busy machine. */
const WORK_MS = 60_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Output {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  /** A point of ports/faults at which it kills itself. */
  readonly fault?: string;
  readonly argv?: readonly string[];
}

/** A small tenant: a minimal system that fits in 64 MiB of memory and of disk. */
export const SMALL = { cpu: '0.5', memory: '64M', disk: '64M', pids: 64 } as const;

const PREFIX = '/var/tmp/tenantctl-test-';

/** Slots are spread over 128 blocks by a hash: two boxes at the same time must not meet in one. */
const isTaken = (base: string): boolean => {
  const instance = buildInstance(join(base, 'state'));
  if (listLinks(instance).length > 0) return true;
  return globSync(`${PREFIX}*`).some(
    (other) => other !== base && buildInstance(join(other, 'state')).slots.first === instance.slots.first,
  );
};

/** /var/tmp, not /tmp: the latter is often a tmpfs; 0711, for LXC walks to the root as the tenant's own root. */
const makeBase = (): string => {
  const base = realpathSync(mkdtempSync(PREFIX));
  if (isTaken(base)) {
    rmSync(base, { recursive: true });
    return makeBase();
  }
  chmodSync(base, 0o711);
  return base;
};

/** The sources; in the lab the bundle, since there a hundred small files take seconds to read. */
const daemonProgram = (): string[] => {
  const bundle = process.env['TENANTCTL_TEST_MAIN'];
  return bundle ? [bundle, 'daemon', '--json'] : [join(import.meta.dirname, 'run-daemon.ts')];
};

export class Box {
  readonly base: string;
  readonly state: string;
  readonly run: string;
  readonly config: string;
  readonly socket: string;
  readonly instance: Instance;
  #child: ChildProcess | undefined;
  #ended: Promise<Ended> | undefined;

  /** @param state where the state folder shall be, when not in the box's own folder */
  constructor(state?: string) {
    this.base = makeBase();
    this.state = state ?? join(this.base, 'state');
    this.run = join(this.base, 'run');
    this.config = join(this.base, 'config.yaml');
    this.socket = join(this.run, 'tenantctl.sock');
    this.instance = buildInstance(this.state);
    mkdirSync(this.run, { mode: 0o750 });
    appendFileSync(this.#logPath, '');
  }

  get pid(): number {
    assert.ok(this.#child?.pid, 'the daemon runs');
    return this.#child.pid;
  }

  get #logPath(): string {
    return join(this.base, 'daemon.log');
  }

  log(): string {
    return readFileSync(this.#logPath, 'utf8');
  }

  /** Starts it and waits until it answers. */
  async start(options: StartOptions = {}): Promise<void> {
    this.spawn(options);
    const ended = this.ended();
    await until('the daemon answers', async () => {
      const over = await Promise.race([ended, undefined]);
      if (over) assert.fail(`the daemon ended instead of answering:\n${this.log().slice(-3000)}`);
      return this.version().catch(() => undefined);
    });
  }

  /** Starts it without waiting. */
  spawn({ fault, argv = [] }: StartOptions = {}): void {
    takeBases(this.state);
    const env = {
      PATH: process.env['PATH'],
      TENANTCTL_STATE: this.state,
      TENANTCTL_RUN: this.run,
      TENANTCTL_CONFIG: this.config,
      ...(fault === undefined ? {} : { TENANTCTL_FAULT: fault }),
    };
    const child = spawn(process.execPath, [...daemonProgram(), ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    // the whole program tells a problem on its standard output
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => appendFileSync(this.#logPath, chunk));
    this.#child = child;
    this.#ended = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })));
  }

  /** How it ended, when it has. */
  ended(): Promise<Ended> {
    assert.ok(this.#ended, 'the daemon was started');
    return this.#ended;
  }

  /** @returns the problem a daemon that cannot start tells */
  async startFailing(options: StartOptions = {}): Promise<ProblemReport> {
    const from = this.log().length;
    this.spawn(options);
    const { code } = await this.ended();
    const lines = this.log().slice(from).trim().split('\n');
    assert.ok(code, lines.join('\n'));
    return (JSON.parse(lines.at(-1) ?? '') as { problem: ProblemReport }).problem;
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.ended();
  }

  /** SIGTERM: an orderly end. */
  async stop(): Promise<Ended> {
    this.#child?.kill('SIGTERM');
    return this.ended();
  }

  async restart(options: StartOptions = {}): Promise<void> {
    await this.stop();
    await this.start(options);
  }

  get<T>(path: string): Promise<T> {
    return callDaemon<T>({ socket: this.socket, timeoutMs: WORK_MS }, { method: 'GET', path });
  }

  work<T>(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    watch: { onMessage?: (message: StreamMessage<T>) => void; signal?: AbortSignal } = {},
  ): Promise<T> {
    const signal = watch.signal ? { signal: watch.signal } : {};
    return streamWork<T>(
      { socket: this.socket, timeoutMs: WORK_MS, ...signal },
      { method, path, ...(body === undefined ? {} : { body }) },
      watch.onMessage ?? (() => undefined),
    );
  }

  version(): Promise<VersionView> {
    return this.get('/v1/version');
  }

  top(): Promise<TopView> {
    return this.get('/v1/top');
  }

  async list(): Promise<TenantView[]> {
    return (await this.get<{ tenants: TenantView[] }>('/v1/tenants')).tenants;
  }

  async show(name: string): Promise<TenantView> {
    return (await this.get<{ tenant: TenantView }>(`/v1/tenants/${name}`)).tenant;
  }

  async trash(): Promise<TrashView[]> {
    return (await this.get<{ trash: TrashView[] }>('/v1/trash')).trash;
  }

  add(name: string, request: Omit<AddRequest, 'name'> = {}): Promise<TenantView> {
    const limits = { ...SMALL, ...request.limits };
    return this.work('POST', '/v1/tenants', { name, overcommit: true, ...request, limits });
  }

  set(name: string, request: SetRequest): Promise<TenantView> {
    return this.work('PATCH', `/v1/tenants/${name}`, request);
  }

  act(name: string, verb: 'start' | 'stop' | 'restart' | 'freeze' | 'thaw', body?: unknown): Promise<TenantView> {
    return this.work('POST', `/v1/tenants/${name}/${verb}`, body);
  }

  remove(name: string): Promise<{ key: string; expiresAt: string }> {
    return this.work('DELETE', `/v1/tenants/${name}`);
  }

  restore(name: string, start: boolean): Promise<TenantView> {
    return this.work('POST', `/v1/trash/${name}/restore`, { start });
  }

  emptyTrash(): Promise<{ removed: string[] }> {
    return callDaemon({ socket: this.socket, timeoutMs: WORK_MS }, { method: 'DELETE', path: '/v1/trash' });
  }

  /** All events kept after a number. */
  async events(since = 0): Promise<EventView[]> {
    const events: EventView[] = [];
    for await (const event of followEvents({ socket: this.socket }, { since, follow: false })) events.push(event);
    return events;
  }

  /** Waits for an event after a number. */
  waitForEvent(type: string, tenant: string | null, since: number, deadlineMs = DEADLINE_MS): Promise<EventView> {
    return until(
      `an event ${type} of ${tenant}`,
      async () => (await this.events(since)).find((event) => event.type === type && event.tenant === tenant),
      deadlineMs,
    );
  }

  waitForState(name: string, state: TenantView['state'], deadlineMs = DEADLINE_MS): Promise<TenantView> {
    return until(
      `${name} is ${state}`,
      async () => {
        const view = await this.show(name);
        return view.state === state ? view : undefined;
      },
      deadlineMs,
    );
  }

  place(name: string): Place {
    return buildPlace(this.instance, name, false);
  }

  /** Runs a program in a tenant, as `exec` does. */
  exec(name: string, ...argv: string[]): Promise<Output> {
    const args = ['-P', join(this.state, 'tenants'), '-n', name, '--clear-env', '--', ...argv];
    return new Promise((resolve, reject) => {
      const child = spawn('lxc-attach', args, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], timeout: WORK_MS });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => {
        stdout += chunk;
      });
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ status: code ?? 128, stdout, stderr }));
    });
  }

  sh(name: string, script: string): Promise<Output> {
    return this.exec(name, 'sh', '-c', script);
  }

  /** Leaves a shell script running in the tenant, several times with one entry; it ends with it. */
  async background(name: string, script: string, count = 1): Promise<void> {
    const { status, stderr } = await this.sh(
      name,
      `setsid sh -c '${script}' </dev/null >/dev/null 2>&1 &\n`.repeat(count),
    );
    assert.equal(status, 0, stderr);
  }

  /**
   * Removes all tenants and what the instance stands on, ends the daemon, and proves that nothing is left.
   * A box whose daemon is dead already is taken down by hand, and the proof is about that daemon's leftovers.
   */
  async close(): Promise<void> {
    const failures: string[] = [];
    const note = (what: string) => (error: unknown) => failures.push(`${what}: ${toProblem(error).message}`);
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null) {
      for (const { name } of await this.list()) await this.remove(name).catch(note(`rm ${name}`));
      await this.emptyTrash().catch(note('trash empty'));
      const { code } = await this.stop();
      if (code !== 0) failures.push(`the daemon ended with ${code}`);
    }
    keepBases(this.state);
    await removeGround(this).catch(note('ground'));
    const left = [...failures, ...findLeftovers(this.base, this.instance)];
    await clearBox(this);
    if (left.length > 0 && this.#child) left.push(`log:\n${this.log().slice(-2000)}`);
    rmSync(this.base, { recursive: true, force: true });
    assert.deepEqual(left, [], 'something was left');
  }
}
