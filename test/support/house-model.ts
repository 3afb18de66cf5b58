// A model of what the kernel makes of the scheduler's decisions: CPU in proportion to weights, up to caps and demand.
// It is right about who gets how much, and knows nothing of caches, locks and bad luck.

import type { Effective, HouseConfig, HouseFrame, TenantFrame } from '../../src/domain/policy-types.ts';

/** What a tenant wants in one second. */
export interface Demand {
  /** Thousandths of a core it could use. */
  readonly cpu: number;
  /** Part of it by exempt processes, 0..1. */
  readonly exempt: number;
  readonly memory: number;
  /** Per mille of the second without any progress for want of memory. */
  readonly memoryFull: number;
}

interface Claim {
  readonly name: string;
  readonly weight: number;
  /** The least of demand and cap. */
  readonly most: number;
}

/**
 * Weighted max-min fairness: all grow in proportion to their weights, who has enough stops, the rest goes on; what
 * cpu.weight does among siblings (cgroup-v2.rst). One pass over the claims in the order in which they have enough.
 * @returns thousandths of a core by name
 */
export const shareCpu = (claims: readonly Claim[], house: number): Map<string, number> => {
  const sorted = [...claims].sort((a, b) => a.most / a.weight - b.most / b.weight);
  const got = new Map<string, number>();
  let left = house;
  let weights = sorted.reduce((sum, { weight }) => sum + weight, 0);
  for (const { name, weight, most } of sorted) {
    const amount = Math.min(most, (left * weight) / weights);
    got.set(name, amount);
    left -= amount;
    weights -= weight;
  }
  return got;
};

/** Per mille that every runnable tenant waits in a full house, whatever it owns: its threads queue behind others. */
const QUEUE_WAIT = 150;

const claimOf = (name: string, { cpu }: Demand, effective: Effective): Claim => ({
  name,
  weight: effective.cpuWeight,
  most: effective.hold === 'none' ? Math.min(cpu, effective.cpu ?? Number.POSITIVE_INFINITY) : 0,
});

const UP = { none: 'running', frozen: 'frozen', stopped: 'stopped' } as const;

const frameOf = (demand: Demand, effective: Effective, got: number, full: boolean): TenantFrame => {
  const up = UP[effective.hold];
  const running = up === 'running';
  const capped = Math.min(demand.cpu, effective.cpu ?? Number.POSITIVE_INFINITY);
  const waits = demand.cpu > 0 ? 1 - got / demand.cpu : 0;
  const queued = full && demand.cpu > 0 ? QUEUE_WAIT : 0;
  return {
    up,
    cpuUsec: Math.round(got * 1000),
    exemptUsec: Math.round(got * 1000 * demand.exempt),
    throttled: running && demand.cpu > capped && got >= capped - 1 ? 1000 : 0,
    memory: up === 'stopped' ? 0 : Math.round(Math.min(demand.memory, effective.memory ?? demand.memory)),
    memoryCache: 0,
    cpuPressure: running ? Math.max(queued, Math.round(1000 * waits)) : 0,
    memoryPressure: running ? demand.memoryFull : 0,
    memoryFull: running ? demand.memoryFull : 0,
    ioPressure: 0,
    memoryMaxHits: 0,
    oomKills: 0,
    ioBytes: 0,
    egressBytes: 0,
  };
};

/** One second of the house under what was decided in the second before. */
export const liveSecond = (
  at: number,
  { house }: HouseConfig,
  demands: ReadonlyMap<string, Demand>,
  effective: ReadonlyMap<string, Effective>,
): HouseFrame => {
  const claims: Claim[] = [];
  for (const [name, demand] of demands) {
    const held = effective.get(name);
    if (held) claims.push(claimOf(name, demand, held));
  }
  const got = shareCpu(claims, house.cpu);
  const used = [...got.values()].reduce((sum, amount) => sum + amount, 0);
  const tenants: Record<string, TenantFrame> = {};
  for (const [name, demand] of demands) {
    const held = effective.get(name);
    if (held) tenants[name] = frameOf(demand, held, got.get(name) ?? 0, used >= house.cpu * 0.99);
  }
  const hostCpuUsec = Math.round(used * 1000);
  const free = { memoryAvailable: house.memory, memoryTotal: house.memory, hostMemoryFull: 0 };
  return { at, dt: 1000, hostCpuUsec, ...free, tenants };
};
