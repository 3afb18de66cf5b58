// Tenants for the simulation: ordinary ones, and some that know the rules and stay just under each threshold.

import type { Effective } from '../../src/domain/policy-types.ts';
import type { Rules } from '../../src/domain/rules.ts';
import { GiB, MiB } from '../../src/domain/units.ts';
import type { Demand } from './house-model.ts';

/** Numbers in 0..1 from a seed (mulberry32, public domain): the same on every machine. */
export const seedRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

export interface Moment {
  readonly second: number;
  /** Thousandths of a core it owns. */
  readonly owned: number;
  /** What holds it: an adversary looks. */
  readonly effective: Effective;
}

export interface Load {
  readonly rules: Partial<Rules>;
  readonly want: (moment: Moment) => Demand;
}

export const LOAD_KINDS = [
  'steady',
  'bursty',
  'waker',
  'flaps-at-share',
  'flaps-with-cap',
  'flaps-at-budget',
  'flaps-at-stall',
  'fork-storm',
  'greedy',
  'windowed',
] as const;
export type LoadKind = (typeof LOAD_KINDS)[number];

/** A waker sleeps so long, then wants twice its share. */
export const WAKES_AT = 60;

const cpu = (amount: number, over: Partial<Demand> = {}): Demand => ({
  ...{ cpu: amount, exempt: 0, memory: 64 * MiB, memoryFull: 0 },
  ...over,
});

/** Something else every few seconds, of random length. */
const toggle = (random: () => number, seconds: number): ((second: number) => boolean) => {
  let until = 0;
  let on = false;
  return (second) => {
    if (second < until) return on;
    until = second + 1 + Math.floor(random() * seconds);
    on = !on;
    return on;
  };
};

/** Burns while its cap is high, rests while it is low: what turns back at once would never end. */
const flapWithCap = (): Load['want'] => {
  let burns = false;
  let before: number | null = null;
  return ({ effective, owned }) => {
    const cap = effective.cpu;
    if (cap !== null && before !== null && cap !== before) burns = cap > before;
    before = cap;
    return cpu(burns ? owned * 4 : 0);
  };
};

const CREDITS = { baseline: 20, burst: 200 };
/** A burst that is little more than the baseline: a step of the cap is earned in seconds. */
const TIGHT_CREDITS = { baseline: 80, burst: 100 };
const score = { scoreMode: 'enforce' } as const;

export const openLoad = (kind: LoadKind, random: () => number): Load => {
  const part = 0.3 + random();
  const isOn = toggle(random, 90);
  switch (kind) {
    case 'steady':
      return { rules: score, want: ({ owned }) => cpu(owned * part) };
    case 'bursty':
      return { rules: { ...score, credits: CREDITS }, want: ({ second, owned }) => cpu(isOn(second) ? owned * 3 : 0) };
    case 'waker':
      return { rules: score, want: ({ second, owned }) => cpu(second < WAKES_AT ? 0 : owned * 2) };
    case 'flaps-at-share':
      return { rules: score, want: ({ second, owned }) => cpu(owned * (second % 2 === 0 ? 1.06 : 1.04)) };
    case 'flaps-with-cap':
      return { rules: { credits: TIGHT_CREDITS }, want: flapWithCap() };
    case 'flaps-at-budget': {
      const budgetCpu = { amount: 60_000_000, period: 'day' } as const;
      return { rules: { budgetCpu }, want: ({ second }) => cpu(second % 61 < 30 ? 100 : 0) };
    }
    case 'flaps-at-stall':
      return { rules: {}, want: ({ second }) => cpu(10, { memory: GiB, memoryFull: second % 30 < 17 ? 900 : 0 }) };
    case 'fork-storm':
      return { rules: { ...score, ladderEnd: 'stop' }, want: ({ owned }) => cpu(owned * 8, { exempt: 1 }) };
    case 'greedy':
      return { rules: { ...score, ladderEnd: 'stop' }, want: ({ owned }) => cpu(owned * 8) };
    case 'windowed': {
      const windows = [{ name: 'tenth', when: '*/10 * * * *', cpu: 50 }];
      return { rules: { windows }, want: ({ owned }) => cpu(owned * part) };
    }
  }
};
