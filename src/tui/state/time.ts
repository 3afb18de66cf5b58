// Time travel: a moment of the last day instead of now, by minutes, hours, or from act to act of the scheduler. Pure.

import type { ActView } from '../../api/scheduler-contract.ts';
import { DAY_MS, readActs } from './loads.ts';
import type { State } from './types.ts';

const MINUTE_MS = 60_000;

const minuteOf = (ms: number): number => Math.floor(ms / MINUTE_MS) * MINUTE_MS;

/** The moment, or undefined when it is now: the running minute is not kept yet. */
const within = (at: number, now: number): number | undefined => {
  const earliest = minuteOf(now - DAY_MS) + MINUTE_MS;
  return at >= minuteOf(now) ? undefined : Math.max(earliest, minuteOf(at));
};

export const travelBy = (state: State, minutes: number): State => ({
  ...state,
  at: within((state.at ?? minuteOf(state.now)) + minutes * MINUTE_MS, state.now),
});

/** When the scheduler acted, oldest first, by the minute. */
const actTimes = (state: State): number[] => {
  const acts = readActs(state, state.detail?.name);
  return [...new Set(acts.map(({ at }) => minuteOf(Date.parse(at))))].sort((a, b) => a - b);
};

/** What it did in one minute, to one tenant or to anybody. */
export const actsInMinute = (state: State, name: string | undefined, at: number): ActView[] =>
  readActs(state, name).filter((act) => minuteOf(Date.parse(act.at)) === at);

export const travelToMark = (state: State, direction: -1 | 1): State => {
  const from = state.at ?? state.now;
  const times = actTimes(state);
  const found = direction < 0 ? times.findLast((at) => at < minuteOf(from)) : times.find((at) => at > from);
  if (found !== undefined) return { ...state, at: within(found, state.now) };
  return direction > 0 ? { ...state, at: undefined } : state;
};
