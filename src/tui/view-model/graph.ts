// Bars, sparklines and graphs as text. Pure.

import type { Glyphs } from '../theme.ts';

const clamp = (value: number): number => Math.max(0, Math.min(1, value));

/** A share as a bar of exactly `width` cells: full cells, then the track. Any use at all shows. */
export const bar = (share: number | undefined, width: number, { steps, track, unknown }: Glyphs): string => {
  if (share === undefined || !Number.isFinite(share)) return unknown.padEnd(width);
  const filled = Math.min(width, Math.max(share > 0.005 ? 1 : 0, Math.round(clamp(share) * width)));
  return (steps.at(-1) ?? '#').repeat(filled) + track.repeat(width - filled);
};

/** Many values in `width` groups, each as its largest: a peak must not vanish. Newest at the right. */
export const squeeze = (values: readonly (number | null)[], width: number): (number | null)[] => {
  if (values.length <= width) return [...Array.from({ length: width - values.length }, (): null => null), ...values];
  return Array.from({ length: width }, (_, i) => {
    const from = Math.floor((i * values.length) / width);
    const to = Math.floor(((i + 1) * values.length) / width);
    const known = values.slice(from, to).filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  });
};

/** Index of the glyph for one row of a graph that is `rows` high. */
const stepAt = (share: number, row: number, rows: number, steps: number): number =>
  Math.max(0, Math.min(steps, Math.round((clamp(share) * rows - row) * steps)));

/** One line; `most` is the value of a full cell. */
export const sparkline = (values: readonly (number | null)[], most: number, width: number, { steps }: Glyphs): string =>
  squeeze(values, width)
    .map((value) => {
      if (value === null || !(most > 0)) return ' ';
      // something is never shown as nothing
      return steps[Math.max(value > 0 ? 1 : 0, stepAt(value / most, 0, 1, steps.length - 1))];
    })
    .join('');

/** @returns `height` lines, highest first; a column that nobody measured stays empty */
export const graph = (columns: readonly (number | null)[], most: number, height: number, { steps }: Glyphs): string[] =>
  Array.from({ length: height }, (_, i) => {
    const row = height - 1 - i;
    return columns
      .map((value) => {
        if (value === null || !(most > 0)) return ' ';
        const least = row === 0 && value > 0 ? 1 : 0;
        return steps[Math.max(least, stepAt(value / most, row, height, steps.length - 1))];
      })
      .join('');
  });

/** A round number at or above the peak, so that the scale does not jump with each sample: 1, 2, 5 × 10ⁿ. */
export const roundUp = (peak: number): number => {
  if (!(peak > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(peak));
  return ([1, 2, 5, 10].find((step) => step * power >= peak) ?? 10) * power;
};
