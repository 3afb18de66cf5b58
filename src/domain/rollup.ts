// Rows of the history, and how each of their figures is added up: as a sum, an average by time, a peak or a last value. Pure.

import { type Delta, HOST_WAITS, type HostDelta } from './accounting.ts';

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
/** Tasks of the box, the most of those counted once with each row of 10 s; null where the kernel did not tell. */
export const HOST_OPTIONAL_PEAKS = ['pidsPeak'] as const;
/** The disk is the one of the state folder. */
export const HOST_LASTS = ['memoryTotal', 'swapUsed', 'diskUsed', 'diskSize'] as const;
/** Of that disk; null where its file system counts no inodes (btrfs). */
export const HOST_OPTIONAL_LASTS = ['inodesUsed', 'inodes'] as const;

type HostFigure = (typeof HOST_AVERAGES)[number] | (typeof HOST_PEAKS)[number] | (typeof HOST_LASTS)[number];
type HostOptional = (typeof HOST_OPTIONAL_PEAKS)[number] | (typeof HOST_OPTIONAL_LASTS)[number];

export type HostRow = { readonly at: number; readonly ms: number } & HostDelta &
  Figures<HostFigure, number> &
  Figures<HostOptional, number | null>;

/** Start of the slot of that step in which a moment lies. Wall milliseconds. */
export const slotOf = (at: number, step: Step): number => Math.floor(at / (step * 1000)) * step * 1000;

/** Times a limit said no, by the kernel's own counters: a limit that is reached between two samples counts too. */
export const countFaults = (row: Delta): { readonly cpu: number; readonly memory: number; readonly pids: number } => ({
  cpu: row.throttled,
  memory: row.memoryMaxHits + row.oomKills,
  pids: row.forksRefused,
});
