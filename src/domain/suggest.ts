// Limits that a tenant's own past suggests: the 95th percentile plus headroom, with the figures they rest on.

import { GiB, MiB } from './units.ts';

/** What is needed of a row of history. */
export interface UsageRow {
  readonly seconds: number;
  /** Thousandths of a core, the average of the row. */
  readonly cpu: number;
  /** The highest of a tick; 0 where nobody watched. */
  readonly cpuPeak: number;
  /** Bytes; the peak of the row. */
  readonly memoryPeak: number;
  readonly pids: number;
  readonly diskUsed: number | null;
}

export type Suggested = 'cpu' | 'memory' | 'pids' | 'disk';

export interface Suggestion {
  readonly resource: Suggested;
  readonly value: number;
  /** The limit now, null = none. */
  readonly now: number | null;
  readonly p95: number;
  readonly peak: number;
  /** Hours of history behind it. */
  readonly hours: number;
}

/** Less history than this says nothing about a tenant's habits. */
const LEAST_SECONDS = 3600;

interface Measure {
  readonly pick: (row: UsageRow) => number | null;
  /** The highest in the row; absent = what is picked is that. */
  readonly pickPeak?: (row: UsageRow) => number;
  /** Room above the 95th percentile: 1.25 = a quarter. */
  readonly headroom: number;
  /** Rounded up to a multiple of this: a number that people would have typed. */
  readonly step: number;
  readonly least: number;
}

const MEASURES: Readonly<Record<Suggested, Measure>> = {
  // too little CPU is slow, so a quarter is enough
  cpu: {
    pick: ({ cpu }) => cpu,
    pickPeak: ({ cpu, cpuPeak }) => Math.max(cpu, cpuPeak),
    headroom: 1.25,
    step: 50,
    least: 100,
  },
  // too little memory kills: more room
  memory: { pick: ({ memoryPeak }) => memoryPeak, headroom: 1.5, step: 64 * MiB, least: 128 * MiB },
  // a build forks many for a moment
  pids: { pick: ({ pids }) => pids, headroom: 2, step: 32, least: 64 },
  // disks fill and seldom empty
  disk: { pick: ({ diskUsed }) => diskUsed, headroom: 1.5, step: GiB, least: GiB },
};

const PERCENTILE = 0.95;

/** The value below which the tenant was 95 % of the time; rows count by their length. */
const percentileOf = (
  values: readonly { readonly value: number; readonly seconds: number }[],
  part: number,
): number => {
  const sorted = [...values].sort((a, b) => a.value - b.value);
  const wanted = sorted.reduce((sum, { seconds }) => sum + seconds, 0) * part;
  let passed = 0;
  for (const { value, seconds } of sorted) {
    passed += seconds;
    if (passed >= wanted) return value;
  }
  return sorted.at(-1)?.value ?? 0;
};

const suggestOne = (resource: Suggested, rows: readonly UsageRow[], now: number | null): Suggestion[] => {
  const { pick, pickPeak, headroom, step, least } = MEASURES[resource];
  const values = rows.flatMap((row) => {
    const value = pick(row);
    return value === null ? [] : [{ value, peak: pickPeak?.(row) ?? value, seconds: row.seconds }];
  });
  const seconds = values.reduce((sum, row) => sum + row.seconds, 0);
  if (seconds < LEAST_SECONDS) return [];
  const p95 = percentileOf(values, PERCENTILE);
  const peak = values.reduce((most, row) => Math.max(most, row.peak), 0);
  const value = Math.max(least, Math.ceil((p95 * headroom) / step) * step);
  return [
    { resource, value, now, p95: Math.round(p95), peak: Math.round(peak), hours: Number((seconds / 3600).toFixed(1)) },
  ];
};

/**
 * Proposes limits from a tenant's history.
 * @returns nothing for a resource of which less than an hour is known
 */
export const suggestLimits = (
  rows: readonly UsageRow[],
  limits: Readonly<Record<Suggested, number | null>>,
): Suggestion[] =>
  (['cpu', 'memory', 'pids', 'disk'] as const).flatMap((resource) => suggestOne(resource, rows, limits[resource]));
