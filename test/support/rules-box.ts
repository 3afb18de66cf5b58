// A box whose scheduler is looked at: shorter numbers in its configuration, and what the rules did.

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { callDaemon } from '../../src/api/client.ts';
import type { ActView, ProcessesView, SimulateResult, WhyView } from '../../src/api/scheduler-contract.ts';
import { Box } from './daemon.ts';
import { initPid, killInside } from './tenant-process.ts';

const LIMIT_MS = 60_000;

/** As many as keep every core busy, and some more: one that sleeps is not missed. */
export const SPIN = 'while :; do :; done';
/** The command line of such a loop. */
export const SPINNING = /while :/;

export class RulesBox extends Box {
  /** @param config the text of config.yaml */
  constructor(config: string) {
    super();
    writeFileSync(this.config, config);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return callDaemon<T>({ socket: this.socket, timeoutMs: LIMIT_MS }, { method: 'POST', path, body });
  }

  /** @returns vCPU-minutes that were moved */
  async grant(name: string, give: number, from?: string): Promise<number> {
    const body = { give, ...(from === undefined ? {} : { from }) };
    return (await this.post<{ moved: number }>(`/v1/tenants/${name}/credits`, body)).moved;
  }

  pardon(name: string): Promise<unknown> {
    return this.post(`/v1/tenants/${name}/pardon`);
  }

  simulate(rules?: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<SimulateResult> {
    return this.post('/v1/simulate', { sinceMs: 3_600_000, ...(rules && { rules }) });
  }

  /** The acts on one tenant, in their order. */
  async acts(name: string): Promise<ActView[]> {
    const { acts } = await this.get<{ acts: ActView[] }>(`/v1/acts?tenant=${name}`);
    return [...acts].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  }

  why(name: string, at?: number): Promise<WhyView> {
    const query = at === undefined ? '' : `?at=${new Date(at).toISOString()}`;
    return this.get(`/v1/tenants/${name}/why${query}`);
  }

  /** Busy loops in a tenant, all with one entry: see findInside. */
  spin(name: string, count = 1): Promise<void> {
    return this.background(name, SPIN, count);
  }

  /** Ends the busy loops. */
  calm(name: string): Promise<void> {
    return killInside(this, name, SPINNING);
  }

  /** What the tenant itself is told: its own file, by way of its init's root. */
  async status(name: string): Promise<string> {
    return readFileSync(`/proc/${await initPid(this, name)}/root/dev/tenantctl/status`, 'utf8');
  }

  /** Ids of the host of all processes in the tenant. */
  async pids(name: string): Promise<number[]> {
    const { processes } = await this.get<ProcessesView>(`/v1/tenants/${name}/processes`);
    return processes.map(({ pid }) => pid);
  }
}

/** Cumulative microseconds of all CPUs by /proc/stat: in use, and idle. */
export const readHostUsec = (): { readonly busy: number; readonly idle: number } => {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0] = line
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) * 10_000); // USER_HZ is 100
  return { busy: user + nice + system + irq + softirq, idle: idle + iowait };
};

/** The value below which 95 of 100 lie, by nearest rank. */
export const p95 = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
};

/** Busy loops of the host itself, beside all tenants. @returns what ends them */
export const spinHost = (count: number): (() => void) => {
  const children = Array.from({ length: count }, () => execFile('sh', ['-c', SPIN]));
  for (const child of children) child.on('error', () => undefined);
  return () => {
    for (const child of children) child.kill('SIGKILL');
  };
};
