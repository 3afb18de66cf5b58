// What the program may do with control groups. One instance per host; v1, hybrid and v2 behind the same verbs.

import type { HouseCap } from '../domain/house.ts';
import type { Place } from '../domain/instance.ts';
import type { LimitName, LiveLimits } from '../domain/limits.ts';
import type { CgroupSample } from '../domain/usage.ts';

export type CgroupVersion = 'v1' | 'hybrid' | 'v2';

/** Why a limit cannot be enforced here, by limit; a limit that is absent can. */
export type Unenforceable = Readonly<Partial<Record<LimitName, string>>>;

/** The groups of a place that take values: between tenants the kernel compares their roots, within one all else counts. */
export type ValueNode = 'root' | 'payload' | 'inner';

/** One value for one kernel file, for example {controller: 'cpu', file: 'cpu.max', value: '100000 100000'}. */
export interface CgroupValue {
  readonly limit: LimitName;
  readonly node: ValueNode;
  readonly controller: string;
  readonly file: string;
  readonly value: string;
}

export interface Drift {
  readonly limit: LimitName;
  readonly path: string;
  readonly want: string;
  readonly got: string;
}

/** Reads one tenant with descriptors that stay open; close() when the tenant stops. */
export interface CgroupSampler {
  /** Which cgroup it is among all of this run of the box: one made anew under the same name has another. */
  readonly identity: string;
  /**
   * One reading, synchronous: no promise per file on the tick.
   * @returns undefined when the cgroup is gone
   */
  sample(atMs: number): CgroupSample | undefined;
  close(): void;
}

export interface Cgroups {
  readonly version: CgroupVersion;
  readonly unenforceable: Unenforceable;
  /** A memory limit below the use is taken when it is forced; v1 refuses it. */
  readonly forcesMemory: boolean;
  /** A frozen process ends when it is killed (cgroup-v2.rst, cgroup.freeze); on v1 only when it is thawed. */
  readonly killsFrozen: boolean;
  /** The kernel files and values that express these limits, in the order in which they must be written. Pure. */
  plan(limits: LiveLimits): readonly CgroupValue[];
  /** lxc.conf lines (`lxc.cgroup.…`, `lxc.cgroup2.…`) that put the limits in force before init runs. Pure. */
  configLines(limits: LiveLimits): readonly string[];
  /** Makes the parent of all tenants and writes its ceiling; may run again at any time. */
  ensureHouse(house: string, cap: HouseCap): Promise<void>;
  /** Removes the parent if it is empty. */
  removeHouse(house: string): Promise<void>;
  /**
   * Writes limits to `place.payload`, what acts between tenants to `place.root` and `place.inner` too, reads each back.
   * memory.max below use is not written blindly: see `lowerMemory`.
   * @throws Problem KERNEL_WRITE, LIMIT_NOT_TAKEN
   */
  apply(place: Place, limits: LiveLimits): Promise<void>;
  /** What in the kernel differs from the limits; empty when all is as wanted. Synchronous reads. */
  findDrift(place: Place, limits: LiveLimits): readonly Drift[];
  /**
   * One step towards a memory limit below the present use: reclaims, then sets the lowest limit the use allows.
   * With `force`, for the end of the deadline, the target itself is written, and the kernel kills what does not fit (v2);
   * v1 refuses a limit below the use (`forcesMemory`), kills nobody, and the limit stays where the use allows it.
   * @returns the limit now in force, in bytes
   */
  lowerMemory(place: Place, target: number, options?: { readonly force?: boolean }): Promise<number>;
  /**
   * Asks the kernel to take that much from the tenant: page cache, and what it may swap. Limits stay, nobody is killed.
   * On v1 there is no word for an amount, and all that can go goes.
   * @returns bytes that went; less than asked, 0 at worst (nothing to take; v2 before 5.19)
   */
  reclaim(place: Place, bytes: number): Promise<number>;
  /** Paths that LXC gives to the tenant with each start, and that are not safe with it here; none on v2. Pure. */
  listDelegated(place: Place): readonly string[];
  /** After the start: takes back what LXC delegated beyond what is safe here (v1: all but name=systemd). */
  confine(place: Place): Promise<void>;
  openSampler(place: Place): CgroupSampler;
  /** Whether anything of the place's tree is there; LXC's monitor takes the payload down before the rest. */
  exists(place: Place): boolean;
  /** Process ids in the payload's tree. */
  listPids(place: Place): readonly number[];
  /**
   * Signals those of the host's process ids that are in the payload's tree at that moment: each is held by a pidfd before
   * it is looked for there, so a number that went to another process hits nobody.
   * @returns how many were signalled
   */
  signalPids(place: Place, pids: readonly number[], signal: 'SIGKILL' | 'SIGTERM'): Promise<number>;
  isFrozen(place: Place): boolean;
  /** The file that says whether the tree is frozen, and its content when it is; for the launcher. Pure. */
  freezerFile(place: Place): { readonly path: string; readonly frozen: string };
  freeze(place: Place): Promise<void>;
  thaw(place: Place): Promise<void>;
  /** SIGKILL to every process of the tree (cgroup.kill; v1: freeze, kill, thaw), waits until it is empty. */
  killAll(place: Place): Promise<void>;
  /** Removes the whole tree bottom up; absence is fine. */
  remove(place: Place): Promise<void>;
  /** Names of the folders below the house (tenants, or scopes), for the sweep of leftovers. */
  list(house: string): readonly string[];
}

export type { HouseCap };
