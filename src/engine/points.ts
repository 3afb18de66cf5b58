// The last 15 minutes of one tenant, packed: as objects a thousand tenants would take half a gigabyte.

import type { Usage } from '../domain/usage.ts';

/** 15 minutes at one sample a second. */
export const KEPT_POINTS = 900;

export interface Point {
  /** Wall milliseconds, whole seconds. */
  readonly at: number;
  readonly usage: Usage;
}

/** What is kept as a single-precision number: 7 digits are more than a graph shows. */
const FLOATS = [
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
const WIDTH = FLOATS.length + PRESSURES.length + DISK.length;
/** A tenant that lives for a minute does not take the room of one that lives for an hour. */
const FIRST_CAPACITY = 60;

const pack = (usage: Usage): number[] => [
  ...FLOATS.map((key) => usage[key] ?? Number.NaN),
  ...PRESSURES.map((key) => usage.pressure?.[key] ?? Number.NaN),
  ...DISK.map((key) => usage.disk?.[key] ?? Number.NaN),
];

const pick = <K extends string>(keys: readonly K[], values: Float32Array): { [P in K]: number } =>
  Object.fromEntries(keys.map((key, i) => [key, values[i] ?? 0])) as { [P in K]: number };

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

const unpack = (values: Float32Array): Usage => {
  const pressure = values.subarray(FLOATS.length, FLOATS.length + PRESSURES.length);
  const disk = values.subarray(FLOATS.length + PRESSURES.length);
  const flat = pick(FLOATS, values);
  return {
    ...flat,
    swap: orNull(flat.swap),
    netRxBps: orNull(flat.netRxBps),
    netTxBps: orNull(flat.netTxBps),
    pressure: Number.isNaN(pressure[0]) ? null : pick(PRESSURES, pressure),
    disk: Number.isNaN(disk[0]) ? null : pick(DISK, disk),
  };
};

/** A ring; the oldest point goes when a new one comes. */
export class Points {
  #times = new Uint32Array(FIRST_CAPACITY);
  #values = new Float32Array(FIRST_CAPACITY * WIDTH);
  #next = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(atMs: number, usage: Usage): void {
    if (this.#length === this.#times.length && this.#length < KEPT_POINTS) this.#grow();
    this.#times[this.#next] = Math.floor(atMs / 1000);
    this.#values.set(pack(usage), this.#next * WIDTH);
    this.#next = (this.#next + 1) % this.#times.length;
    this.#length = Math.min(this.#length + 1, this.#times.length);
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
    const values = new Float32Array(capacity * WIDTH);
    times.set(this.#times);
    values.set(this.#values);
    this.#times = times;
    this.#values = values;
    this.#next = this.#length;
  }
}
