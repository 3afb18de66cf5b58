// Rows of the history and how short ones become a long one: sums of counters, averages by time, peaks, last values. Pure.

import { COUNTERS, type Delta, HOST_WAITS, type HostDelta, OPTIONAL_COUNTERS } from './accounting.ts';

/** Seconds a row stands for, and days it is kept. 10 s show a burst, minutes a day, hours a year. */
export const RESOLUTIONS = [
  { step: 10, keptDays: 1 },
  { step: 60, keptDays: 30 },
  { step: 3600, keptDays: 400 },
] as const;
export type Step = (typeof RESOLUTIONS)[number]['step'];

/** Averages by time: bytes, and thousandths of a process. */
export const AVERAGES = ['memory', 'memoryCache', 'pidsMilli'] as const;
/** The highest of a tick: bytes, processes, thousandths of a core. */
export const PEAKS = ['memoryPeak', 'pidsPeak', 'cpuPeak'] as const;
/** As last known; null = not in this time. */
export const LASTS = ['swap', 'diskUsed', 'diskSize', 'inodesUsed', 'inodes'] as const;

type Figures<K extends string, V> = { readonly [P in K]: V };

/** What a tenant used in a time. A row may be longer than its slot: what passed while no daemon watched is one row. */
export type UsageRow = {
  /** Wall milliseconds, start of the slot. */
  readonly at: number;
  /** Milliseconds it stands for, which end with the slot. */
  readonly ms: number;
} & Delta &
  Figures<(typeof AVERAGES)[number] | (typeof PEAKS)[number], number> &
  Figures<(typeof LASTS)[number], number | null>;

export const HOST_SUMS = [
  'capacityUsec',
  'tenantsUsec',
  'systemUsec',
  'idleUsec',
  'iowaitUsec',
  'stolenUsec',
  ...HOST_WAITS,
] as const satisfies readonly (keyof HostDelta)[];

export const HOST_AVERAGES = ['memoryUsed'] as const;
export const HOST_PEAKS = ['memoryUsedPeak'] as const;
/** The disk is the one of the state folder. */
export const HOST_LASTS = ['memoryTotal', 'swapUsed', 'diskUsed', 'diskSize'] as const;

export type HostRow = { readonly at: number; readonly ms: number } & HostDelta &
  Figures<(typeof HOST_AVERAGES)[number] | (typeof HOST_PEAKS)[number] | (typeof HOST_LASTS)[number], number>;

/** Start of the slot of that step in which a moment lies. Wall milliseconds. */
export const slotOf = (at: number, step: Step): number => Math.floor(at / (step * 1000)) * step * 1000;

const sum = <R extends { readonly [P in K]: number }, K extends string>(rows: readonly R[], key: K): number =>
  rows.reduce((total, row) => total + row[key], 0);

/** null only where no part knows it. */
const sumOfKnown = (values: readonly (number | null)[]): number | null =>
  values.reduce((total, value) => (value === null ? total : (total ?? 0) + value), null);

const lastKnown = (values: readonly (number | null)[]): number | null =>
  values.reduce((last, value) => value ?? last, null);

/** Weighted by time; of rows without length the plain mean. */
const average = (values: readonly number[], weights: readonly number[]): number => {
  const total = weights.reduce((a, b) => a + b, 0);
  const weighted = values.reduce((acc, value, i) => acc + value * (total > 0 ? (weights[i] ?? 0) : 1), 0);
  return values.length === 0 ? 0 : Math.round(weighted / (total > 0 ? total : values.length));
};

const highest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

/**
 * Rows of one tenant, oldest first, as one row.
 * @param at start of the slot it is for
 */
export const rollUp = (rows: readonly UsageRow[], at: number): UsageRow => {
  const weights = rows.map(({ ms }) => ms);
  const all = <K extends keyof UsageRow>(key: K): UsageRow[K][] => rows.map((row) => row[key]);
  const row: Record<string, number | null> = { at, ms: sum(rows, 'ms') };
  for (const key of COUNTERS) row[key] = sum(rows, key);
  for (const key of OPTIONAL_COUNTERS) row[key] = sumOfKnown(all(key));
  for (const key of AVERAGES) row[key] = average(all(key), weights);
  for (const key of PEAKS) row[key] = highest(all(key));
  for (const key of LASTS) row[key] = lastKnown(all(key));
  return row as UsageRow;
};

export const rollUpHost = (rows: readonly HostRow[], at: number): HostRow => {
  const weights = rows.map(({ ms }) => ms);
  const all = (key: keyof HostRow): number[] => rows.map((row) => row[key]);
  const row: Partial<Record<keyof HostRow, number>> = { at, ms: sum(rows, 'ms') };
  for (const key of HOST_SUMS) row[key] = sum(rows, key);
  for (const key of HOST_AVERAGES) row[key] = average(all(key), weights);
  for (const key of HOST_PEAKS) row[key] = highest(all(key));
  for (const key of HOST_LASTS) row[key] = all(key).at(-1) ?? 0;
  return row as HostRow;
};

/** Times a limit said no, by the kernel's own counters: a limit that is reached between two samples counts too. */
export const countFaults = (row: Delta): { readonly cpu: number; readonly memory: number; readonly pids: number } => ({
  cpu: row.throttled,
  memory: row.memoryMaxHits + row.oomKills,
  pids: row.forksRefused,
});
