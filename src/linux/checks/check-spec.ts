// What a check of doctor is: a name, a deadline, and a look at what is known that ends in a verdict.

import type { HouseCap } from '../../ports/cgroups.ts';
import type { Check, HostFacts } from '../../ports/host.ts';
import type { Network } from '../../ports/network.ts';
import type { RunOptions, RunResult } from '../exec.ts';
import type { HostRoots } from '../probe.ts';

export type Run = (program: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;

/** What the checks may look at. The daemon passes what it knows; nothing here is found out twice. */
export interface CheckFacts {
  readonly facts: HostFacts;
  readonly roots: HostRoots;
  readonly stateFolder: string;
  /** The ceiling over all tenants that the daemon asked for; absent when there is none. */
  readonly house?: HouseCap;
  /** Absent when the daemon could not open it. */
  readonly network?: Pick<Network, 'method' | 'checkIsolation'>;
  readonly run: Run;
  /** Effective user id of the daemon. */
  readonly uid: number;
}

export type Verdict = Omit<Check, 'id'>;

export interface CheckSpec {
  readonly id: string;
  readonly timeoutMs: number;
  readonly look: (known: CheckFacts) => Verdict | Promise<Verdict>;
}

/** For looks that only read memory or /proc. */
export const QUICK_MS = 1000;
/** For looks that start a program or touch a disk, which may be busy. */
export const SLOW_MS = 5000;

export const pass = (summary: string): Verdict => ({ status: 'pass', summary, fix: '' });
export const warn = (summary: string, fix: string): Verdict => ({ status: 'warn', summary, fix });
export const fail = (summary: string, fix: string): Verdict => ({ status: 'fail', summary, fix });
export const unknown = (summary: string, fix: string): Verdict => ({ status: 'unknown', summary, fix });
