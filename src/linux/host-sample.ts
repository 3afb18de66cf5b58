// Fast figures of the whole host: one pread(2) each of /proc/stat and /proc/meminfo, on descriptors that stay open.

import { closeSync } from 'node:fs';
import { problem } from '../domain/errors.ts';
import type { HostSample } from '../ports/host.ts';
import { openKernelFile } from './files.ts';
import { parseMeminfo } from './probe.ts';
import { readStart } from './syscalls.ts';

/** USER_HZ is 100 in the ABI of every architecture Node runs on (time(7)), so a tick is 10 ms. */
const TICK_USEC = 10_000;

/** The first line of /proc/stat is enough; with the largest counters it has 220 bytes. */
const STAT_BYTES = 256;
/** Two lines of 60 bytes (psi.rst). */
const PRESSURE_BYTES = 256;
/** MemTotal to SwapFree are the first sixteen lines of /proc/meminfo, of 28 bytes each (proc_meminfo(5)). */
const MEMINFO_BYTES = 640;

/**
 * Reads the line "cpu …" of /proc/stat. Stolen time is neither busy nor idle: it was not ours.
 *
 * Busy is what is left of the capacity. Idle time is measured to the microsecond where the kernel stops its tick
 * (CONFIG_NO_HZ), while user and system are guessed by who runs at a tick: groups that are throttled every 100 ms beat
 * with it (docs/kernel-notes.md).
 * @param capacityUsec all CPUs times the time since the start of the box
 */
export const parseStat = (
  text: string,
  capacityUsec: number,
): Pick<HostSample, 'busyUsec' | 'idleUsec' | 'iowaitUsec' | 'stolenUsec'> => {
  const fields = /^cpu +([\d ]+)/.exec(text)?.[1]?.trim().split(/ +/).map(Number) ?? [];
  const [idle = 0, iowait = 0, , , steal = 0] = fields.slice(3);
  const idleUsec = (idle + iowait) * TICK_USEC;
  const stolenUsec = steal * TICK_USEC;
  return {
    busyUsec: Math.max(0, capacityUsec - idleUsec - stolenUsec),
    idleUsec,
    iowaitUsec: iowait * TICK_USEC,
    stolenUsec,
  };
};

/** Totals of a pressure file in microseconds; null when the text has none (no PSI, or not this line). */
const parsePressure = (text: string): { readonly some: number | null; readonly full: number | null } => {
  const totalOf = (kind: RegExp): number | null => {
    const total = kind.exec(text)?.[1];
    return total === undefined ? null : Number(total);
  };
  return { some: totalOf(/^some .*total=(\d+)/m), full: totalOf(/^full .*total=(\d+)/m) };
};

/** hrtime is CLOCK_MONOTONIC, which begins with the box and is the same for all processes (clock_gettime(2)). */
const readUpMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

const openOrThrow = (path: string): number => {
  const fd = openKernelFile(path);
  if (fd === undefined) throw problem('KERNEL_READ', { path, errno: 'cannot be opened' });
  return fd;
};

export interface HostSampler {
  sample(atMs: number): HostSample;
  close(): void;
}

/**
 * @param cpus how many are online
 * @throws Problem KERNEL_READ when /proc is not mounted
 */
export const openHostSampler = (proc: string, cpus: number): HostSampler => {
  const stat = openOrThrow(`${proc}/stat`);
  const meminfo = openOrThrow(`${proc}/meminfo`);
  const pressures = (['cpu', 'memory', 'io'] as const).map((name) => openKernelFile(`${proc}/pressure/${name}`));
  const buffer = Buffer.alloc(Math.max(STAT_BYTES, MEMINFO_BYTES, PRESSURE_BYTES));
  const read = (fd: number, bytes: number): string =>
    buffer.toString('latin1', 0, readStart(fd, buffer.subarray(0, bytes)));
  return {
    sample: (atMs) => {
      const upMs = readUpMs();
      const cpu = parseStat(read(stat, STAT_BYTES), upMs * 1000 * cpus);
      const memory = parseMeminfo(read(meminfo, MEMINFO_BYTES));
      const waits = pressures.map((fd) => parsePressure(fd === undefined ? '' : read(fd, PRESSURE_BYTES)));
      return {
        at: atMs,
        upMs,
        ...cpu,
        memoryTotal: memory('MemTotal'),
        memoryAvailable: memory('MemAvailable'),
        swapUsed: Math.max(0, memory('SwapTotal') - memory('SwapFree')),
        memoryFullUsec: waits[1]?.full ?? null,
        cpuSomeUsec: waits[0]?.some ?? null,
        memorySomeUsec: waits[1]?.some ?? null,
        ioSomeUsec: waits[2]?.some ?? null,
      };
    },
    close: () => {
      closeSync(stat);
      closeSync(meminfo);
      for (const fd of pressures) if (fd !== undefined) closeSync(fd);
    },
  };
};
