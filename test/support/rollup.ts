// Short rows as one long row, told in TypeScript: what the SQL of the store is held to, and the fake history does.

import { COUNTERS, HOST_TOTALS, OPTIONAL_COUNTERS } from '../../src/domain/accounting.ts';
import {
  AVERAGES,
  HOST_AVERAGES,
  HOST_LASTS,
  HOST_OPTIONAL_LASTS,
  HOST_OPTIONAL_PEAKS,
  HOST_PEAKS,
  HOST_SUMS,
  type HostRow,
  LASTS,
  PEAKS,
  type UsageRow,
} from '../../src/domain/rollup.ts';

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

const highestKnown = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : highest(known);
};

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
  const all = <K extends keyof HostRow>(key: K): HostRow[K][] => rows.map((row) => row[key]);
  const row: Partial<Record<keyof HostRow, number | null>> = { at, ms: sum(rows, 'ms') };
  for (const key of HOST_SUMS) row[key] = sum(rows, key);
  for (const key of HOST_TOTALS) row[key] = sumOfKnown(all(key));
  for (const key of HOST_AVERAGES) row[key] = average(all(key), weights);
  for (const key of HOST_PEAKS) row[key] = highest(all(key));
  for (const key of HOST_OPTIONAL_PEAKS) row[key] = highestKnown(all(key));
  for (const key of HOST_LASTS) row[key] = all(key).at(-1) ?? 0;
  for (const key of HOST_OPTIONAL_LASTS) row[key] = lastKnown(all(key));
  return row as HostRow;
};
