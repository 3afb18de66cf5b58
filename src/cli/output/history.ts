// Rows of the longer history as a table. Pure.

import type { HostSeriesRow, SeriesRow } from '../../api/series-contract.ts';
import { formatBytes } from '../../domain/units.ts';
import { cpuUse, percent, UNKNOWN } from './cells.ts';
import type { Paint } from './style.ts';
import { type Column, renderTable } from './table.ts';
import { type Clock, formatLocal } from './times.ts';

/** What was not measured is never shown as 0. */
const known = (value: number | null, format: (value: number) => string): string =>
  value === null ? UNKNOWN : format(value);

type Waits = Pick<SeriesRow, 'pressureCpu' | 'pressureMemory' | 'pressureIo'>;

const pressureText = ({ pressureCpu, pressureMemory, pressureIo }: Waits): string =>
  [pressureCpu, pressureMemory, pressureIo].map((value) => known(value, percent)).join('/');

const buildColumns = (clock: Clock): readonly Column<SeriesRow>[] => [
  { title: 'FROM', cell: ({ at }) => formatLocal(at, clock) },
  { title: 'CPU', right: true, cell: ({ cpu }) => cpuUse(cpu) },
  { title: 'THR%', right: true, priority: 3, cell: ({ throttledShare }) => percent(throttledShare) },
  { title: 'MEMORY', right: true, cell: ({ memory }) => formatBytes(memory) },
  { title: 'PEAK', right: true, priority: 4, cell: ({ memoryPeak }) => formatBytes(memoryPeak) },
  { title: 'PIDS', right: true, priority: 7, cell: ({ pids }) => String(Math.round(pids)) },
  { title: 'READ/s', right: true, priority: 5, cell: ({ ioReadBps }) => formatBytes(ioReadBps) },
  { title: 'WRITE/s', right: true, priority: 5, cell: ({ ioWriteBps }) => formatBytes(ioWriteBps) },
  { title: 'IN/s', right: true, priority: 8, cell: ({ netRxBps }) => known(netRxBps, formatBytes) },
  { title: 'OUT/s', right: true, priority: 8, cell: ({ netTxBps }) => known(netTxBps, formatBytes) },
  { title: 'DISK', right: true, priority: 6, cell: ({ diskUsed }) => known(diskUsed, formatBytes) },
  { title: 'WAIT c/m/i', right: true, priority: 7, cell: pressureText },
  { title: 'FAULTS', right: true, priority: 2, cell: ({ faults }) => String(faults) },
];

/** Where the time of all CPUs went, and what the whole host used: what all tenants together used is one part of it. */
const buildHostColumns = (clock: Clock): readonly Column<HostSeriesRow>[] => [
  { title: 'FROM', cell: ({ at }) => formatLocal(at, clock) },
  { title: 'TENANTS', right: true, cell: ({ tenants }) => cpuUse(tenants) },
  { title: 'SYSTEM', right: true, cell: ({ system }) => cpuUse(system) },
  { title: 'IDLE', right: true, cell: ({ idle }) => cpuUse(idle) },
  { title: 'OF', right: true, priority: 3, cell: ({ capacity }) => cpuUse(capacity) },
  { title: 'STOLEN', right: true, priority: 7, cell: ({ stolen }) => cpuUse(stolen) },
  { title: 'MEMORY', right: true, cell: ({ memoryUsed }) => formatBytes(memoryUsed) },
  { title: 'PEAK', right: true, priority: 4, cell: ({ memoryUsedPeak }) => formatBytes(memoryUsedPeak) },
  { title: 'SWAP', right: true, priority: 6, cell: ({ swapUsed }) => formatBytes(swapUsed) },
  { title: 'DISK', right: true, priority: 5, cell: ({ diskUsed, diskSize }) => diskText(diskUsed, diskSize) },
  { title: 'PIDS', right: true, priority: 8, cell: ({ pidsPeak }) => known(pidsPeak, String) },
  { title: 'READ/s', right: true, priority: 8, cell: ({ ioReadBps }) => known(ioReadBps, formatBytes) },
  { title: 'WRITE/s', right: true, priority: 8, cell: ({ ioWriteBps }) => known(ioWriteBps, formatBytes) },
  { title: 'IN/s', right: true, priority: 9, cell: ({ netRxBps }) => known(netRxBps, formatBytes) },
  { title: 'OUT/s', right: true, priority: 9, cell: ({ netTxBps }) => known(netTxBps, formatBytes) },
  { title: 'WAIT c/m/i', right: true, priority: 5, cell: pressureText },
  { title: 'OOM', right: true, priority: 7, cell: ({ oomKills }) => known(oomKills, String) },
];

const diskText = (used: number, size: number): string => `${formatBytes(used)}/${formatBytes(size)}`;

/** What a table needs to know of the terminal. */
export type Look = Clock & { readonly width: number; readonly paint: Paint };

export const renderHistory = (rows: readonly SeriesRow[], look: Look): string =>
  renderTable(buildColumns(look), rows, look);

export const renderHostHistory = (rows: readonly HostSeriesRow[], look: Look): string =>
  renderTable(buildHostColumns(look), rows, look);
