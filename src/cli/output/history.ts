// Rows of the longer history as a table. Pure.

import type { SeriesRow } from '../../api/scheduler-contract.ts';
import { formatBytes } from '../../domain/units.ts';
import { cpuUse, percent, UNKNOWN } from './cells.ts';
import type { Paint } from './style.ts';
import { type Column, renderTable } from './table.ts';
import { type Clock, formatLocal } from './times.ts';

/** What was not measured is never shown as 0. */
const known = (value: number | null, format: (value: number) => string): string =>
  value === null ? UNKNOWN : format(value);

const pressureText = ({ pressureCpu, pressureMemory, pressureIo }: SeriesRow): string =>
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

export const renderHistory = (
  rows: readonly SeriesRow[],
  options: Clock & { readonly width: number; readonly paint: Paint },
): string => renderTable(buildColumns(options), rows, options);
