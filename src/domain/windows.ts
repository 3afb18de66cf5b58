// Windows in time in which a share or a cap differs: which are in force, until when, and which contradict each other.

import { fieldsOf, findChange, type LocalMinute, localMinuteAt, offsetAt } from './calendar.ts';
import { type CronSets, formatMinute, matchesCron, matchesDay, readCron, sharedMinute } from './cron.ts';
import type { TimeWindow } from './rules.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How far ahead the next change is looked for: every day of the year comes up within it. */
const HORIZON_MS = 400 * DAY_MS;

/**
 * "Nothing within the horizon" is looked for again after half of it: the 29th of February is further away. What is made
 * of it late in that half, and kept for as long, is still within the horizon.
 */
export const KEPT_MS = HORIZON_MS / 2;

export interface WindowsInForce {
  /** Thousandths of a core, null = no cap; absent = as outside of windows. */
  readonly cpu?: number | null;
  /** 0..1; absent = as outside of windows. */
  readonly share?: number;
  readonly names: readonly string[];
  /** Wall milliseconds at which this may be otherwise; Infinity = not within 400 days. For people: not to be kept for ever. */
  readonly until: number;
}

const NONE: WindowsInForce = { names: [], until: Number.POSITIVE_INFINITY };

interface Compiled {
  readonly window: TimeWindow;
  readonly sets: CronSets;
  /** Every minute of its hours is inside: only full hours need a look. */
  readonly wholeHours: boolean;
}

const setsByText = new Map<string, CronSets | null>();

/** Compiled expressions kept at the most; a registry of 16 windows for each of 60 tenants fits. */
const MOST_KEPT = 1024;

/** null = it is no expression; it then never matches (rules are checked when they are applied). */
const setsOf = (when: string): CronSets | null => {
  const known = setsByText.get(when);
  if (known !== undefined) return known;
  const read = readCron(when);
  const sets = typeof read === 'string' ? null : read;
  if (setsByText.size >= MOST_KEPT) setsByText.clear();
  setsByText.set(when, sets);
  return sets;
};

const compile = (windows: readonly TimeWindow[]): Compiled[] =>
  windows.flatMap((window) => {
    const sets = setsOf(window.when);
    return sets ? [{ window, sets, wholeHours: sets.minute.every((inside) => inside === 1) }] : [];
  });

/** Whether a moment is inside a window, by the zone's clocks. */
export const isInside = (window: TimeWindow, zone: string, at: number): boolean => {
  const sets = setsOf(window.when);
  return sets !== null && matchesCron(sets, localMinuteAt(zone, at));
};

interface Memo {
  readonly zone: string;
  readonly from: number;
  readonly compiled: readonly Compiled[];
  readonly result: WindowsInForce;
}

/** By the list itself: rules are data that is replaced, never changed. */
const memos = new WeakMap<readonly TimeWindow[], Memo>();

/**
 * What the windows say at a moment. Between two changes this is one look-up, so that it may be asked at each tick.
 * @throws Problem ZONE_UNKNOWN
 */
export const windowsInForce = (
  { windows }: { readonly windows: readonly TimeWindow[] },
  zone: string,
  at: number,
): WindowsInForce => {
  if (windows.length === 0) return NONE;
  const memo = memos.get(windows);
  if (memo && memo.zone === zone && at >= memo.from && at < Math.min(memo.result.until, memo.from + KEPT_MS))
    return memo.result;
  const compiled = memo?.compiled ?? compile(windows);
  const local = localMinuteAt(zone, at);
  const inside = compiled.filter(({ sets }) => matchesCron(sets, local)).map(({ window }) => window);
  const cpu = inside.find((window) => window.cpu !== undefined)?.cpu;
  const share = inside.find((window) => window.share !== undefined)?.share;
  const result: WindowsInForce = {
    ...(cpu === undefined ? {} : { cpu }),
    ...(share === undefined ? {} : { share }),
    names: inside.map(({ name }) => name),
    until: findNextChange(compiled, zone, at),
  };
  memos.set(windows, { zone, from: at, compiled, result });
  return result;
};

/** The next moment at which another set of windows is in force; Infinity = not within 400 days. */
export const nextChange = (windows: readonly TimeWindow[], zone: string, at: number): number =>
  findNextChange(compile(windows), zone, at);

const findNextChange = (compiled: readonly Compiled[], zone: string, at: number): number => {
  const now = inForce(compiled, localMinuteAt(zone, at));
  let from = at;
  while (from < at + HORIZON_MS) {
    // within a day the clocks change once at the most: up to there local time is UTC and an offset
    const offset = offsetAt(zone, from);
    const day = from + DAY_MS;
    const until = offsetAt(zone, day) === offset ? day : findChange(zone, from, day);
    const change = findWithin(compiled, now, { from, until, offset });
    if (change !== undefined) return change;
    from = until;
  }
  return Number.POSITIVE_INFINITY;
};

/** Bit i = window i is in force. */
const inForce = (compiled: readonly Compiled[], local: LocalMinute): number =>
  compiled.reduce((bits, { sets }, i) => (matchesCron(sets, local) ? bits | (1 << i) : bits), 0);

interface Stretch {
  readonly from: number;
  readonly until: number;
  readonly offset: number;
}

/** The first moment of a stretch of one offset at which the set in force is not `now`. */
const findWithin = (compiled: readonly Compiled[], now: number, stretch: Stretch): number | undefined => {
  const { from, until, offset } = stretch;
  let at = from;
  while (at < until) {
    const local = fieldsOf(at + offset);
    if (inForce(compiled, local) !== now) return at;
    at = stepTo(compiled, local, at + offset) - offset;
  }
  return undefined;
};

/** The next wall-clock moment worth a look: the next minute, the next hour, or the next day if none is due today. */
const stepTo = (compiled: readonly Compiled[], local: LocalMinute, moment: number): number => {
  const today = compiled.filter(({ sets }) => matchesDay(sets, local));
  if (today.length === 0) return (Math.floor(moment / DAY_MS) + 1) * DAY_MS;
  const thisHour = today.filter(({ sets }) => sets.hour[local.hour] === 1);
  const step = thisHour.every(({ wholeHours }) => wholeHours) ? HOUR_MS : MINUTE_MS;
  return (Math.floor(moment / step) + 1) * step;
};

export interface WindowConflict {
  readonly first: string;
  readonly second: string;
  readonly what: 'cpu' | 'share';
  /** A minute in which both are in force, for people. */
  readonly when: string;
}

/** Pairs of windows that share a minute and set the same key to different values. */
export const findConflicts = (windows: readonly TimeWindow[]): WindowConflict[] =>
  compile(windows).flatMap((a, i, all) =>
    all.slice(i + 1).flatMap((b) => {
      const shared = sharedMinute(a.sets, b.sets);
      if (shared === undefined) return [];
      const when = formatMinute(shared);
      return (['cpu', 'share'] as const)
        .filter((what) => differ(a.window[what], b.window[what]))
        .map((what) => ({ first: a.window.name, second: b.window.name, what, when }));
    }),
  );

const differ = (a: number | null | undefined, b: number | null | undefined): boolean =>
  a !== undefined && b !== undefined && a !== b;
