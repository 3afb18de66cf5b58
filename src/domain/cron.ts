// The five fields of crontab(5) as sets: minute, hour, day of month, month, day of week.

import type { LocalMinute } from './calendar.ts';

/** One byte per possible value, 1 = inside: a test is one look-up. */
export interface CronSets {
  readonly minute: Uint8Array;
  readonly hour: Uint8Array;
  readonly day: Uint8Array;
  readonly month: Uint8Array;
  readonly weekday: Uint8Array;
}

/** A day without its year. Each date falls on every weekday in some year. */
export interface DayClass {
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
}

interface Field {
  readonly key: keyof CronSets;
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly words: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const FIELDS: readonly Field[] = [
  { key: 'minute', name: 'minute', least: 0, most: 59, words: [] },
  { key: 'hour', name: 'hour', least: 0, most: 23, words: [] },
  { key: 'day', name: 'day of the month', least: 1, most: 31, words: [] },
  { key: 'month', name: 'month', least: 1, most: 12, words: MONTHS },
  { key: 'weekday', name: 'day of the week', least: 0, most: 7, words: DAYS }, // 7 is Sunday as well
];

/** Days of each month, the longest February. */
const MONTH_DAYS = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** All 60 minutes, one by one, and four stars; 16 windows of this length still fit the 4096 characters of a value. */
const MOST_TEXT = 180;

/** Why a text is no crontab expression, or the sets it names. */
export const readCron = (text: string): CronSets | string => {
  if (text.length > MOST_TEXT) return `it has more than ${MOST_TEXT} characters`;
  const parts = text.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) return `five fields are expected, there are ${text.trim() ? parts.length : 0}`;
  const sets: Partial<Record<keyof CronSets, Uint8Array>> = {};
  for (const [i, field] of FIELDS.entries()) {
    const set = readField(parts[i] ?? '', field);
    if (typeof set === 'string') return `${field.name} "${parts[i]}": ${set}`;
    sets[field.key] = set;
  }
  const { minute, hour, day, month, weekday } = sets;
  if (!minute || !hour || !day || !month || !weekday) return 'five fields are expected';
  return hasDate(day, month) ? { minute, hour, day, month, weekday } : 'there is no such date';
};

const readField = (text: string, field: Field): Uint8Array | string => {
  const set = new Uint8Array(field.most + 1);
  for (const item of text.split(',')) {
    const why = addItem(item, field, set);
    if (why) return why;
  }
  if (field.key === 'weekday' && set[7]) set[0] = 1;
  return set;
};

/** `*`, `5`, `1-5`, each range with `/STEP`. */
const addItem = (item: string, field: Field, set: Uint8Array): string | undefined => {
  const match = /^(?:(\*)|([a-z0-9]{1,4})(?:-([a-z0-9]{1,4}))?)(?:\/(\d{1,3}))?$/i.exec(item);
  if (!match) return 'a number, a range, a list or * is expected';
  const [, star, first = '', last, by] = match;
  if (by !== undefined && !star && last === undefined) return 'a step needs a range, for example 0-30/5';
  const from = star ? field.least : readNumber(first, field);
  let to = star ? field.most : last === undefined ? from : readNumber(last, field);
  if (field.key === 'weekday' && to === 0 && last !== undefined) to = 7; // fri-sun
  const step = Number(by ?? 1);
  if (Number.isNaN(from) || Number.isNaN(to)) return `${field.least} to ${field.most} is expected`;
  if (to < from) return `the range runs backwards; write ${from}-${field.most},${field.least}-${to}`;
  if (step < 1) return 'the step must be 1 or more';
  for (let value = from; value <= to; value += step) set[value] = 1;
  return undefined;
};

const readNumber = (text: string, { least, most, words }: Field): number => {
  const word = words.indexOf(text.toLowerCase());
  if (word >= 0) return word + least;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : Number.NaN;
};

/** Some day of some chosen month exists: 30 February does not. */
const hasDate = (day: Uint8Array, month: Uint8Array): boolean =>
  MONTH_DAYS.some((days, m) => month[m] === 1 && day.some((chosen, d) => chosen === 1 && d >= 1 && d <= days));

/** All five fields match, both day fields too: unlike cron(8), which takes either when both are restricted. */
export const matchesCron = (sets: CronSets, at: LocalMinute): boolean =>
  sets.minute[at.minute] === 1 && sets.hour[at.hour] === 1 && matchesDay(sets, at);

export const matchesDay = (sets: CronSets, { day, month, weekday }: DayClass): boolean =>
  sets.day[day] === 1 && sets.month[month] === 1 && sets.weekday[weekday] === 1;

/** All days of a calendar without years. */
export const allDays = (): DayClass[] =>
  MONTH_DAYS.flatMap((days, month) =>
    Array.from({ length: days }, (_, i) => i + 1).flatMap((day) => DAYS.map((_, weekday) => ({ month, day, weekday }))),
  );

/** "22:00 on a mon, 1 jan". */
export const formatMinute = ({ minute, hour, day, month, weekday }: LocalMinute): string => {
  const clock = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  return `${clock} on a ${DAYS[weekday]}, ${day} ${MONTHS[month - 1]}`;
};

/** The first minute of the year in which both match, or undefined. */
export const sharedMinute = (a: CronSets, b: CronSets): LocalMinute | undefined => {
  const both = (key: keyof CronSets): number[] =>
    [...a[key].keys()].filter((value) => a[key][value] === 1 && b[key][value] === 1);
  const [minute] = both('minute');
  const [hour] = both('hour');
  const [weekday] = both('weekday');
  if (minute === undefined || hour === undefined || weekday === undefined) return undefined;
  const days = both('day');
  for (const month of both('month')) {
    const day = days.find((value) => value <= (MONTH_DAYS[month] ?? 0));
    if (day !== undefined) return { minute, hour, day, month, weekday };
  }
  return undefined;
};
