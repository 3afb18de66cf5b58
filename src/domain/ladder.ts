// The ladder: who hurt others for too long is held to a part of its quota for a time, harder each time, and is forgiven.
// A tenant that stays at 100 hurts no more often than it fills its score again: while a penalty runs, no score rises.

import type { LadderConstants } from './policy-constants.ts';
import type { Penalty, PolicyState } from './policy-types.ts';
import type { LadderEnd, Mode } from './rules.ts';
import { SCORED } from './score.ts';

export type LadderState = Pick<PolicyState, 'score' | 'occurrences' | 'forgetAt' | 'penalty'>;

const NO_SCORE: PolicyState['score'] = { cpu: 0, memory: 0, io: 0 };

/** Tiers of the ladder's end, after the caps. */
const FREEZE_AFTER = 1;
const STOP_AFTER = 2;

/**
 * Where the next penalty stands on the ladder. `freeze` stays at the freeze; `stop` freezes first, as every step is the
 * mildest that was not tried yet.
 */
const nextPenalty = (
  occurrences: number,
  end: LadderEnd,
  { tiers, endMs }: LadderConstants,
): Pick<Penalty, 'tier' | 'kind'> & { readonly ms: number } => {
  const last = tiers.length + (end === 'repeat' ? 0 : end === 'freeze' ? FREEZE_AFTER : STOP_AFTER);
  const tier = Math.min(last, occurrences + 1);
  if (tier <= tiers.length) return { tier, kind: 'cap', ms: tiers[tier - 1]?.ms ?? endMs };
  return { tier, kind: tier - tiers.length === FREEZE_AFTER ? 'freeze' : 'stop', ms: endMs };
};

/** More occurrences than the ladder has steps are not remembered: they would only delay the way back. */
const mostOccurrences = ({ tiers }: LadderConstants): number => tiers.length + STOP_AFTER;

/** One occurrence is forgotten at a time, the first one so long after the end of the last penalty. */
const forget = (state: LadderState, at: number, { forgetMs }: LadderConstants): LadderState => {
  const { forgetAt, occurrences } = state;
  if (forgetAt === null || at < forgetAt) return state;
  const times = 1 + Math.floor((at - forgetAt) / forgetMs);
  const left = Math.max(0, occurrences - times);
  return { ...state, occurrences: left, forgetAt: left === 0 ? null : forgetAt + times * forgetMs };
};

/** Ends a penalty whose time is over. */
const end = (state: LadderState, at: number): LadderState =>
  state.penalty && at >= state.penalty.until ? { ...state, penalty: null } : state;

/**
 * The ladder after an interval: an old penalty ends, occurrences are forgotten, and a score that is full begins the
 * next penalty, with the score back at 0. One penalty at a time.
 * @param at wall milliseconds
 */
export const advanceLadder = (
  before: LadderState,
  { scoreMode, ladderEnd }: { readonly scoreMode: Mode; readonly ladderEnd: LadderEnd },
  at: number,
  constants: LadderConstants,
): LadderState => {
  if (scoreMode === 'off') return pardon(before);
  // what was only watched is never served, and what is served ends when the rule only watches
  const changed = before.penalty !== null && (before.penalty.mode ?? 'enforce') !== scoreMode;
  const state = forget(end(changed ? pardon(before) : before, at), at, constants);
  if (state.penalty) return state;
  const resource = SCORED.find((name) => state.score[name] >= 100);
  if (resource === undefined) return state;
  const { ms, ...step } = nextPenalty(state.occurrences, ladderEnd, constants);
  const until = at + ms;
  return {
    score: { ...state.score, [resource]: 0 },
    occurrences: Math.min(mostOccurrences(constants), state.occurrences + 1),
    forgetAt: until + constants.forgetMs,
    penalty: { resource, ...step, from: at, until, ...(scoreMode === 'watch' ? { mode: 'watch' } : {}) },
  };
};

/**
 * What a penalty leaves of a quota.
 * @param quota thousandths of a core or bytes
 * @returns null = the penalty is no cap
 */
export const capOfPenalty = ({ kind, tier }: Penalty, quota: number, { tiers }: LadderConstants): number | null =>
  kind === 'cap' ? Math.round(quota * (tiers[tier - 1]?.part ?? 1)) : null;

/** Ends the penalty and forgets all that led to it. */
export const pardon = <T extends LadderState>(state: T): T => ({
  ...state,
  score: NO_SCORE,
  occurrences: 0,
  forgetAt: null,
  penalty: null,
});

/** Both clocks are not read at the same moment: behind by less than half an interval is noise, and no step of the clock. */
const CLOCK_NOISE = 0.5;

/**
 * Moves the wall times of a state by how far the clock was set back, so that nothing lasts longer for it; however often.
 * A clock set forward ends what is timed earlier, which is what the announced time of day says.
 * @param dt length of the interval by the monotonic clock
 */
export const followClock = (state: PolicyState, at: number, dt: number): PolicyState => {
  if (state.at === undefined) return state;
  const by = at - (state.at + dt);
  if (by >= -dt * CLOCK_NOISE) return state;
  const move = (time: number | null): number | null => (time === null ? null : time + by);
  const shift = (penalty: Penalty): Penalty => ({ ...penalty, from: penalty.from + by, until: penalty.until + by });
  const { guard, decided } = state;
  const lastAct = Object.fromEntries(
    Object.entries(decided.lastAct).map(([rule, last]) => [rule, last && { ...last, at: last.at + by }]),
  );
  return {
    ...state,
    forgetAt: move(state.forgetAt),
    penalty: state.penalty && shift(state.penalty),
    guard: { ...guard, stalledSince: move(guard.stalledSince), stageAt: move(guard.stageAt) },
    decided: { ...decided, lastAct, ...(decided.penalty ? { penalty: shift(decided.penalty) } : {}) },
  };
};
