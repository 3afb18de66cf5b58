// What is known of each tenant while the daemon lives: its state, its last 15 minutes, its deaths. Nothing here must survive.

import type { ExemptLook } from '../domain/exempt-cpu.ts';
import type { HitState } from '../domain/hits.ts';
import type { Effective } from '../domain/policy-types.ts';
import type { Death } from '../domain/restarts.ts';
import type { Sample, Usage } from '../domain/usage.ts';
import type { CgroupSampler } from '../ports/cgroups.ts';
import type { LinkCounters } from '../ports/network.ts';
import { Points } from './points.ts';

export type Activity = 'creating' | 'starting' | 'stopping' | 'deleting' | 'restarting';

export interface FaultTotals {
  throttledPeriods: number;
  oomKills: number;
  memoryMaxHits: number;
  forksRefused: number;
  deaths: number;
}

/** A walk down to a memory limit below the present use. */
export interface Descent {
  target: number;
  /** Monotonic milliseconds after which a limit that a person set is written all the same, where the kernel takes it. */
  readonly deadline: number;
  /** The limit now in force. */
  current: number;
  running: boolean;
  /** That the deadline passed was told. */
  told: boolean;
}

export interface Runtime {
  up: 'running' | 'frozen' | 'stopped';
  activity: Activity | null;
  /** Why it is not as wanted; empty when all is well. */
  reason: string;
  failed: boolean;
  /** Wall milliseconds. */
  startedAt: number | null;
  /** Init's process id; null until it is asked for, 0 when it is not known. */
  pid: number | null;
  sampler: CgroupSampler | null;
  /** Of its link, while the sampler is open. */
  link: LinkCounters | null;
  last: Sample | null;
  /** The one before `last`. */
  before: Sample | null;
  usage: Usage | null;
  readonly points: Points;
  faults: FaultTotals;
  deaths: Death[];
  hits: HitState;
  descent: Descent | null;
  /** What the scheduler had written last in this run; null = nothing yet. */
  effective: Effective | null;
  /** A penalty keeps it stopped. */
  heldStopped: boolean;
  /** The last look for processes that do not feed the score; see engine/exempt. */
  exempt: ExemptLook | null;
  /** How often its link was made anew in this run. */
  linkRepairs: number;
  /** A look at a suspected death is under way. */
  checking: boolean;
}

const newRuntime = (): Runtime => ({
  up: 'stopped',
  activity: null,
  reason: '',
  failed: false,
  startedAt: null,
  pid: null,
  sampler: null,
  link: null,
  last: null,
  before: null,
  usage: null,
  points: new Points(),
  faults: { throttledPeriods: 0, oomKills: 0, memoryMaxHits: 0, forksRefused: 0, deaths: 0 },
  deaths: [],
  hits: {},
  descent: null,
  effective: null,
  heldStopped: false,
  exempt: null,
  linkRepairs: 0,
  checking: false,
});

const closeReaders = (runtime: Runtime): void => {
  runtime.sampler?.close();
  runtime.link?.close();
};

export class Runtimes {
  readonly #known = new Map<string, Runtime>();

  get(name: string): Runtime {
    const known = this.#known.get(name);
    if (known) return known;
    const fresh = newRuntime();
    this.#known.set(name, fresh);
    return fresh;
  }

  drop(name: string): void {
    const known = this.#known.get(name);
    if (known) closeReaders(known);
    this.#known.delete(name);
  }

  names(): string[] {
    return [...this.#known.keys()];
  }

  closeAll(): void {
    for (const name of this.names()) this.drop(name);
  }
}

/** The tenant runs now: counters start anew. */
export const markUp = (
  runtime: Runtime,
  up: 'running' | 'frozen',
  readers: { readonly sampler: CgroupSampler; readonly link: LinkCounters },
  nowMs: number,
): void => {
  closeReaders(runtime);
  Object.assign(runtime, {
    up,
    ...readers,
    last: null,
    before: null,
    startedAt: nowMs,
    pid: null,
    reason: '',
    failed: false,
    hits: {},
    descent: null,
    effective: null,
    heldStopped: false,
    exempt: null,
    linkRepairs: 0,
  });
};

/** The tenant does not run: no usage, no process. */
export const markDown = (runtime: Runtime, reason = ''): void => {
  closeReaders(runtime);
  Object.assign(runtime, {
    up: 'stopped',
    sampler: null,
    link: null,
    last: null,
    before: null,
    usage: null,
    startedAt: null,
    pid: null,
    reason,
    descent: null,
    effective: null,
    exempt: null,
  });
};
