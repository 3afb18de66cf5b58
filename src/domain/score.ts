// The score: how long a tenant has been above its share while others were hurt. 0-100 by resource, an integral.

import type { ScoreConstants } from './policy-constants.ts';
import type { HouseConfig, HouseFrame, PolicyState, TenantConfig, TenantFrame } from './policy-types.ts';

export const SCORED = ['cpu', 'memory', 'io'] as const;
export type Scored = (typeof SCORED)[number];

export type Shares = Readonly<Record<string, number>>;

/** What one decision looks at. */
export interface HouseView {
  readonly frame: HouseFrame;
  readonly config: HouseConfig;
  /** Part of the house by tenant, 0..1. */
  readonly shares: Shares;
  readonly states: Readonly<Record<string, PolicyState>>;
}

/** A tenant that is hurt, and how much: 0..1. */
export interface Harm {
  readonly name: string;
  readonly degree: number;
}

/** The two that are hurt most, so that one can be left out: nobody is hurt by itself. */
export interface Harms {
  readonly worst: Harm | null;
  readonly second: Harm | null;
  readonly count: number;
}

/** What is the same for all tenants in one interval; found once. */
export interface Hurt {
  readonly cpu: Harms;
  readonly memory: Harms;
  readonly io: Harms;
  /** Who moves most bytes; null = the disk is no matter. */
  readonly mostIo: string | null;
  readonly ioBytes: number;
}

const NO_HARM: Harms = { worst: null, second: null, count: 0 };

const addHarm = (harms: Harms, name: string, degree: number): Harms => {
  if (degree <= 0) return harms;
  const harm = { name, degree };
  const count = harms.count + 1;
  if (degree > (harms.worst?.degree ?? 0)) return { worst: harm, second: harms.worst, count };
  return { worst: harms.worst, second: degree > (harms.second?.degree ?? 0) ? harm : harms.second, count };
};

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** Thousandths of a core, average of the interval. */
const cpuOf = ({ cpuUsec }: { readonly cpuUsec: number }, dt: number): number => (dt > 0 ? cpuUsec / dt : 0);

/** Whether the tenants together use what the house has, or whoever it is all that the machine has. */
const isSaturated = (frame: HouseFrame, { house, cpus }: HouseConfig, constants: ScoreConstants): boolean => {
  if (frame.hostCpuUsec >= cpus * 1000 * frame.dt * constants.saturated) return true;
  let used = 0;
  for (const name of Object.keys(frame.tenants)) used += frame.tenants[name]?.cpuUsec ?? 0;
  return used >= house.cpu * frame.dt * constants.saturated;
};

/** What one tenant owns and the house does, for the question whether it is hurt. */
interface Place {
  /** Thousandths of a core and bytes of its share. */
  readonly cpu: number;
  readonly memory: number;
  /** Its memory limit now, null = none. */
  readonly limit: number | null;
  readonly saturated: boolean;
  readonly dt: number;
}

const byPressure = (pressure: number, least: number, { worstPressure }: ScoreConstants): number =>
  pressure >= least ? clamp(pressure / worstPressure) : 0;

/** Held below its share though it wants more; who waits for its own cap is not hurt by others. */
const cpuHarm = (tenant: TenantFrame, place: Place, constants: ScoreConstants): number => {
  const use = cpuOf(tenant, place.dt);
  if (use >= place.cpu * (1 - constants.margin) || tenant.throttled >= constants.ownThrottle) return 0;
  if (tenant.cpuPressure >= 0) return byPressure(tenant.cpuPressure, constants.hurtPressure.cpu, constants);
  if (!place.saturated || use < place.cpu * constants.activity) return 0;
  return clamp(1 - use / place.cpu);
};

/** Whether what a tenant uses, of memory or of the disk, is at its own limit: what it waits for is then its own doing. */
export const isAtLimit = (use: number, limit: number | null, { atLimit }: ScoreConstants): boolean =>
  limit !== null && use >= limit * atLimit;

/** The strictest memory limit the kernel holds for a tenant: its own, and what rules took away. */
export const memoryLimitOf = (config: TenantConfig, state: PolicyState | undefined): number | null => {
  let least = config.memory;
  const { memoryCaps = {}, modes = {} } = state?.decided ?? {};
  for (const rule of ['budget', 'score'] as const) {
    const cap = modes[rule] === 'watch' ? null : (memoryCaps[rule] ?? null);
    if (cap !== null) least = Math.min(least ?? cap, cap);
  }
  return least;
};

const memoryHarm = (tenant: TenantFrame, place: Place, constants: ScoreConstants): number => {
  const { memory, memoryPressure, memoryMaxHits } = tenant;
  if (memory >= place.memory * (1 - constants.margin) || isAtLimit(memory, place.limit, constants)) return 0;
  if (memoryPressure >= 0) return byPressure(memoryPressure, constants.hurtPressure.memory, constants);
  return memoryMaxHits > 0 ? 1 : 0;
};

/**
 * The stricter of a tenant's own limits of the disk, bytes per second; null = none. A frame has reads and writes in one:
 * of a tenant with one limit that moves more the other way it is not said whom it waits for, and nobody is blamed.
 */
export const ioLimitOf = ({ ioRead, ioWrite }: Pick<TenantConfig, 'ioRead' | 'ioWrite'>): number | null => {
  const least = Math.min(ioRead ?? Number.POSITIVE_INFINITY, ioWrite ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(least) ? least : null;
};

/** Waits for the disk; who moves what its own limit lets through waits for that. */
const ioHarm = (tenant: TenantFrame, own: TenantConfig, dt: number, constants: ScoreConstants): number => {
  const rate = dt > 0 ? (tenant.ioBytes * 1000) / dt : 0;
  if (isAtLimit(rate, ioLimitOf(own), constants)) return 0;
  return byPressure(tenant.ioPressure, constants.hurtPressure.io, constants);
};

/**
 * Who is hurt, by resource: held below its share with pressure. Without PSI a neighbour counts as hurt in CPU when it
 * is below its share, is doing something, and the house is full; in memory when it is reclaimed from below its share
 * and not at its own limit; in io nothing can be said.
 */
export const findHurt = ({ frame, config, shares, states }: HouseView, constants: ScoreConstants): Hurt => {
  const saturated = isSaturated(frame, config, constants);
  const { house } = config;
  let cpu = NO_HARM;
  let memory = NO_HARM;
  let io = NO_HARM;
  let most: { readonly name: string; readonly bytes: number } | null = null;
  let ioBytes = 0;
  for (const name of Object.keys(config.tenants)) {
    const tenant = Object.hasOwn(frame.tenants, name) ? frame.tenants[name] : undefined;
    const own = config.tenants[name];
    if (tenant?.up !== 'running' || !own) continue;
    const share = shares[name] ?? 0;
    const limit = memoryLimitOf(own, states[name]);
    const place = { cpu: share * house.cpu, memory: share * house.memory, limit, saturated, dt: frame.dt };
    cpu = addHarm(cpu, name, cpuHarm(tenant, place, constants));
    memory = addHarm(memory, name, memoryHarm(tenant, place, constants));
    io = addHarm(io, name, ioHarm(tenant, own, frame.dt, constants));
    ioBytes += tenant.ioBytes;
    if (tenant.ioBytes > (most?.bytes ?? 0)) most = { name, bytes: tenant.ioBytes };
  }
  const busy = ioBytes * 1000 >= constants.leastIo * frame.dt;
  return { cpu, memory, io, ioBytes, mostIo: busy ? (most?.name ?? null) : null };
};

/** The worst hurt of the others. */
export const worstOf = ({ worst, second }: Harms, name: string): Harm | null => (worst?.name === name ? second : worst);

/** How far above its share, 0 = not, 1 = the worst. */
const excess = (use: number, own: number, { margin, worstUse }: ScoreConstants): number =>
  use <= own * (1 + margin) ? 0 : clamp((own > 0 ? use / own - 1 : worstUse) / (worstUse - 1));

/**
 * How bad a tenant is to others in this interval, by resource: how far above its share times how much others are hurt.
 * CPU of exempt processes does not count.
 */
export const severityOf = (
  name: string,
  tenant: TenantFrame,
  share: number,
  { hurt, frame, config, constants }: ScoreView,
): Record<Scored, number> => {
  if (tenant.up !== 'running') return { cpu: 0, memory: 0, io: 0 };
  const { house } = config;
  const counted = Math.max(0, tenant.cpuUsec - tenant.exemptUsec);
  const io = hurt.mostIo === name ? excess(tenant.ioBytes / hurt.ioBytes, share, constants) : 0;
  const times = (own: number, harms: Harms): number => (own > 0 ? own * (worstOf(harms, name)?.degree ?? 0) : 0);
  return {
    cpu: times(excess(cpuOf({ cpuUsec: counted }, frame.dt), share * house.cpu, constants), hurt.cpu),
    memory: times(excess(tenant.memory, share * house.memory, constants), hurt.memory),
    io: times(io, hurt.io),
  };
};

export interface ScoreView {
  readonly hurt: Hurt;
  readonly frame: HouseFrame;
  readonly config: HouseConfig;
  readonly constants: ScoreConstants;
}

/**
 * The score after an interval: it rises with the severity, full after 600 s of the worst, and falls while there is
 * none. Of a long interval (the daemon was away) only a few seconds count for a rise, all of it for the fall.
 */
export const advanceScore = (
  score: PolicyState['score'],
  severity: Readonly<Record<Scored, number>>,
  dt: number,
  constants: ScoreConstants,
): PolicyState['score'] => {
  const cpu = advanceOne(score.cpu, severity.cpu, dt, constants);
  const memory = advanceOne(score.memory, severity.memory, dt, constants);
  const io = advanceOne(score.io, severity.io, dt, constants);
  return cpu === score.cpu && memory === score.memory && io === score.io ? score : { cpu, memory, io };
};

const advanceOne = (score: number, severity: number, dt: number, constants: ScoreConstants): number => {
  const { fillMs, emptyMs, mostRiseMs } = constants;
  return severity > 0
    ? Math.min(100, score + (100 * severity * Math.min(dt, mostRiseMs)) / fillMs)
    : Math.max(0, score - (100 * dt) / emptyMs);
};
