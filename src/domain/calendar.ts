// Calendar periods and wall-clock minutes in a named time zone, right across changes of the clocks.
// Intl.DateTimeFormat is the only source of offsets; it is asked once per minute and once per period at the most.

import { problem } from './errors.ts';
import { spellOut } from './names.ts';
import type { BudgetPeriod } from './rules.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A wall-clock minute. */
export interface LocalMinute {
  readonly minute: number;
  readonly hour: number;
  /** 1-31. */
  readonly day: number;
  /** 1-12. */
  readonly month: number;
  /** 0 = Sunday. */
  readonly weekday: number;
}

export interface Period {
  readonly from: number;
  /** The first millisecond of the next period. */
  readonly until: number;
}

/** What is known of a zone: its formatter (about 50 us to build), and what was asked for last. */
interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** All budgets of a kind enter a period at the same tick. */
  readonly periods: Map<BudgetPeriod, Period>;
  lastMinute: number;
  last: LocalMinute | undefined;
}

const zones = new Map<string, Zone>();

const openZone = (name: string): Zone => {
  const known = zones.get(name);
  if (known) return known;
  const zone: Zone = { format: buildFormat(name), periods: new Map(), lastMinute: Number.NaN, last: undefined };
  zones.set(name, zone);
  return zone;
};

const buildFormat = (timeZone: string): Intl.DateTimeFormat => {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch (cause) {
    throw problem('ZONE_UNKNOWN', { value: spellOut(timeZone) }, { cause });
  }
};

/**
 * How far the zone's clocks are ahead of UTC.
 * @returns milliseconds
 * @throws Problem ZONE_UNKNOWN
 */
export const offsetAt = (zone: string, at: number): number => {
  const second = Math.floor(at / 1000) * 1000;
  const [, month, day, year, hour, minute, sec] =
    /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/.exec(openZone(zone).format.format(second)) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(sec)) - second;
};

/** The wall-clock fields of a moment that is given as if the wall clock were UTC. */
export const fieldsOf = (local: number): LocalMinute => {
  const date = new Date(local);
  return {
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    weekday: date.getUTCDay(),
  };
};

/** The wall-clock minute at a moment; asking again within the same minute costs nothing. */
export const localMinuteAt = (zone: string, at: number): LocalMinute => {
  const entry = openZone(zone);
  const minute = Math.floor(at / MINUTE_MS);
  if (entry.last && entry.lastMinute === minute) return entry.last;
  const start = minute * MINUTE_MS;
  const fields = fieldsOf(start + offsetAt(zone, start));
  entry.lastMinute = minute;
  entry.last = fields;
  return fields;
};

/** Clocks are between 12 h behind and 14 h ahead of UTC: the local moment lies between these two. */
const LATEST_ZONE_MS = 15 * HOUR_MS;
const EARLIEST_ZONE_MS = 13 * HOUR_MS;

/** The first moment after `from` at which the offset is no longer that of `from`; by halving, to the second. */
export const findChange = (zone: string, from: number, until: number): number => {
  const before = offsetAt(zone, from);
  let low = Math.floor(from / 1000);
  let high = Math.ceil(until / 1000);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle * 1000) === before) low = middle;
    else high = middle;
  }
  return high * 1000;
};

/**
 * The first moment at which the zone's clocks show `local` or later. Where the clocks jump over it, that is the jump;
 * where they show it twice, the first time.
 * @param local milliseconds as if the wall clock were UTC
 */
export const firstMomentOf = (zone: string, local: number): number => {
  const early = local - LATEST_ZONE_MS;
  const late = local + EARLIEST_ZONE_MS;
  const before = offsetAt(zone, early);
  const after = offsetAt(zone, late);
  if (before === after) return local - before;
  const change = findChange(zone, early, late);
  return local - before < change ? local - before : Math.max(change, local - after);
};

/**
 * All moments at which the zone's clocks show exactly `local`, the earlier first: none where they jump over it, two where
 * they are set back over it.
 * @param local milliseconds as if the wall clock were UTC
 */
export const momentsOf = (zone: string, local: number): number[] =>
  [...new Set([local - LATEST_ZONE_MS, local + EARLIEST_ZONE_MS].map((around) => offsetAt(zone, around)))]
    .map((offset) => local - offset)
    .filter((at) => at + offsetAt(zone, at) === local)
    .sort((a, b) => a - b);

/** The wall-clock start of the period around a wall-clock moment, and of its neighbours: `step` -1, 0, 1. */
const startOf = (period: BudgetPeriod, local: number, step: number): number => {
  const date = new Date(local);
  switch (period) {
    case 'hour':
      return (Math.floor(local / HOUR_MS) + step) * HOUR_MS;
    case 'day':
      return (Math.floor(local / DAY_MS) + step) * DAY_MS;
    case 'week': // from Monday, ISO 8601
      return (Math.floor(local / DAY_MS) - ((date.getUTCDay() + 6) % 7) + 7 * step) * DAY_MS;
    case 'month':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + step, 1);
  }
};

/**
 * The calendar period a moment belongs to. Periods follow each other without a gap: a day of 23 or 25 hours is one
 * day, and an hour that the clocks show twice is one hour of two.
 * @throws Problem ZONE_UNKNOWN
 */
export const periodAt = (period: BudgetPeriod, zone: string, at: number): Period => {
  const { periods } = openZone(zone);
  const last = periods.get(period);
  if (last && last.from <= at && at < last.until) return last;
  const found = findPeriod(period, zone, at);
  periods.set(period, found);
  return found;
};

const findPeriod = (period: BudgetPeriod, zone: string, at: number): Period => {
  let start = startOf(period, at + offsetAt(zone, at), 0);
  // clocks set back over a boundary show the former period again: it is over all the same
  while (at >= firstMomentOf(zone, startOf(period, start, 1))) start = startOf(period, start, 1);
  while (at < firstMomentOf(zone, start)) start = startOf(period, start, -1);
  return { from: firstMomentOf(zone, start), until: firstMomentOf(zone, startOf(period, start, 1)) };
};
