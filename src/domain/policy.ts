// The decision of one tick: what the kernel should hold for each tenant, what is told of it, what is remembered.
// Pure and plain: the same frame, config, states and constants give the same verdicts, now and when replayed.

import { findHostMemory, isHostShort, NO_VICTIMS, pickVictims } from './guard.ts';
import { followClock } from './ladder.ts';
import { closeDraft, enforcedCaps, openDraft } from './policy-acts.ts';
import type { PolicyConstants } from './policy-constants.ts';
import { countState } from './policy-count.ts';
import { walkGuard } from './policy-guard.ts';
import { listHolds } from './policy-holds.ts';
import { settleCaps } from './policy-settle.ts';
import { type SharedOut, shareOut, tellWatchedShare } from './policy-shares.ts';
import type { Subject, Tick } from './policy-tick.ts';
import {
  type Effective,
  EMPTY_STATE,
  type HouseConfig,
  type HouseFrame,
  type PolicyState,
  type TenantFrame,
  type Verdict,
} from './policy-types.ts';
import { ownCpu, shareAskedFor } from './policy-windows.ts';
import { findHurt, type HouseView } from './score.ts';
import { addShares, effectiveShares, type ShareSums, type WeightBase, weightScale } from './shares.ts';
import { KEPT_MS, windowsInForce } from './windows.ts';

/** What is taken for a tenant that the frame does not know: it did nothing. */
const ABSENT: TenantFrame = {
  up: 'stopped',
  cpuUsec: 0,
  exemptUsec: 0,
  throttled: 0,
  memory: 0,
  memoryCache: 0,
  cpuPressure: -1,
  memoryPressure: -1,
  memoryFull: -1,
  ioPressure: -1,
  memoryMaxHits: 0,
  oomKills: 0,
  ioBytes: 0,
  egressBytes: 0,
};

/** How the house is dealt out from one change of the windows to the next. */
interface Deal {
  readonly from: number;
  readonly until: number;
  readonly shares: Record<string, number>;
  readonly sums: ShareSums;
  readonly weights: WeightBase;
}

/** By the config itself: it is data that is replaced, never changed. */
const deals = new WeakMap<HouseConfig, Deal>();

/** Between two changes one look-up. */
const dealAt = (config: HouseConfig, at: number): Deal => {
  const known = deals.get(config);
  if (known && at >= known.from && at < known.until) return known;
  const owners: Record<string, { share: number | null }> = {};
  let until = at + KEPT_MS;
  for (const [name, { rules }] of Object.entries(config.tenants)) {
    const windows = windowsInForce(rules, config.zone, at);
    until = Math.min(until, windows.until);
    owners[name] = { share: shareAskedFor(rules, windows) };
  }
  const sums = addShares(owners);
  const shares = effectiveShares(owners, sums);
  const deal = { from: at, until, shares, sums, weights: weightsOf(config, shares) };
  deals.set(config, deal);
  return deal;
};

/** Only weights that follow from shares are scaled; of a tenant whose shares are off or watched people said the weight. */
const weightsOf = ({ tenants }: HouseConfig, shares: Readonly<Record<string, number>>): WeightBase => {
  const all = Object.entries(tenants);
  let largest = 1;
  for (const [name, { rules, cpuWeight }] of all) {
    if (rules.shareMode === 'enforce') largest = Math.max(largest, (shares[name] ?? 0) * all.length * cpuWeight);
  }
  return { owners: all.length, scale: weightScale(largest) };
};

/** The part of the house each tenant owns now: rules, and windows in mode enforce. */
export const sharesAt = (config: HouseConfig, at: number): Record<string, number> => dealAt(config, at).shares;

/**
 * Decides for the whole house. Costs grow with the number of tenants: what concerns all of them is found once.
 * @param states by tenant; who is missing is new
 */
export const decideHouse = (
  frame: HouseFrame,
  config: HouseConfig,
  states: Readonly<Record<string, PolicyState>>,
  constants: PolicyConstants,
): Record<string, Verdict> => {
  const { shares, sums, weights } = dealAt(config, frame.at);
  const view: HouseView = { frame, config, shares, states };
  const hostShort = isHostShort(findHostMemory(view, constants), constants.guard);
  const tick: Tick = {
    ...view,
    constants,
    sums,
    weights,
    hostShort,
    hurt: findHurt(view, constants.score),
    victims: hostShort ? pickVictims(view) : NO_VICTIMS,
  };
  const verdicts: Record<string, Verdict> = {};
  for (const [name, tenant] of Object.entries(config.tenants)) {
    const before = (Object.hasOwn(states, name) ? states[name] : undefined) ?? EMPTY_STATE;
    verdicts[name] = decideTenant(tick, {
      name,
      config: tenant,
      frame: (Object.hasOwn(frame.tenants, name) ? frame.tenants[name] : undefined) ?? ABSENT,
      share: tick.shares[name] ?? 0,
      windows: windowsInForce(tenant.rules, config.zone, frame.at),
      before: followClock(before, frame.at, frame.dt),
    });
  }
  return verdicts;
};

const decideTenant = (tick: Tick, subject: Subject): Verdict => {
  const { before, config } = subject;
  const draft = openDraft(subject.name, tick.frame.at, before.decided, tick.constants.turnMs);
  const counted = countState(tick, subject);
  const guard = walkGuard(tick, subject, draft);
  const state = { ...counted, guard };
  settleCaps(tick, subject, state, draft);
  const cpuCaps = enforcedCaps(draft, 'cpu');
  const memoryCaps = enforcedCaps(draft, 'memory');
  const limit = ownCpu(subject, draft);
  const memory = least(config.memory, memoryCaps);
  const shared = shareOut(tick, subject, memory);
  tellWatchedShare(subject, shared, draft);
  const effective = buildEffective(tick, subject, state, { cpu: least(limit, cpuCaps), memory, shared });
  const windowed = draft.modes.window === 'enforce' && draft.caps.window !== undefined;
  const { windows } = subject;
  const { house } = tick.config;
  const limits = { cpu: limit, memory: config.memory, windowed };
  const holds = listHolds({ rules: config.rules, limits, house, state, windows, effective, cpuCaps, memoryCaps });
  const { penalty, credits } = state;
  const decided = closeDraft(draft, { weight: effective.cpuWeight, penalty, credits });
  return { state: { ...state, decided }, effective, acts: draft.acts, holds };
};

const HOLDS = { cap: 'none', freeze: 'frozen', stop: 'stopped' } as const;

const least = (own: number | null, caps: readonly (readonly [string, number])[]): number | null => {
  let strictest = own;
  for (const [, cap] of caps) strictest = Math.min(strictest ?? cap, cap);
  return strictest;
};

const buildEffective = (
  { constants }: Tick,
  { config: { rules, cpuWeight } }: Subject,
  { penalty }: PolicyState,
  { cpu, memory, shared }: Pick<Effective, 'cpu' | 'memory'> & { readonly shared: SharedOut },
): Effective => ({
  cpu: cpu === null ? null : Math.max(constants.leastCpu, cpu),
  cpuWeight: rules.shareMode === 'enforce' ? shared.weight : cpuWeight,
  memory,
  memoryLow: rules.shareMode === 'enforce' ? shared.memoryLow : 0,
  hold: penalty && penalty.mode !== 'watch' ? HOLDS[penalty.kind] : 'none',
});
