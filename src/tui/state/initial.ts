// The state before anything is known, and the preferences as they were left. Pure.

import { SORTABLE } from '../columns.ts';
import type { Theme } from '../theme.ts';
import type { Prefs, Size, State } from './types.ts';

/** The daemon samples once a second: asking more often shows nothing new. */
export const INTERVALS_MS: readonly number[] = [1000, 2000, 5000, 10_000, 30_000];

export const DEFAULT_PREFS: Prefs = { sort: { column: 'cpu', reverse: false }, scale: 'quota', intervalMs: 1000 };

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** Whatever a file of preferences holds: what is not understood is as if it were not there. */
export const readPrefs = (value: unknown): Prefs => {
  const { sort, scale, intervalMs } = record(value);
  const { column, reverse } = record(sort);
  return {
    sort: {
      column: SORTABLE.find(({ id }) => id === column)?.id ?? DEFAULT_PREFS.sort.column,
      reverse: reverse === true,
    },
    scale: scale === 'host' ? 'host' : 'quota',
    intervalMs: INTERVALS_MS.find((ms) => ms === intervalMs) ?? DEFAULT_PREFS.intervalMs,
  };
};

export interface Beginning {
  readonly size: Size;
  readonly theme: Theme;
  readonly prefs: Prefs;
  readonly readOnly: boolean;
  readonly isRoot: boolean;
  readonly spoken: boolean;
  readonly now: number;
}

export const initialState = (beginning: Beginning): State => ({
  ...beginning,
  link: { kind: 'connecting' },
  top: undefined,
  paused: false,
  trails: {},
  hostTrail: undefined,
  selected: undefined,
  marked: [],
  filter: '',
  first: 0,
  detail: undefined,
  at: undefined,
  loaded: {},
  events: [],
  dialog: undefined,
  works: [],
  nextJob: 1,
  message: undefined,
});
