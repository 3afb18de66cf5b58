// Times as people type them: `14:05`, `-2h`, ISO 8601; and how far back a look goes (`7d`). Pure.

import { firstMomentOf, momentsOf, offsetAt } from '../domain/calendar.ts';
import { problem } from '../domain/errors.ts';
import { spellOut } from '../domain/names.ts';
import { parseDuration } from '../domain/units.ts';
import type { Clock } from './output/times.ts';

const DAY_MS = 86_400_000;

/** Incidents are kept the longest: 400 days. */
const MOST_BACK_MS = 400 * DAY_MS;

const refuse = (text: string, why: string): Error => problem('TIME_INVALID', { value: spellOut(text, 40), why });

/**
 * Tomorrow's too: clocks that are set back over midnight have shown it already. A day may lack the time (clocks jump over
 * it), or be lacking itself (Pacific/Apia, 30 December 2011).
 */
const DAYS = [1, 0, -1, -2];

/** The last time the caller's clocks showed it: of an hour that comes twice, the second time once it has come. */
const readClockTime = (hour: number, minute: number, { now, zone }: Clock): number | undefined => {
  if (hour > 23 || minute > 59) return undefined;
  const midnight = Math.floor((now + offsetAt(zone, now)) / DAY_MS) * DAY_MS;
  const today = midnight + (hour * 60 + minute) * 60_000;
  return DAYS.flatMap((day) => momentsOf(zone, today + day * DAY_MS).reverse()).find((at) => at <= now);
};

/** With an offset as it says, without one by the caller's clocks. */
const readIso = (text: string, { zone }: Clock): number | undefined => {
  const [, day, time, seconds = ':00', offset] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  if (day === undefined) return undefined;
  const wall = Date.parse(`${day}T${time ?? '00:00'}${seconds}Z`);
  // Date.parse takes the 31st of February for a day of March
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 10) !== day) return undefined;
  return offset === undefined ? firstMomentOf(zone, wall) : Date.parse(`${day}T${time}${seconds}${offset}`);
};

/**
 * `-2h` (two hours ago), `14:05` (the last time it was), `2026-11-24T14:05` (by the caller's clocks), with Z or +01:00.
 * @returns wall milliseconds, never later than now
 * @throws Problem TIME_INVALID, DURATION_INVALID
 */
export const readMoment = (text: string, clock: Clock): number => {
  const value = text.trim();
  if (value.startsWith('-')) return clock.now - readBack(value.slice(1));
  const [, hour, minute] = /^(\d{1,2}):(\d\d)$/.exec(value) ?? [];
  const at = hour === undefined ? readIso(value, clock) : readClockTime(Number(hour), Number(minute), clock);
  if (at === undefined || Number.isNaN(at)) throw refuse(value, 'a time of day, a date, or -DURATION is expected');
  if (at > clock.now) throw refuse(value, 'it lies in the future');
  if (clock.now - at > MOST_BACK_MS) throw refuse(value, 'nothing is kept for so long (400 days)');
  return at;
};

/**
 * How far back: `24h`, `7d`.
 * @returns milliseconds, 1 s to 400 days
 * @throws Problem DURATION_INVALID
 */
export const readBack = (text: string): number => {
  const ms = parseDuration(text);
  if (ms >= 1000 && ms <= MOST_BACK_MS) return ms;
  throw problem('DURATION_INVALID', { value: text.slice(0, 40), why: 'it must be between 1s and 400d' });
};

/** The moment so long ago, for the API. */
export const sinceIso = (text: string, now: number): string => new Date(now - readBack(text)).toISOString();
