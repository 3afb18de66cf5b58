// The memory guard in one tick: why a tenant is walked, and what is told of each step.

import { advanceGuard, CALM, type GuardReason, isStalled } from './guard.ts';
import { type Draft, isActive, pushAct } from './policy-acts.ts';
import type { ScoreConstants } from './policy-constants.ts';
import type { Subject, Tick } from './policy-tick.ts';
import type { PolicyState } from './policy-types.ts';
import { isAtLimit, memoryLimitOf } from './score.ts';

/** Why a tenant is walked: chosen for the host's sake, or for a stall of its own that is not the host's shortage. */
const guardReason = (tick: Tick, { name, frame, share, before }: Subject, limit: number | null): GuardReason => {
  if (name === tick.victims.enforced || name === tick.victims.watched) return 'host';
  const within = frame.memory <= share * tick.config.house.memory;
  // what a restart did not help is not begun again for the same shortage
  const walked = before.guard.reason === 'host' && before.guard.stage === 'restart';
  if (tick.hostShort && walked && !within) return 'host';
  if (!isStalled(frame, tick.constants.guard)) return null;
  return tick.hostShort && within && !isAtLimit(frame.memory, limit, tick.constants.score) ? null : 'stall';
};

/**
 * Whether it waits at what a rule leaves of its memory and not at its own limit: rules end nothing that runs (budgets.ts,
 * descent.ts), and the guard does not do it for them. File pages count, for they are what comes and goes at a limit.
 */
const isAtRuleCap = (
  { frame: { memory, memoryCache }, config }: Subject,
  limit: number | null,
  score: ScoreConstants,
): boolean =>
  limit !== null && !isAtLimit(limit, config.memory, score) && isAtLimit(memory + memoryCache, limit, score);

const GUARD_CAUSES = {
  stall: 'all its processes wait for memory',
  host: 'the host runs short of memory and it is furthest above its share',
} as const;

/** The guard after the interval; its step is told in the draft. */
export const walkGuard = (tick: Tick, subject: Subject, draft: Draft): PolicyState['guard'] => {
  const { frame, before, config } = subject;
  const { guardMode: mode } = config.rules;
  if (!isActive(mode)) return CALM;
  // between two ticks nobody looked: that is no sign that a stall is over
  if (tick.frame.dt === 0) return before.guard;
  const limit = memoryLimitOf(config, before);
  const reason = guardReason(tick, subject, limit);
  const { at, dt } = tick.frame;
  const { guard: constants, score } = tick.constants;
  const isSpared = reason === 'stall' && isAtRuleCap(subject, limit, score);
  const clock = { at, dt, lastAt: before.at, mostMs: score.mostRiseMs };
  const { state, step } = advanceGuard(before.guard, { reason, isSpared }, clock, constants);
  if (step === null || reason === null) return state;
  const { memory, memoryFull, memoryMaxHits } = frame;
  const reclaimTo = Math.floor(memory * (1 - constants.reclaimPart));
  const [from, to] = step === 'reclaim' ? [memory, reclaimTo] : [null, null];
  const since = Math.round((at - (state.stalledSince ?? at)) / 1000);
  const figures = { memory, limit: limit ?? 'none', memoryFull, memoryMaxHits, seconds: since, kills: state.kills };
  pushAct(
    draft,
    {
      rule: 'guard',
      kind: step,
      mode,
      resource: 'memory',
      from,
      to,
      until: null,
      cause: GUARD_CAUSES[reason],
      figures,
    },
    -1,
  );
  return state;
};
