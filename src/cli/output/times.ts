// Moments as people read them, by the clocks of the caller's zone. Pure: the zone and the present are handed in.

import { offsetAt } from '../../domain/calendar.ts';

/** What a text needs to know to speak of time. */
export interface Clock {
  /** Wall milliseconds. */
  readonly now: number;
  /** IANA name. */
  readonly zone: string;
}

const DAY_MS = 86_400_000;

/** "2026-11-24T14:05:06" of a moment's wall clock. */
const localIso = (at: number, zone: string): string => new Date(at + offsetAt(zone, at)).toISOString().slice(0, 19);

/** "2026-11-24 14:05:06". */
export const formatLocal = (iso: string, { zone }: Pick<Clock, 'zone'>): string =>
  localIso(Date.parse(iso), zone).replace('T', ' ');

const ordinal = (day: number): string => {
  const isTeen = day % 100 >= 11 && day % 100 <= 13;
  const ending = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th');
  return `${day}${ending}`;
};

/**
 * "at 03:10" within a day of now, "on the 23rd" within the month, else "on 2027-01-23".
 * @param iso ISO 8601
 */
export const formatMoment = (iso: string, { now, zone }: Clock): string => {
  const at = Date.parse(iso);
  const text = localIso(at, zone);
  if (Math.abs(at - now) < DAY_MS) return `at ${text.slice(11, 16)}`;
  return text.slice(0, 7) === localIso(now, zone).slice(0, 7)
    ? `on the ${ordinal(Number(text.slice(8, 10)))}`
    : `on ${text.slice(0, 10)}`;
};

/** "until 14:05", "until 2026-11-30 00:00", or nothing for what has no end. */
export const formatUntil = (iso: string | null, { now, zone }: Clock): string => {
  if (iso === null) return '';
  const at = Date.parse(iso);
  const text = localIso(at, zone);
  return Math.abs(at - now) < DAY_MS ? `until ${text.slice(11, 16)}` : `until ${text.slice(0, 16).replace('T', ' ')}`;
};
