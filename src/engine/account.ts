// One tenant's account between two batches: counters since the last one, and what gauges showed meanwhile.

import {
  advance,
  COUNTERS,
  type Counters,
  type Delta,
  elapsedMs,
  type Moment,
  OPTIONAL_COUNTERS,
  pickCounters,
  type Stored,
  startsAnew,
  ZERO_COUNTERS,
} from '../domain/accounting.ts';
import type { UsageRow } from '../domain/rollup.ts';
import type { Sample } from '../domain/usage.ts';

export interface Reading {
  readonly tenantId: string;
  /** Which cgroup of which run of the box. */
  readonly epoch: string;
  readonly sample: Sample;
}

/** A gauge stands for the time since it was read before; after a gap it does not stand for all of it. */
const MOST_WEIGHT_MS = 10_000;
/** Of the first one, a tick. */
const FIRST_WEIGHT_MS = 1000;

const addDeltas = (a: Delta | null, b: Delta): Delta => {
  if (a === null) return b;
  const sum: Record<string, number | null> = {};
  for (const key of COUNTERS) sum[key] = a[key] + b[key];
  for (const key of OPTIONAL_COUNTERS) {
    const [left, right] = [a[key], b[key]];
    sum[key] = left === null ? right : right === null ? left : left + right;
  }
  return sum as Delta;
};

export class Account {
  readonly #cpus: number;
  /** What the history has; null for a tenant it has never seen. */
  #base: Stored | null;
  #latest: Stored | null = null;
  #sample: Sample | null = null;
  /** Of epochs that ended since. */
  #ended: Delta | null = null;
  #weight = 0;
  #memory = 0;
  #cache = 0;
  #pids = 0;
  #memoryPeak = 0;
  #pidsPeak = 0;
  #cpuPeak = 0;

  constructor(base: Stored | null, cpus: number) {
    this.#base = base;
    this.#cpus = cpus;
  }

  /** Read since the last batch. */
  get isFresh(): boolean {
    return this.#weight > 0;
  }

  add({ epoch, sample }: Reading, moment: Moment): void {
    const counters = pickCounters(sample);
    const previous = this.#latest ?? this.#base;
    if (previous && startsAnew(previous, counters, epoch)) this.#endEpoch(epoch, moment);
    else if (this.#sample) this.#addPeak(sample, this.#sample);
    this.#latest = { epoch, ...moment, counters };
    this.#base ??= this.#latest;
    this.#addGauges(sample);
    this.#sample = sample;
  }

  /** What was used up to the last reading is kept; the new counters count from zero. */
  #endEpoch(epoch: string, moment: Moment): void {
    if (this.#latest && this.#base) this.#ended = addDeltas(this.#ended, this.#since(this.#base, this.#latest));
    const from = this.#latest ?? this.#base;
    // the new group's time began at most when the old one was last seen
    this.#base = { epoch, boot: from?.boot ?? moment.boot, up: from?.up ?? moment.up, counters: ZERO_COUNTERS };
  }

  #since(base: Stored, latest: Stored): Delta {
    return advance(base, latest.counters, latest.epoch, { cpus: this.#cpus, ms: elapsedMs(base, latest) });
  }

  #addPeak(sample: Sample, before: Sample): void {
    const ms = sample.at - before.at;
    if (ms > 0) this.#cpuPeak = Math.max(this.#cpuPeak, Math.round((sample.cpuUsec - before.cpuUsec) / ms));
  }

  #addGauges(sample: Sample): void {
    const ms = this.#sample ? sample.at - this.#sample.at : FIRST_WEIGHT_MS;
    const weight = Math.min(MOST_WEIGHT_MS, Math.max(1, ms));
    this.#weight += weight;
    this.#memory += sample.memory * weight;
    this.#cache += sample.memoryCache * weight;
    this.#pids += sample.pids * weight;
    this.#memoryPeak = Math.max(this.#memoryPeak, sample.memory);
    this.#pidsPeak = Math.max(this.#pidsPeak, sample.pids);
  }

  /**
   * @param intervalMs time since the last batch: a tenant that was started meanwhile was not there for longer
   * @returns undefined when nothing was read since
   */
  buildRow(intervalMs: number): { readonly row: Omit<UsageRow, 'at'>; readonly counters: Stored } | undefined {
    const [base, latest, sample] = [this.#base, this.#latest, this.#sample];
    if (!this.isFresh || !base || !latest || !sample) return undefined;
    const delta: Counters = addDeltas(this.#ended, this.#since(base, latest));
    const own = this.#ended ? intervalMs : elapsedMs(base, latest);
    const row = {
      ms: Math.round(Math.min(intervalMs, own)),
      ...delta,
      memory: Math.round(this.#memory / this.#weight),
      memoryCache: Math.round(this.#cache / this.#weight),
      pidsMilli: Math.round((this.#pids * 1000) / this.#weight),
      memoryPeak: this.#memoryPeak,
      pidsPeak: this.#pidsPeak,
      cpuPeak: this.#cpuPeak,
      swap: sample.swap,
      diskUsed: sample.disk?.used ?? null,
      diskSize: sample.disk?.size ?? null,
      inodesUsed: sample.disk?.inodesUsed ?? null,
      inodes: sample.disk?.inodes ?? null,
    };
    return { row, counters: latest };
  }

  /** The row is written. */
  settle(): void {
    if (this.#latest) this.#base = this.#latest;
    this.#ended = null;
    this.#weight = 0;
    this.#memory = 0;
    this.#cache = 0;
    this.#pids = 0;
    this.#memoryPeak = 0;
    this.#pidsPeak = 0;
    this.#cpuPeak = 0;
  }
}
