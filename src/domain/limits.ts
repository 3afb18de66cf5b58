// The limits of one tenant: shape, defaults, and the check of each value.

import { problem } from './errors.ts';
import { formatBytes, formatCpu, formatCpuset, GiB, MiB, parseBytes, parseCpu, parseCpuset, TiB } from './units.ts';

/** Every limit in kernel-near units; null = no limit of its own. */
export interface Limits {
  /** Thousandths of a core: a hard cap (cpu.max, cpu.cfs_quota_us). */
  readonly cpu: number | null;
  /** 1-10000, 100 is normal (cpu.weight; v1 cpu.shares by the kernel's own mapping). */
  readonly cpuWeight: number;
  /** Bytes: hard cap (memory.max); memory.high is derived from it (domain/memory-high). */
  readonly memory: number | null;
  /** Bytes of swap on top of memory (memory.swap.max). */
  readonly swap: number;
  /** Bytes of the tenant's own disk image. */
  readonly disk: number;
  /** Processes and threads (pids.max). */
  readonly pids: number | null;
  /** Bytes per second on the state folder's device (io.max). */
  readonly ioRead: number | null;
  readonly ioWrite: number | null;
  /** CPU list in the kernel's spelling (cpuset.cpus), or null for all. */
  readonly cpuset: string | null;
}

/** Limits in force at this moment: what a person asked for, and what the scheduler adds meanwhile. */
export type LiveLimits = Limits & {
  /** Bytes that other tenants' need does not take (memory.low; v1 memory.soft_limit_in_bytes). Absent and 0: none. */
  readonly memoryLow?: number;
};

export type LimitName = keyof Limits;

export const DEFAULT_LIMITS: Limits = {
  cpu: null,
  cpuWeight: 100,
  memory: 512 * MiB,
  swap: 0,
  disk: 5 * GiB,
  pids: 512, // room for systemd and a few services; a fork bomb stops early
  ioRead: null,
  ioWrite: null,
  cpuset: null,
};

/** Bounds with their reasons. */
const MEMORY_MIN = 16 * MiB; // below it not even the minimal template's shell and LXC's attach fit
const DISK_MIN = 32 * MiB; // ext4 with a journal and room for /etc, /var
const DISK_MAX = 16 * TiB; // ext4 file size limit with 4 KiB blocks (ext4(5))
const MEMORY_MAX = 64 * TiB;
const PIDS_MIN = 16; // init, attach, a shell and a pipe
const PIDS_MAX = 4194304; // pid_max of 64-bit kernels (proc(5))
const IO_MIN = 64 * 1024;
const IO_MAX = TiB;

/** What a person types: the keys of the command line and of tenants/*.yaml. */
export interface LimitsInput {
  readonly cpu?: string | number | null | undefined;
  readonly cpuWeight?: string | number | undefined;
  readonly memory?: string | number | null | undefined;
  readonly swap?: string | number | undefined;
  readonly disk?: string | number | undefined;
  readonly pids?: string | number | null | undefined;
  readonly ioRead?: string | number | null | undefined;
  readonly ioWrite?: string | number | null | undefined;
  readonly cpuset?: string | number | null | undefined;
}

const bytesWithin =
  (field: string, min: number, max: number, example: string) =>
  (value: string | number | null): number => {
    const bytes = parseBytes(value ?? 'null', field);
    if (bytes < min || bytes > max) {
      throw problem('SIZE_RANGE', { field, value, min: formatBytes(min), max: formatBytes(max), example });
    }
    return bytes;
  };

const wholeWithin =
  (field: string, min: number, max: number, example: number) =>
  (value: string | number | null): number => {
    const n = /^\d{1,9}$/.test(String(value).trim()) ? Number(value) : Number.NaN;
    if (!(n >= min && n <= max)) throw problem('NUMBER_RANGE', { field, value, min, max, example });
    return n;
  };

/** `max`, `none` and null lift a limit. */
const orNone =
  <T>(read: (value: string | number) => T) =>
  (value: string | number | null): T | null =>
    value === null || value === 'max' || value === 'none' ? null : read(value);

const READERS: { readonly [K in LimitName]: (value: string | number | null) => Limits[K] } = {
  cpu: orNone(parseCpu),
  cpuWeight: wholeWithin('cpu-weight', 1, 10000, 100),
  memory: orNone(bytesWithin('memory', MEMORY_MIN, MEMORY_MAX, '512M')),
  swap: bytesWithin('swap', 0, MEMORY_MAX, '0'),
  disk: bytesWithin('disk', DISK_MIN, DISK_MAX, '5G'),
  pids: orNone(wholeWithin('pids', PIDS_MIN, PIDS_MAX, 512)),
  ioRead: orNone(bytesWithin('io-read', IO_MIN, IO_MAX, '50M')),
  ioWrite: orNone(bytesWithin('io-write', IO_MIN, IO_MAX, '50M')),
  cpuset: orNone((value) => formatCpuset(parseCpuset(String(value)))),
};

/**
 * Reads typed values over a base (the defaults at `add`, the present limits at `set`).
 * @throws Problem SIZE_INVALID, SIZE_RANGE, NUMBER_RANGE, CPU_INVALID, CPUSET_INVALID
 */
export const parseLimits = (input: LimitsInput, base: Limits = DEFAULT_LIMITS): Limits => {
  const limits: Record<string, unknown> = { ...base };
  for (const [key, read] of Object.entries(READERS)) {
    const value = input[key as LimitName];
    if (value !== undefined) limits[key] = read(value);
  }
  return limits as unknown as Limits;
};

/** Names as typed on the command line. */
export const LIMIT_FLAGS: { readonly [K in LimitName]: string } = {
  cpu: 'cpu',
  cpuWeight: 'cpu-weight',
  memory: 'memory',
  swap: 'swap',
  disk: 'disk',
  pids: 'pids',
  ioRead: 'io-read',
  ioWrite: 'io-write',
  cpuset: 'cpuset',
};

/** One limit as people write it: "1.5", "512M", "max". */
export const formatLimit = (name: LimitName, limits: Limits): string => {
  const value = limits[name];
  if (value === null) return 'max';
  if (name === 'cpu') return formatCpu(value as number);
  if (name === 'cpuset' || name === 'pids' || name === 'cpuWeight') return String(value);
  return formatBytes(value as number);
};

/** Names of the limits that differ. */
export const diffLimits = (a: Limits, b: Limits): LimitName[] =>
  (Object.keys(READERS) as LimitName[]).filter((name) => a[name] !== b[name]);
