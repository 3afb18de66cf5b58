// The memory guard: a tenant that only reclaims and does not live is walked through reclaim, notice, kill and restart.
// Where the host itself runs short, the tenant furthest above its share is walked first, one at a time.

import type { GuardConstants, ScoreConstants } from './policy-constants.ts';
import type { PolicyState, TenantFrame } from './policy-types.ts';
import { type HouseView, isAtLimit, memoryLimitOf } from './score.ts';

export type GuardState = PolicyState['guard'];
export type GuardStep = 'reclaim' | 'notice' | 'kill' | 'restart';

export const CALM: GuardState = { stalledSince: null, stage: 'calm', stageAt: null, kills: 0 };

/** A jump of the clock forward by more than this is not time that a tenant stalled. */
const CLOCK_JUMP_MS = 5000;

/** Whether a tenant stalled in this interval: all its tasks waited for memory for 60 % of it (without PSI: stall.ts). */
export const isStalled = ({ up, memoryFull }: TenantFrame, { stallFull }: GuardConstants): boolean =>
  up === 'running' && memoryFull >= stallFull;

/** Bytes, but for the pressure: per mille, full, -1 = unknown. */
export interface HostMemory {
  readonly memoryAvailable: number;
  readonly memoryTotal: number;
  readonly hostMemoryFull: number;
  /** What the tenants hold together, without inactive file pages. */
  readonly held: number;
  /** The ceiling over all of them. */
  readonly house: number;
}

/**
 * Whether the host itself is short of memory. Its pressure is that of everybody on it: one tenant that stalls at its own
 * limit makes an idle host wait all of the time (psi.rst, the root is the sum). So pressure counts only where memory is
 * scarce for others too; else a neighbour would be walked for it.
 */
export const isHostShort = (
  { memoryAvailable, memoryTotal, hostMemoryFull, held, house }: HostMemory,
  { hostAvailable, hostTight, houseFull, hostFull }: GuardConstants,
): boolean => {
  if (memoryAvailable < memoryTotal * hostAvailable) return true;
  const isScarce = memoryAvailable < memoryTotal * hostTight || held >= house * houseFull;
  return isScarce && hostMemoryFull >= hostFull;
};

/**
 * A tenant that waits at its own limit. File pages count, for they are what comes and goes there. What it waits for is no
 * sign that others lack memory, and would be a way to have a neighbour killed.
 */
const waitsAtOwnLimit = (
  { memory, memoryCache, memoryFull }: TenantFrame,
  limit: number | null,
  { guard, score }: { readonly guard: GuardConstants; readonly score: ScoreConstants },
): boolean => memoryFull >= guard.hostFull && isAtLimit(memory + memoryCache, limit, score);

/** The host's memory after an interval, its pressure unknown while that of a single tenant is in it. */
export const findHostMemory = (
  { frame, config, states }: HouseView,
  constants: { readonly guard: GuardConstants; readonly score: ScoreConstants },
): HostMemory => {
  const { memoryAvailable, memoryTotal, hostMemoryFull } = frame;
  const known = Object.entries(config.tenants).flatMap(([name, tenant]) => {
    const own = Object.hasOwn(frame.tenants, name) ? frame.tenants[name] : undefined;
    return own ? [{ own, limit: memoryLimitOf(tenant, Object.hasOwn(states, name) ? states[name] : undefined) }] : [];
  });
  const isOwn = known.some(({ own, limit }) => waitsAtOwnLimit(own, limit, constants));
  return {
    memoryAvailable,
    memoryTotal,
    hostMemoryFull: isOwn ? -1 : hostMemoryFull,
    held: known.reduce((sum, { own }) => sum + own.memory, 0),
    house: config.house.memory,
  };
};

/** Who is acted on while the host runs short; `watched` is who would have been, if its guard did more than watch. */
export interface Victims {
  readonly enforced: string | null;
  readonly watched: string | null;
}

export const NO_VICTIMS: Victims = { enforced: null, watched: null };

/**
 * How many times its share of memory a tenant holds; 0 = it is not to be acted on, Infinity = it is being walked. A frozen
 * one holds what it has: nobody else is walked for that.
 * Who was restarted already and is still above its share makes room for the next.
 */
const timesShare = ({ frame, config, shares, states }: HouseView, name: string): number => {
  const tenant = Object.hasOwn(frame.tenants, name) ? frame.tenants[name] : undefined;
  if (!tenant || tenant.up === 'stopped') return 0;
  const own = (shares[name] ?? 0) * config.house.memory;
  const times = own > 0 ? tenant.memory / own : Number.MAX_VALUE;
  const guard = Object.hasOwn(states, name) ? states[name]?.guard : undefined;
  if (times <= 1 || guard?.reason !== 'host') return times;
  return guard.stage === 'restart' ? 0 : Number.POSITIVE_INFINITY;
};

/**
 * The tenant furthest above its share of memory; one that is walked already stays it, so that two are never acted on
 * for one shortage. Nobody when all are within their shares: then it is the host's own doing.
 */
export const pickVictims = (view: HouseView): Victims => {
  let enforced: string | null = null;
  let watched: string | null = null;
  const most = { enforce: 1, watch: 1 };
  for (const [name, { rules }] of Object.entries(view.config.tenants)) {
    const mode = rules.guardMode;
    if (mode === 'off') continue;
    const times = timesShare(view, name);
    if (times <= most[mode]) continue;
    most[mode] = times;
    if (mode === 'enforce') enforced = name;
    else watched = name;
  }
  return { enforced, watched: most.watch > most.enforce ? watched : null };
};

/** Why a tenant is walked in this interval; null = it is not. */
export type GuardReason = 'stall' | 'host' | null;

export interface GuardTick {
  readonly at: number;
  readonly dt: number;
  /** Of the decision before, wall milliseconds. */
  readonly lastAt: number | undefined;
  /** The most of one interval that counts. */
  readonly mostMs: number;
}

/** The guard's times after a clock that was set forward: what was not lived through does not count as a stall. */
const followJump = (state: GuardState, { at, dt, lastAt }: GuardTick): GuardState => {
  const by = lastAt === undefined ? 0 : at - (lastAt + dt);
  if (by <= CLOCK_JUMP_MS || state.stalledSince === null) return state;
  return {
    ...state,
    stalledSince: state.stalledSince + by,
    stageAt: state.stageAt === null ? null : state.stageAt + by,
  };
};

/** How a tenant is walked in an interval. */
export interface Walk {
  readonly reason: GuardReason;
  /** Nothing of it is ended: it is reclaimed from and told. */
  readonly isSpared?: boolean;
}

/** The step that follows, and how long the one before must have lasted. */
const nextStep = (
  { stage, kills }: GuardState,
  { reason, isSpared = false }: Walk,
  { stallMs, stepMs, hostStepMs, kills: most }: GuardConstants,
): { readonly step: GuardStep; readonly after: number } | null => {
  const host = reason === 'host';
  const pause = host ? hostStepMs : stepMs;
  if (isSpared && stage !== 'calm' && stage !== 'reclaim') return null;
  switch (stage) {
    case 'calm':
      return { step: 'reclaim', after: host ? 0 : stallMs };
    case 'reclaim':
      return { step: 'notice', after: pause };
    case 'notice':
      return { step: 'kill', after: pause };
    case 'kill':
      return { step: kills < most ? 'kill' : 'restart', after: stepMs };
    case 'restart':
      return null; // nothing is left to try until the stall ends
  }
};

/** So much of a stall is forgotten in an interval without one that who stalls for 60 % of the time stays where it is. */
const easeOf = ({ stallFull }: GuardConstants): number => stallFull / (1000 - stallFull);

/**
 * An interval without a stall: no step. A walk for the host's sake is over, and one that came to its end, since a restart
 * is such an interval as well. Another one is over when the tenant was well for long enough: else a breath in each half
 * minute would keep the guard away from who does not get anywhere.
 */
const ease = (before: GuardState, tick: GuardTick, constants: GuardConstants): GuardState => {
  if (before.stalledSince === null) return before;
  const left = (before.stalledMs ?? 0) - tick.dt * easeOf(constants);
  const isOver = left <= 0 || before.reason === 'host' || before.stage === 'restart';
  return isOver ? CALM : { ...followJump(before, tick), stalledMs: left };
};

/** A stall that goes on, or begins. More of it than begins a walk is not remembered. */
const stall = (
  before: GuardState,
  reason: NonNullable<GuardReason>,
  tick: GuardTick,
  { stallMs }: GuardConstants,
): GuardState => {
  const lived = Math.min(tick.dt, tick.mostMs);
  const known: GuardState =
    before.stalledSince === null ? { ...CALM, stalledSince: tick.at - lived } : followJump(before, tick);
  return { ...known, stalledMs: Math.min(stallMs, (before.stalledMs ?? 0) + lived), reason };
};

/** The guard after an interval, and the step to take now, if any. At most one step at a time, and only in a stall. */
export const advanceGuard = (
  before: GuardState,
  walk: Walk,
  tick: GuardTick,
  constants: GuardConstants,
): { readonly state: GuardState; readonly step: GuardStep | null } => {
  const { reason } = walk;
  if (reason === null) return { state: ease(before, tick, constants), step: null };
  const { at } = tick;
  const state = stall(before, reason, tick, constants);
  const next = nextStep(state, walk, constants);
  if (next === null) return { state, step: null };
  const lasted = state.stageAt === null ? (state.stalledMs ?? 0) : at - state.stageAt;
  if (lasted < next.after) return { state, step: null };
  const kills = state.kills + (next.step === 'kill' ? 1 : 0);
  return { state: { ...state, stage: next.step, stageAt: at, kills }, step: next.step };
};
