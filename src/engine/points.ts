// The last 15 minutes of one tenant, packed: as objects a thousand tenants would take half a gigabyte.

import type { Usage } from '../domain/usage.ts';

/** 15 minutes at one sample a second. */
export const KEPT_POINTS = 900;

export interface Point {
  /** Wall milliseconds, whole seconds. */
  readonly at: number;
  readonly usage: Usage;
}

const FLAT = [
  'seconds',
  'cpu',
  'throttledShare',
  'memory',
  'memoryCache',
  'swap',
  'pids',
  'ioReadBps',
  'ioWriteBps',
  'netRxBps',
  'netTxBps',
  'oomKills',
  'memoryMaxHits',
  'forksRefused',
  'throttledPeriods',
] as const satisfies readonly (keyof Usage)[];
const PRESSURES = ['cpu', 'memory', 'io'] as const;
const DISK = ['used', 'size', 'inodesUsed', 'inodes'] as const;
const WIDTH = FLAT.length + PRESSURES.length + DISK.length;
/** A tenant that lives for a minute does not take the room of one that lives for an hour. */
const FIRST_CAPACITY = 60;

/**
 * Each figure takes 16 bits: 6 of exponent, 10 of fraction, no sign. That is within 1/2000 of what was measured, finer
 * than a graph shows; whole numbers up to 2048 are exact. As floats a thousand tenants would take twice as much.
 */
const UNSAID = 0xffff;
const FRACTION_BITS = 10;
/** The lowest exponent, below which all is nothing: 4 millionths; the highest is 45, some 70 TB. */
const LOWEST = -18;
/** The same in single precision (IEEE 754: bias 127, 23 bits of fraction), of which these 16 bits are the middle. */
const SHIFT = 23 - FRACTION_BITS;
const BASE = (127 + LOWEST) << FRACTION_BITS;
const ROUND = 1 << (SHIFT - 1);
const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

const encode = (value: number | null | undefined): number => {
  if (value === null || value === undefined) return UNSAID;
  single[0] = value;
  return Math.min(UNSAID - 1, Math.max(0, (((bits[0] ?? 0) + ROUND) >>> SHIFT) - BASE));
};

const decode = (code: number): number => {
  if (code === 0) return 0;
  bits[0] = (code + BASE) << SHIFT;
  return single[0] ?? 0;
};

const pick = <K extends string>(keys: readonly K[], values: Uint16Array): { [P in K]: number } =>
  Object.fromEntries(keys.map((key, i) => [key, decode(values[i] ?? 0)])) as { [P in K]: number };

const orNull = (values: Uint16Array, key: (typeof FLAT)[number], value: number): number | null =>
  values[FLAT.indexOf(key)] === UNSAID ? null : value;

const unpack = (values: Uint16Array): Usage => {
  const pressure = values.subarray(FLAT.length, FLAT.length + PRESSURES.length);
  const disk = values.subarray(FLAT.length + PRESSURES.length);
  const flat = pick(FLAT, values);
  return {
    ...flat,
    swap: orNull(values, 'swap', flat.swap),
    netRxBps: orNull(values, 'netRxBps', flat.netRxBps),
    netTxBps: orNull(values, 'netTxBps', flat.netTxBps),
    pressure: pressure[0] === UNSAID ? null : pick(PRESSURES, pressure),
    disk: disk[0] === UNSAID ? null : pick(DISK, disk),
  };
};

/** A ring; the oldest point goes when a new one comes. */
export class Points {
  #times = new Uint32Array(FIRST_CAPACITY);
  #values = new Uint16Array(FIRST_CAPACITY * WIDTH);
  #next = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(atMs: number, usage: Usage): void {
    if (this.#length === this.#times.length && this.#length < KEPT_POINTS) this.#grow();
    this.#times[this.#next] = Math.floor(atMs / 1000);
    this.#pack(usage, this.#next * WIDTH);
    this.#next = (this.#next + 1) % this.#times.length;
    this.#length = Math.min(this.#length + 1, this.#times.length);
  }

  /** Without an array on the way: once a second for each tenant. */
  #pack(usage: Usage, from: number): void {
    let at = from;
    for (const key of FLAT) this.#values[at++] = encode(usage[key]);
    for (const key of PRESSURES) this.#values[at++] = encode(usage.pressure?.[key]);
    for (const key of DISK) this.#values[at++] = encode(usage.disk?.[key]);
  }

  /** Oldest first. */
  list(): Point[] {
    const capacity = this.#times.length;
    return Array.from({ length: this.#length }, (_, i) => {
      const slot = (this.#next - this.#length + i + capacity) % capacity;
      return {
        at: (this.#times[slot] ?? 0) * 1000,
        usage: unpack(this.#values.subarray(slot * WIDTH, (slot + 1) * WIDTH)),
      };
    });
  }

  /** Only while it has not wrapped: every ring shorter than the longest is full exactly once. */
  #grow(): void {
    const capacity = Math.min(KEPT_POINTS, this.#times.length * 4);
    const times = new Uint32Array(capacity);
    const values = new Uint16Array(capacity * WIDTH);
    times.set(this.#times);
    values.set(this.#values);
    this.#times = times;
    this.#values = values;
    this.#next = this.#length;
  }
}
