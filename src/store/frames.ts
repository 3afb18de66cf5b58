// Frames of ten seconds in few bytes: whole numbers as differences from the frame before. Deflate does the rest.

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { HouseFrame, TenantFrame } from '../domain/policy-types.ts';

const UPS = ['running', 'frozen', 'stopped'] as const satisfies readonly TenantFrame['up'][];
const NUMBERS = [
  'cpuUsec',
  'exemptUsec',
  'throttled',
  'memory',
  'memoryCache',
  'cpuPressure',
  'memoryPressure',
  'memoryFull',
  'ioPressure',
  'memoryMaxHits',
  'oomKills',
  'ioBytes',
  'egressBytes',
] as const satisfies readonly (keyof TenantFrame)[];
const HOUSE = ['at', 'dt', 'hostCpuUsec', 'memoryAvailable', 'memoryTotal', 'hostMemoryFull'] as const;

type Exhaustive<K extends PropertyKey, All extends PropertyKey> = [All] extends [K] ? true : never;
/** A field that is added to a frame must be stored, or a replay would differ. */
export const STORES_ALL: Exhaustive<(typeof NUMBERS)[number] | 'up', keyof TenantFrame> &
  Exhaustive<(typeof HOUSE)[number] | 'tenants', keyof HouseFrame> = true;

/** Fastest level: the differences leave little to find, and a tick waits for it. */
const LEVEL = 1;

/** Signed numbers up to 2^52 as groups of 7 bits, small ones first (zigzag, as in protocol buffers). */
class Writer {
  #bytes = new Uint8Array(4096);
  #length = 0;

  put(value: number): void {
    if (this.#length + 10 > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    let rest = value < 0 ? -value * 2 - 1 : value * 2;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    this.put(bytes.length);
    for (const byte of bytes) this.put(byte);
  }

  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) break;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  text(): string {
    return Buffer.from(Array.from({ length: this.take() }, () => this.take())).toString();
  }
}

/** Memory is counted by the page: bytes that are whole pages in all frames are written as pages. */
const PAGE_BYTES = 4096;

const namesOf = (frames: readonly HouseFrame[]): string[] => [
  ...new Set(frames.flatMap(({ tenants }) => Object.keys(tenants))),
];

/** 0 where the tenant has no frame. */
const upNumber = (frame: TenantFrame | undefined): number => (frame ? UPS.indexOf(frame.up) + 1 : 0);

/** Tenant by tenant, figure by figure, frame by frame: like stands beside like. */
export const encodeFrames = (frames: readonly HouseFrame[]): Uint8Array => {
  const out = new Writer();
  out.put(frames.length);
  for (const key of HOUSE) putSeries(out, frames, (frame) => frame[key]);
  const names = namesOf(frames);
  out.put(names.length);
  for (const name of names) {
    out.text(name);
    const own = frames.map(({ tenants }) => (Object.hasOwn(tenants, name) ? tenants[name] : undefined));
    for (const frame of own) out.put(upNumber(frame));
    const present = own.filter((frame) => frame !== undefined);
    for (const key of NUMBERS) putSeries(out, present, (frame) => frame[key]);
  }
  return deflateRawSync(out.done(), { level: LEVEL });
};

const putSeries = <T>(out: Writer, items: readonly T[], pick: (item: T) => number): void => {
  const unit = items.every((item) => pick(item) % PAGE_BYTES === 0) ? PAGE_BYTES : 1;
  out.put(unit);
  let last = 0;
  for (const item of items) {
    const value = pick(item) / unit;
    out.put(value - last);
    last = value;
  }
};

const takeSeries = (input: Reader, count: number): number[] => {
  const unit = input.take();
  let last = 0;
  return Array.from({ length: count }, () => {
    last += input.take();
    return last * unit;
  });
};

/** Written out: a replay of a week builds millions of these, and from entries they take five times as long. */
const buildTenantFrame = (up: number, figures: readonly number[][], i: number): TenantFrame => {
  const figure = (place: number): number => figures[place]?.[i] ?? 0;
  return {
    up: UPS[up - 1] ?? 'stopped',
    cpuUsec: figure(0),
    exemptUsec: figure(1),
    throttled: figure(2),
    memory: figure(3),
    memoryCache: figure(4),
    cpuPressure: figure(5),
    memoryPressure: figure(6),
    memoryFull: figure(7),
    ioPressure: figure(8),
    memoryMaxHits: figure(9),
    oomKills: figure(10),
    ioBytes: figure(11),
    egressBytes: figure(12),
  };
};

/** Inverse of encodeFrames. */
export const decodeFrames = (bytes: Uint8Array): HouseFrame[] => {
  const input = new Reader(inflateRawSync(bytes));
  const count = input.take();
  const [at, dt, hostCpuUsec, memoryAvailable, memoryTotal, hostMemoryFull] = HOUSE.map(() => takeSeries(input, count));
  const tenants = Array.from({ length: count }, (): Record<string, TenantFrame> => ({}));
  for (let left = input.take(); left > 0; left--) {
    const name = input.text();
    const ups = tenants.map(() => input.take());
    const present = ups.filter((up) => up > 0).length;
    const figures = NUMBERS.map(() => takeSeries(input, present));
    let next = 0;
    for (const [i, up] of ups.entries()) {
      const own = tenants[i];
      if (own && up > 0) own[name] = buildTenantFrame(up, figures, next++);
    }
  }
  return tenants.map((own, i) => ({
    at: at?.[i] ?? 0,
    dt: dt?.[i] ?? 0,
    hostCpuUsec: hostCpuUsec?.[i] ?? 0,
    memoryAvailable: memoryAvailable?.[i] ?? 0,
    memoryTotal: memoryTotal?.[i] ?? 0,
    hostMemoryFull: hostMemoryFull?.[i] ?? 0,
    tenants: own,
  }));
};
