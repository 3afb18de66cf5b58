// Whether the shares that were promised ever add up to more than the house, windows in time included.

import type { LocalMinute } from './calendar.ts';
import { allDays, type CronSets, formatMinute, matchesDay, readCron } from './cron.ts';
import { problem } from './errors.ts';
import type { Rules } from './rules.ts';

/** Sums of shares such as 1/3 + 1/3 + 1/3 may be above 1 by rounding. */
const ROUNDING = 1e-9;

/** Kinds of minutes looked at, times windows: some 0.1 s of work. Beyond it the highest share of each tenant counts. */
const MOST_WORK = 5_000_000;

type RulesOf = Readonly<Record<string, Pick<Rules, 'share' | 'windows' | 'windowsMode'>>>;

interface Owner {
  readonly name: string;
  readonly share: number;
}

/** A window that sets a share. */
interface Slot extends Owner {
  readonly sets: CronSets;
}

/**
 * Refuses shares that are more than the whole house: as they are, or in some minute of some window.
 * Equal parts of the rest (`auto`) promise nothing and are not counted.
 * @throws Problem SHARES_EXCEED
 */
export const checkShares = (rules: RulesOf): void => {
  const base = Object.entries(rules).flatMap(([name, { share }]) => (share === null ? [] : [{ name, share }]));
  refuseAbove(base, '');
  const slots = Object.entries(rules).flatMap(([name, rule]) => slotsOf(name, rule));
  const highest = takeHighest([...base, ...slots]);
  if (slots.length === 0 || sumOf(highest) <= 1 + ROUNDING) return;
  checkMinutes(base, slots, highest);
};

const slotsOf = (name: string, { windows, windowsMode }: RulesOf[string]): Slot[] =>
  windowsMode !== 'enforce'
    ? []
    : windows.flatMap(({ share, when }) => {
        const sets = readCron(when);
        return share === undefined || typeof sets === 'string' ? [] : [{ name, share, sets }];
      });

const sumOf = (owners: readonly Owner[]): number => owners.reduce((total, { share }) => total + share, 0);

const takeHighest = (owners: readonly Owner[]): Owner[] => {
  const highest = new Map<string, number>();
  for (const { name, share } of owners) highest.set(name, Math.max(share, highest.get(name) ?? 0));
  return [...highest].map(([name, share]) => ({ name, share }));
};

const refuseAbove = (owners: readonly Owner[], when: string): void => {
  const sum = sumOf(owners);
  if (sum <= 1 + ROUNDING) return;
  throw problem('SHARES_EXCEED', { sum: formatPercent(sum), when, owners: listOwners(owners) });
};

const formatPercent = (share: number): string => `${Number((share * 100).toFixed(1))}%`;

/** The largest first: those are the ones to lower. */
const listOwners = (owners: readonly Owner[]): string =>
  [...owners]
    .sort((a, b) => b.share - a.share)
    .slice(0, 5)
    .map(({ name, share }) => `${name} ${formatPercent(share)}`)
    .join(', ');

/** Minutes in which the same windows are in force are alike: one of each kind is looked at. */
const checkMinutes = (base: readonly Owner[], slots: readonly Slot[], highest: readonly Owner[]): void => {
  const days = pickKinds(allDays(), slots, ({ sets }, day) => matchesDay(sets, day));
  const hours = pickKinds([...Array(24).keys()], slots, ({ sets }, hour) => sets.hour[hour] === 1);
  const minutes = pickKinds([...Array(60).keys()], slots, ({ sets }, minute) => sets.minute[minute] === 1);
  if (days.length * hours.length * minutes.length * slots.length > MOST_WORK) {
    refuseAbove(highest, 'the highest of each: the windows are too many to add up minute by minute');
    return;
  }
  for (const day of days)
    for (const hour of hours) {
      const due = slots.filter(({ sets }) => matchesDay(sets, day) && sets.hour[hour] === 1);
      for (const minute of minutes) checkMinute(base, due, { ...day, hour, minute });
    }
};

const pickKinds = <T>(all: readonly T[], slots: readonly Slot[], matches: (slot: Slot, value: T) => boolean): T[] => {
  const kinds = new Map<string, T>();
  for (const value of all) {
    const kind = slots.map((slot) => (matches(slot, value) ? '1' : '0')).join('');
    if (!kinds.has(kind)) kinds.set(kind, value);
  }
  return [...kinds.values()];
};

const checkMinute = (base: readonly Owner[], due: readonly Slot[], at: LocalMinute): void => {
  const shares = new Map(base.map(({ name, share }) => [name, share]));
  for (const { name, share, sets } of due) if (sets.minute[at.minute] === 1) shares.set(name, share);
  refuseAbove(
    [...shares].map(([name, share]) => ({ name, share })),
    formatMinute(at),
  );
};
