// What of the host the values of limits depend on, and the arithmetic that both kernel generations share.

import type { Unenforceable } from '../../ports/cgroups.ts';

export interface ValueFacts {
  /** `major:minor` of the whole disk below the state folder, or null when it has none. */
  readonly device: string | null;
  readonly pageSize: number;
  readonly unenforceable: Unenforceable;
}

/** Period of the CPU quota: the kernel's default (cgroup-v2.rst, cpu.max). */
export const CPU_PERIOD_USEC = 100_000;

/** The kernel keeps memory limits in whole pages and rounds down (mm/page_counter.c page_counter_memparse). */
export const floorToPage = (bytes: number, pageSize: number): number => Math.floor(bytes / pageSize) * pageSize;
