// The table of `tenantctl credits show`. Pure.

import type { SchedulingView } from '../../api/scheduler-contract.ts';
import { shownCredits } from '../../domain/credits.ts';
import { formatCpu } from '../../domain/units.ts';
import type { Paint } from './style.ts';
import { type Column, renderTable } from './table.ts';
import { type Clock, formatMoment } from './times.ts';

export interface Bank {
  readonly name: string;
  readonly credits: NonNullable<SchedulingView['credits']>;
}

const tenth = (value: number): string => value.toFixed(1);

const buildColumns = (clock: Clock): readonly Column<Bank>[] => [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'CREDITS', right: true, cell: ({ credits }) => tenth(shownCredits(credits.balance)) },
  { title: 'MOST', right: true, cell: ({ credits }) => tenth(credits.most) },
  // thousandths of a core, an hour long, in minutes of a core
  { title: 'EARNS/h', right: true, cell: ({ credits }) => tenth((credits.baseline * 60) / 1000) },
  { title: 'BASELINE', right: true, priority: 3, cell: ({ credits }) => formatCpu(credits.baseline) },
  { title: 'BURST', right: true, priority: 2, cell: ({ credits }) => formatCpu(credits.burst) },
  {
    title: 'FORECAST',
    cell: ({ credits: { emptyAt } }) =>
      emptyAt === null ? 'does not fall' : { text: `empty ${formatMoment(emptyAt, clock)}`, tone: 'warn' },
  },
];

export const renderBanks = (
  banks: readonly Bank[],
  options: Clock & { readonly width: number; readonly paint: Paint },
): string => renderTable(buildColumns(options), banks, options);
