// Runs the scheduler's decision against the model of the kernel, second by second, and counts what it does.

import { decideHouse, sharesAt } from '../../src/domain/policy.ts';
import { DEFAULT_CONSTANTS, type PolicyConstants } from '../../src/domain/policy-constants.ts';
import type { Act, Effective, HouseConfig, PolicyState, TenantConfig, Verdict } from '../../src/domain/policy-types.ts';
import { DEFAULT_RULES } from '../../src/domain/rules.ts';
import { GiB } from '../../src/domain/units.ts';
import { type Demand, liveSecond } from './house-model.ts';
import { LOAD_KINDS, type Load, type LoadKind, openLoad, seedRandom, WAKES_AT } from './simulated-loads.ts';

export interface SimulationOptions {
  readonly tenants: number;
  readonly seconds: number;
  readonly seed: number;
  readonly constants?: PolicyConstants;
  /** Milliseconds for the cost of a decision; absent = it is not measured. */
  readonly now?: () => number;
}

export interface Simulation {
  readonly acts: number;
  /** Acts of the tenant with most. */
  readonly mostActs: number;
  readonly actsByKind: Readonly<Record<LoadKind, number>>;
  readonly penaltiesByKind: Readonly<Record<LoadKind, number>>;
  /** Acts that turned back the one before of the same rule within a minute. */
  readonly turnedBack: number;
  /** Seconds until each waker had its share, the longest; null = one never had. */
  readonly timeToFairness: number | null;
  /** Microseconds per tenant and decision, the mean; null = not measured. */
  readonly cost: number | null;
}

interface SimTenant {
  readonly name: string;
  readonly kind: LoadKind;
  readonly load: Load;
}

const FREE: Effective = { cpu: null, cpuWeight: 100, memory: null, memoryLow: 0, hold: 'none' };

/** 2026-03-02 00:05 UTC: a day's budget does not begin anew on the way, and no window is in force. */
const START = Date.UTC(2026, 2, 2, 0, 5);

/** So much of a share a waker must get to have it. */
const FAIR = 0.95;

const openTenants = (count: number, random: () => number): SimTenant[] =>
  Array.from({ length: count }, (_, i) => {
    const kind = LOAD_KINDS[i % LOAD_KINDS.length] ?? 'steady';
    return { name: `t${i}`, kind, load: openLoad(kind, random) };
  });

const configOf = (tenants: readonly SimTenant[]): HouseConfig => {
  const configs: Record<string, TenantConfig> = {};
  for (const { name, load } of tenants) {
    configs[name] = { cpu: null, cpuWeight: 100, memory: null, rules: { ...DEFAULT_RULES, ...load.rules } };
  }
  // as much of the machine for each of 10,000 as for each of 10: a tenth of a core
  const house = { cpu: tenants.length * 100, memory: tenants.length * 2 * GiB };
  return { house, cpus: Math.ceil(tenants.length / 10), zone: 'UTC', tenants: configs };
};

const SIGNS: Readonly<Record<string, -1 | 1>> = {
  ...{ lower: -1, penalty: -1, freeze: -1, stop: -1 },
  ...{ raise: 1, 'penalty-ended': 1, thaw: 1, start: 1 },
};

/** Counts acts as they come. */
const openTally = (tenants: readonly SimTenant[]) => {
  const kinds = new Map(tenants.map(({ name, kind }) => [name, kind]));
  const zero = (): Record<LoadKind, number> =>
    Object.fromEntries(LOAD_KINDS.map((kind) => [kind, 0])) as Record<LoadKind, number>;
  const byTenant = new Map<string, number>();
  const last = new Map<string, { at: number; sign: -1 | 1 }>();
  const tally = { acts: 0, turnedBack: 0, actsByKind: zero(), penaltiesByKind: zero() };
  const addSign = (act: Act): void => {
    const sign = SIGNS[act.kind];
    if (!sign) return;
    const key = `${act.tenant} ${act.rule}`;
    const before = last.get(key);
    if (before && before.sign !== sign && act.at - before.at < 60_000) tally.turnedBack += 1;
    last.set(key, { at: act.at, sign });
  };
  const add = (act: Act): void => {
    tally.acts += 1;
    byTenant.set(act.tenant, (byTenant.get(act.tenant) ?? 0) + 1);
    const kind = kinds.get(act.tenant) ?? 'steady';
    tally.actsByKind[kind] += 1;
    if (act.rule === 'score' && SIGNS[act.kind] === -1) tally.penaltiesByKind[kind] += 1;
    addSign(act);
  };
  return { tally, add, most: () => Math.max(0, ...byTenant.values()) };
};

/** Seconds from each waker's waking until it has its share. */
const openWakes = (tenants: readonly SimTenant[]) => {
  const waiting = new Set(tenants.filter(({ kind }) => kind === 'waker').map(({ name }) => name));
  let longest = 0;
  return {
    look(second: number, used: (name: string) => number, owned: (name: string) => number): void {
      if (second < WAKES_AT) return;
      for (const name of waiting) {
        if (used(name) < FAIR * owned(name)) continue;
        waiting.delete(name);
        longest = Math.max(longest, second - WAKES_AT + 1);
      }
    },
    longest: (): number | null => (waiting.size > 0 ? null : longest),
  };
};

/** What the tenants want and what they get, with what was decided before. */
const openWorld = (tenants: readonly SimTenant[], config: HouseConfig) => {
  const effective = new Map(tenants.map(({ name }) => [name, FREE]));
  const shares = sharesAt(config, START);
  const owned = (name: string): number => (shares[name] ?? 0) * config.house.cpu;
  const live = (second: number) => {
    const demands = new Map<string, Demand>();
    for (const { name, load } of tenants) {
      const held = effective.get(name) ?? FREE;
      demands.set(name, load.want({ second, owned: owned(name), effective: held }));
    }
    return liveSecond(START + (second + 1) * 1000, config, demands, effective);
  };
  return { effective, owned, live };
};

export const simulate = ({ tenants: count, seconds, seed, constants, now }: SimulationOptions): Simulation => {
  const tenants = openTenants(count, seedRandom(seed));
  const config = configOf(tenants);
  const world = openWorld(tenants, config);
  const { tally, add, most } = openTally(tenants);
  const wakes = openWakes(tenants);
  const states: Record<string, PolicyState> = {};
  let spentMs = 0;
  const keep = (name: string, { state, effective, acts }: Verdict): void => {
    states[name] = state;
    world.effective.set(name, effective);
    for (const act of acts) add(act);
  };
  for (let second = 0; second < seconds; second++) {
    const frame = world.live(second);
    wakes.look(second, (name) => (frame.tenants[name]?.cpuUsec ?? 0) / 1000, world.owned);
    const begin = now?.() ?? 0;
    const verdicts = decideHouse(frame, config, states, constants ?? DEFAULT_CONSTANTS);
    spentMs += (now?.() ?? 0) - begin;
    for (const [name, verdict] of Object.entries(verdicts)) keep(name, verdict);
  }
  return {
    ...tally,
    mostActs: most(),
    timeToFairness: wakes.longest(),
    cost: now ? (spentMs * 1000) / (count * seconds) : null,
  };
};

/** The most acts of one tenant: rules move in steps, each way at the most once a minute. */
export const actsAllowed = (seconds: number): number => 60 + Math.ceil((seconds / 3600) * 150);
