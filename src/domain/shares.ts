// Shares: which part of the house each tenant owns, and what that means for the kernel.

import type { Rules } from './rules.ts';

/**
 * What tenants without an explicit share own together when those of others leave nothing: enough to log in and look
 * around. Together, not each: else explicit shares would fall as the box fills.
 */
const LEAST_REST = 0.01;

type ShareOf = Readonly<Record<string, Pick<Rules, 'share'>>>;

/** What the tenants of a house ask for together. */
export interface ShareSums {
  /** Explicit shares, added up. */
  readonly given: number;
  /** Tenants without one. */
  readonly open: number;
}

export const addShares = (rules: ShareOf): ShareSums => {
  let given = 0;
  let open = 0;
  for (const { share } of Object.values(rules)) {
    if (share === null) open += 1;
    else given += share;
  }
  return { given, open };
};

const ownedOf = (share: number | null, { given, open }: ShareSums): number => {
  const room = 1 - (open === 0 ? 0 : Math.max(LEAST_REST, 1 - given));
  if (share === null) return (1 - room) / open;
  return given > room ? (share * room) / given : share;
};

/**
 * The part of the house each tenant owns. Explicit shares are as given; the others get equal parts of what is left,
 * but together not less than the least. Where the house is too small for that (almost nothing is left, or the explicit
 * shares are above 1 in some window) the explicit shares shrink in proportion. The sum is never above 1.
 */
export const effectiveShares = (rules: ShareOf, sums = addShares(rules)): Record<string, number> => {
  const shares: Record<string, number> = {};
  for (const [name, { share }] of Object.entries(rules)) shares[name] = ownedOf(share, sums);
  return shares;
};

/** What one tenant would own if it asked for another share than it does; null = it has none of its own. */
export const shareInstead = (has: number | null, wants: number | null, { given, open }: ShareSums): number =>
  ownedOf(wants, {
    given: given - (has ?? 0) + (wants ?? 0),
    open: open - (has === null ? 1 : 0) + (wants === null ? 1 : 0),
  });

/** The kernel's most cpu.weight (cgroup-v2.rst: 1 to 10000). */
const MOST_WEIGHT = 10_000;

/**
 * What all weights of a house are multiplied by, so that the largest is one the kernel takes and all stay in proportion.
 * @param largest of what the tenants would have otherwise: share x owners x own weight
 */
export const weightScale = (largest: number): number => Math.min(1, MOST_WEIGHT / largest);

/** What the weights of a house rest on. */
export interface WeightBase {
  /** Tenants that own a part of the house. */
  readonly owners: number;
  /** See weightScale. */
  readonly scale: number;
}

/**
 * cpu.weight of a share: tenants are siblings below the house, so that weights in proportion to shares give each its
 * part when all want it, and the idle part to whoever does. An equal part is the tenant's own weight, 100 where it asked
 * for none. Where the largest is ten thousand times the smallest the kernel's least, 1, is more than the smallest owns.
 * @returns 1 to 10000
 */
export const weightOfShare = (share: number, cpuWeight: number, { owners, scale }: WeightBase): number =>
  Math.min(MOST_WEIGHT, Math.max(1, Math.round(share * owners * cpuWeight * scale)));

/** The kernel counts memory in pages (cgroup-v2.rst): what is written reads back as it is. */
const PAGE = 4096;

/**
 * memory.low of a share: protected memory, at most the tenant's own limit. Rounded down, so that the sum stays within
 * the house.
 * @param ownLimit bytes, null = none
 */
export const memoryLowOfShare = (share: number, houseMemory: number, ownLimit: number | null): number =>
  Math.floor(Math.min(share * houseMemory, ownLimit ?? Number.POSITIVE_INFINITY) / PAGE) * PAGE;
