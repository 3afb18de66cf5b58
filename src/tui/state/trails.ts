// The last minutes of each tenant's CPU, for the sparkline and for sorting without jumps. Pure.

import type { TopView } from '../../api/contract.ts';
import type { Trail } from './types.ts';

/** Ten seconds a bucket, so that a line changes no more often than that; five minutes in all. */
const TRAIL_BUCKET_MS = 10_000;
const TRAIL_LENGTH = 30;

const EMPTY: Trail = { bucket: -1, samples: 0, values: [] };

/** The average of what the bucket saw so far; buckets nobody saw stay empty. */
export const extendTrail = (trail: Trail = EMPTY, at: number, value: number | null): Trail => {
  const bucket = Math.floor(at / TRAIL_BUCKET_MS);
  if (bucket !== trail.bucket) {
    const missed = trail.bucket < 0 ? 0 : Math.max(0, Math.min(TRAIL_LENGTH, bucket - trail.bucket - 1));
    const gap = Array.from({ length: missed }, (): null => null);
    return {
      bucket,
      samples: value === null ? 0 : 1,
      values: [...trail.values, ...gap, value].slice(-TRAIL_LENGTH),
    };
  }
  if (value === null) return trail;
  const samples = trail.samples + 1;
  const mean = ((trail.values.at(-1) ?? 0) * trail.samples + value) / samples;
  return { bucket, samples, values: [...trail.values.slice(0, -1), mean] };
};

/** By id, not by name: a tenant that was deleted and made anew starts with an empty trail. */
export const extendTrails = (
  trails: Readonly<Record<string, Trail>>,
  { tenants }: TopView,
  at: number,
): Readonly<Record<string, Trail>> =>
  Object.fromEntries(tenants.map(({ id, usage }) => [id, extendTrail(trails[id], at, usage?.cpu ?? null)]));
