// The longer history on the wire: rows of a tenant and of the host, as rates, averages and peaks.

import * as z from 'zod';

/** One row of the longer history: sums of the interval, averages and peaks. */
export const seriesRowSchema = z.strictObject({
  at: z.string(),
  seconds: z.number(),
  /** Thousandths of a core, average. */
  cpu: z.number(),
  /** Parts of it. */
  cpuUser: z.number(),
  cpuSystem: z.number(),
  /** Of the periods of its CPU limit. */
  throttledShare: z.number(),
  /** Without file pages that can go; those are the cache. */
  memory: z.number(),
  memoryPeak: z.number(),
  memoryCache: z.number(),
  swap: z.number().nullable(),
  pids: z.number(),
  ioReadBps: z.number(),
  ioWriteBps: z.number(),
  /** Operations a second. */
  ioReadOps: z.number(),
  ioWriteOps: z.number(),
  netRxBps: z.number().nullable(),
  netTxBps: z.number().nullable(),
  diskUsed: z.number().nullable(),
  diskSize: z.number().nullable(),
  inodesUsed: z.number().nullable(),
  inodes: z.number().nullable(),
  pressureCpu: z.number().nullable(),
  pressureMemory: z.number().nullable(),
  pressureIo: z.number().nullable(),
  /** Times a limit said no, by the kernel's counters: all, and by resource. */
  faults: z.number(),
  faultsCpu: z.number(),
  faultsMemory: z.number(),
  faultsPids: z.number(),
});

/**
 * Where the time of all CPUs went, thousandths of a core on average: tenants + system + idle = capacity.
 */
export const hostSeriesRowSchema = z.strictObject({
  at: z.string(),
  seconds: z.number(),
  capacity: z.number(),
  tenants: z.number(),
  /** The host's own processes, the kernel, and what the hypervisor gave to others. */
  system: z.number(),
  idle: z.number(),
  /** Parts of idle and of system. */
  iowait: z.number(),
  stolen: z.number(),
  memoryTotal: z.number(),
  memoryUsed: z.number(),
  memoryUsedPeak: z.number(),
  swapUsed: z.number(),
  /** The file system of the state folder. */
  diskUsed: z.number(),
  diskSize: z.number(),
  /** Of that file system; null where it keeps no count of them. */
  inodesUsed: z.number().nullable(),
  inodes: z.number().nullable(),
  /** All tasks, threads and those of the kernel too: the most of one look each ten seconds. Here and below null = not known. */
  pidsPeak: z.number().nullable(),
  /** Bytes and operations a second of the host's disks, what stands on them (loop, dm, md) not counted again. */
  ioReadBps: z.number().nullable(),
  ioWriteBps: z.number().nullable(),
  ioReadOps: z.number().nullable(),
  ioWriteOps: z.number().nullable(),
  /** Bytes a second of its links to the outside. */
  netRxBps: z.number().nullable(),
  netTxBps: z.number().nullable(),
  /** Processes killed for want of memory, in tenants and beside them. */
  oomKills: z.number().nullable(),
  /** Share of the time in which some task of the host waited; null without PSI. */
  pressureCpu: z.number().nullable(),
  pressureMemory: z.number().nullable(),
  pressureIo: z.number().nullable(),
});

/** GET /v1/host/series?from=ISO&to=ISO&step=10|60|3600 */
export const hostSeriesSchema = z.strictObject({ step: z.number(), rows: z.array(hostSeriesRowSchema) });

/** GET /v1/tenants/NAME/series?from=ISO&to=ISO&step=10|60|3600 */
export const seriesSchema = z.strictObject({ name: z.string(), step: z.number(), rows: z.array(seriesRowSchema) });

export type HostSeriesRow = z.infer<typeof hostSeriesRowSchema>;
export type HostSeriesView = z.infer<typeof hostSeriesSchema>;
export type SeriesRow = z.infer<typeof seriesRowSchema>;
export type SeriesView = z.infer<typeof seriesSchema>;
