// Control groups in memory, with levers: what LXC would make, what the kernel would count, what somebody changed by hand.

import { problem } from '../../src/domain/errors.ts';
import type { HouseCap } from '../../src/domain/house.ts';
import type { Place } from '../../src/domain/instance.ts';
import type { LimitName, LiveLimits } from '../../src/domain/limits.ts';
import type { CgroupSample } from '../../src/domain/usage.ts';
import { isNoLimit, isSameValue } from '../../src/linux/cgroup/compare.ts';
import { buildLinesV2, buildValuesV2 } from '../../src/linux/cgroup/values-v2.ts';
import type {
  CgroupSampler,
  Cgroups,
  CgroupValue,
  CgroupVersion,
  Drift,
  Unenforceable,
  ValueNode,
} from '../../src/ports/cgroups.ts';

type Reading = CgroupSample;

const IDLE: Omit<Reading, 'at'> = {
  cpuUsec: 0,
  cpuUserUsec: 0,
  cpuSystemUsec: 0,
  periods: 0,
  throttled: 0,
  throttledUsec: 0,
  memory: 0,
  memoryCache: 0,
  swap: 0,
  memoryMaxHits: 0,
  oomKills: 0,
  pids: 0,
  forksRefused: 0,
  ioReadBytes: 0,
  ioWriteBytes: 0,
  ioReadOps: 0,
  ioWriteOps: 0,
  pressure: null,
};

/** Payload's files go by their plain names. */
const keyOf = (node: ValueNode, file: string): string => (node === 'payload' ? file : `${node}/${file}`);

/** memory.low is 0 in a group that was just made. */
const isUnprotected = (file: string, value: string): boolean => file === 'memory.low' && value === '0';

interface Group {
  readonly identity: string;
  readonly files: Map<string, string>;
  use: Omit<Reading, 'at'>;
  pids: number[];
  frozen: boolean;
  confined: boolean;
}

const PAGE = 4096;
const ROOM = 4 * 1024 * 1024;

export class FakeCgroups implements Cgroups {
  readonly version: CgroupVersion;
  readonly unenforceable: Unenforceable;
  /** false: as v1. */
  forcesMemory = true;
  /** false: as v1. */
  killsFrozen = true;
  readonly houses = new Map<string, HouseCap>();
  /** By Place.root. */
  readonly groups = new Map<string, Group>();
  #nextIdentity = 1;
  #nextPid = 1000;

  constructor(options: { readonly version?: CgroupVersion; readonly unenforceable?: Unenforceable } = {}) {
    this.version = options.version ?? 'v2';
    this.unenforceable = options.unenforceable ?? {};
  }

  // levers

  /** What LXC does at a start: the groups, the limits of the config lines, an init inside. */
  create(place: Place, lines: readonly string[] = []): void {
    const files = new Map<string, string>();
    for (const line of lines) {
      const match = /^lxc\.cgroup2?\.(\S+) = (.*)$/.exec(line);
      if (match?.[1] !== undefined) files.set(match[1], match[2] ?? '');
    }
    const pids = [this.#nextPid++];
    const identity = String(this.#nextIdentity++);
    this.groups.set(place.root, { identity, files, use: { ...IDLE, pids: 1 }, pids, frozen: false, confined: false });
  }

  /** What the next samples say; figures that are not named stay. */
  setUse(place: Place, use: Partial<Omit<Reading, 'at'>>): void {
    const group = this.#group(place);
    group.use = { ...group.use, ...use };
  }

  /** A value that somebody wrote behind our back. */
  setFile(place: Place, file: string, value: string, node: ValueNode = 'payload'): void {
    this.#group(place).files.set(keyOf(node, file), value);
  }

  /** Init and all others end; the groups stay, as on hosts without systemd. */
  empty(place: Place): void {
    this.#group(place).pids = [];
  }

  /** A process of the tenant, or one that is nobody's. */
  addProcess(place: Place, where: 'inside' | 'outside' = 'inside'): number {
    const pid = this.#nextPid++;
    if (where === 'inside') this.#group(place).pids.push(pid);
    return pid;
  }

  isConfined(place: Place): boolean {
    return this.#group(place).confined;
  }

  // the port

  plan(limits: LiveLimits): readonly CgroupValue[] {
    return buildValuesV2(limits, { device: '8:0', pageSize: PAGE, unenforceable: this.unenforceable });
  }

  configLines(limits: LiveLimits): readonly string[] {
    return buildLinesV2(this.plan(limits), true);
  }

  async ensureHouse(house: string, cap: HouseCap): Promise<void> {
    this.houses.set(house, cap);
  }

  async removeHouse(house: string): Promise<void> {
    if (this.list(house).length === 0) this.houses.delete(house);
  }

  async apply(place: Place, limits: LiveLimits): Promise<void> {
    const group = this.#group(place);
    for (const { node, file, value } of this.plan(limits)) {
      if (file === 'memory.max' && value !== 'max') await this.lowerMemory(place, Number(value));
      else group.files.set(keyOf(node, file), value);
    }
  }

  findDrift(place: Place, limits: LiveLimits): readonly Drift[] {
    const group = this.groups.get(place.root);
    if (!group) return [];
    return this.plan(limits).flatMap(({ limit, node, file, value }) => {
      const got = group.files.get(keyOf(node, file));
      if (got === undefined ? isNoLimit(value) || isUnprotected(file, value) : isSameValue(file, value, got)) return [];
      return [{ limit, path: `/fake/${place[node]}/${file}`, want: value, got: got ?? '' }];
    });
  }

  async lowerMemory(place: Place, target: number, options: { readonly force?: boolean } = {}): Promise<number> {
    const group = this.#group(place);
    if (options.force && this.forcesMemory) {
      const kills = group.use.memory > target ? 1 : 0;
      group.use = { ...group.use, memory: Math.min(group.use.memory, target), oomKills: group.use.oomKills + kills };
      group.files.set('memory.max', String(Math.floor(target / PAGE) * PAGE));
      return Math.floor(target / PAGE) * PAGE;
    }
    const present = Number(group.files.get('memory.max') ?? Number.NaN);
    const isDown = !(present <= target);
    const least = group.use.memory === 0 ? target : Math.max(target, group.use.memory + ROOM);
    const goal = isDown ? Math.min(Number.isNaN(present) ? least : present, least) : target;
    const limit = Math.floor(goal / PAGE) * PAGE;
    group.files.set('memory.max', String(limit));
    return limit;
  }

  async reclaim(place: Place, bytes: number): Promise<number> {
    const group = this.groups.get(place.root);
    if (!group) return 0;
    const went = Math.min(group.use.memoryCache, bytes);
    group.use = { ...group.use, memoryCache: group.use.memoryCache - went };
    return went;
  }

  listDelegated(): readonly string[] {
    return [];
  }

  async confine(place: Place): Promise<void> {
    this.#group(place).confined = true;
  }

  openSampler(place: Place): CgroupSampler {
    const opened = this.groups.get(place.root);
    let closed = false;
    return {
      identity: opened?.identity ?? '',
      sample: (at) => {
        const group = this.groups.get(place.root);
        // a new group of the same name is not the one whose files are open
        return closed || group === undefined || group !== opened ? undefined : { at, ...group.use };
      },
      close: () => {
        closed = true;
      },
    };
  }

  exists(place: Place): boolean {
    return this.groups.has(place.root);
  }

  listPids(place: Place): readonly number[] {
    return this.groups.get(place.root)?.pids ?? [];
  }

  isFrozen(place: Place): boolean {
    return this.groups.get(place.root)?.frozen ?? false;
  }

  freezerFile(place: Place): { readonly path: string; readonly frozen: string } {
    return { path: `/fake/${place.payload}/cgroup.freeze`, frozen: '1' };
  }

  async freeze(place: Place): Promise<void> {
    this.#group(place).frozen = true;
  }

  async thaw(place: Place): Promise<void> {
    const group = this.groups.get(place.root);
    if (group) group.frozen = false;
  }

  async signalPids(place: Place, pids: readonly number[]): Promise<number> {
    const group = this.groups.get(place.root);
    if (!group) return 0;
    const left = group.pids.filter((pid) => !pids.includes(pid));
    const count = group.pids.length - left.length;
    group.pids = left;
    return count;
  }

  async killAll(place: Place): Promise<void> {
    const group = this.groups.get(place.root);
    if (group) group.pids = [];
  }

  async remove(place: Place): Promise<void> {
    this.groups.delete(place.root);
  }

  list(house: string): readonly string[] {
    const inside = [...this.groups.keys()].filter((root) => root.startsWith(`${house}/`));
    return inside.map((root) => root.slice(house.length + 1)).sort();
  }

  #group(place: Place): Group {
    const group = this.groups.get(place.root);
    if (!group) throw problem('KERNEL_WRITE', { path: `/fake/${place.payload}`, value: 'any', errno: 'ENOENT' });
    return group;
  }
}

/** A limit's file in the fake, for tests that change it behind our back. */
export const FAKE_FILES: Readonly<Partial<Record<LimitName, string>>> = {
  cpu: 'cpu.max',
  cpuWeight: 'cpu.weight',
  memory: 'memory.max',
  swap: 'memory.swap.max',
  pids: 'pids.max',
  ioWrite: 'io.max',
  cpuset: 'cpuset.cpus',
};
