// The columns of the list: data. Order is that of the screen; the smallest priority stays longest when it is narrow.

import type { TenantState, TenantView } from '../api/contract.ts';
import type { Glyphs } from './theme.ts';
import { BAD_AT, bytesText, rateText, shareText, WARN_AT } from './view-model/figures.ts';
import { bar, sparkline } from './view-model/graph.ts';
import { limitInForce } from './view-model/in-force.ts';
import { type Span, span, type Tone } from './view-model/lines.ts';
import {
  badge,
  coresText,
  faultCount,
  faultText,
  leftShare,
  leftText,
  memoryText,
  type Row,
} from './view-model/tenant-row.ts';

export interface Column {
  readonly id: string;
  readonly title: string;
  readonly width: number;
  /** Takes what is left of the line, up to so many cells. */
  readonly grow?: number;
  readonly right?: boolean;
  readonly priority: number;
  /** Left out while it would be empty in every row. */
  readonly sparse?: boolean;
  /** What rows are sorted by; largest first. Absent: no sorting by it. */
  readonly value?: (row: Row) => number | string;
  readonly cell: (row: Row, glyphs: Glyphs, width: number) => Span;
  /** For the help and the menu of sorting. */
  readonly help: string;
}

const STATES: { readonly [K in TenantState]: { glyph: keyof Glyphs['state']; tone: Tone | undefined } } = {
  creating: { glyph: 'move', tone: 'warn' },
  starting: { glyph: 'move', tone: 'warn' },
  running: { glyph: 'run', tone: 'good' },
  frozen: { glyph: 'hold', tone: 'cold' },
  stopping: { glyph: 'move', tone: 'warn' },
  stopped: { glyph: 'stop', tone: 'quiet' },
  restarting: { glyph: 'move', tone: 'warn' },
  failed: { glyph: 'fail', tone: 'bad' },
  deleting: { glyph: 'move', tone: 'warn' },
};

export const stateSpan = ({ state }: Pick<TenantView, 'state'>, glyphs: Glyphs): Span =>
  span(`${glyphs.state[STATES[state].glyph]} ${state}`, STATES[state].tone);

const toneOf = (share: number | undefined): Tone | undefined =>
  share === undefined ? undefined : share >= BAD_AT ? 'bad' : share >= WARN_AT ? 'warn' : undefined;

export const shareSpan = (share: number | undefined, glyphs: Glyphs): Span =>
  share === undefined || !Number.isFinite(share) ? span(glyphs.unknown) : span(shareText(share), toneOf(share));

const UNKNOWN_LAST = -1;

/** Without a limit nothing is ever throttled: there is no figure to show. */
const throttled = ({ tenant }: Row): number | undefined =>
  limitInForce(tenant, 'cpu').cap === null ? undefined : tenant.usage?.throttledShare;

const pair = (a: number | null | undefined, b: number | null | undefined, { unknown }: Glyphs): string =>
  a === undefined || a === null ? unknown : `${bytesText(a)}/${rateText(b, unknown)}`;

const diskShare = ({ tenant: { usage } }: Row): number =>
  usage?.disk && usage.disk.size > 0 ? usage.disk.used / usage.disk.size : UNKNOWN_LAST;

const pressureText = ({ usage }: TenantView, { unknown }: Glyphs): string =>
  usage?.pressure
    ? [usage.pressure.cpu, usage.pressure.memory, usage.pressure.io].map((part) => Math.round(part * 100)).join('/')
    : unknown;

const daysText = (days: number | undefined): string =>
  days === undefined ? '' : days < 1 ? '<1d' : `${Math.round(days)}d`;

export const COLUMNS: readonly Column[] = [
  {
    id: 'name',
    title: 'NAME',
    width: 10,
    grow: 20,
    priority: 1,
    value: ({ tenant }) => tenant.name,
    cell: ({ tenant }) => span(tenant.name),
    help: 'the tenant',
  },
  {
    id: 'state',
    title: 'STATE',
    width: 10,
    priority: 2,
    value: ({ tenant }) => tenant.state,
    cell: ({ tenant, past }, glyphs) =>
      past ? span(tenant.usage === null ? glyphs.unknown : 'ran', 'quiet') : stateSpan(tenant, glyphs),
    help: 'what it does; the reason stands below the list',
  },
  {
    id: 'cpu',
    title: 'CPU%',
    width: 5,
    right: true,
    priority: 1,
    value: ({ cpuShare }) => cpuShare ?? UNKNOWN_LAST,
    cell: ({ cpuShare }, glyphs) => shareSpan(cpuShare, glyphs),
    help: 'CPU of its limit in force, of the house where it has none; % shows it of the machine',
  },
  {
    id: 'cpu-bar',
    title: '',
    width: 8,
    priority: 5,
    cell: ({ cpuShare }, glyphs, width) => span(bar(cpuShare, width, glyphs), toneOf(cpuShare)),
    help: 'the same as a bar',
  },
  {
    id: 'throttled',
    title: 'THR%',
    width: 5,
    right: true,
    priority: 2,
    value: (row) => throttled(row) ?? UNKNOWN_LAST,
    cell: (row, glyphs) => shareSpan(throttled(row), glyphs),
    help: 'periods in which the kernel made it wait for its limit',
  },
  {
    id: 'cores',
    title: 'CORES',
    width: 10,
    right: true,
    priority: 6,
    value: ({ tenant }) => tenant.usage?.cpu ?? UNKNOWN_LAST,
    cell: ({ tenant }, glyphs) => span(coresText(tenant, glyphs)),
    help: 'cores in use, and the limit in force; an arrow where a rule put it below or above the own one',
  },
  {
    id: 'memory-bar',
    title: 'MEM',
    width: 6,
    priority: 9,
    value: ({ memoryShare }) => memoryShare ?? UNKNOWN_LAST,
    cell: ({ memoryShare }, glyphs, width) => span(bar(memoryShare, width, glyphs), toneOf(memoryShare)),
    help: 'memory of its limit as a bar',
  },
  {
    id: 'memory',
    title: 'MEMORY',
    width: 10,
    right: true,
    priority: 1,
    value: ({ tenant }) => tenant.usage?.memory ?? UNKNOWN_LAST,
    cell: ({ tenant, memoryShare }, glyphs) => span(memoryText(tenant, glyphs), toneOf(memoryShare)),
    help: 'memory in use without what the kernel can drop, and the limit',
  },
  {
    id: 'swap',
    title: 'SWAP',
    width: 5,
    right: true,
    priority: 15,
    value: ({ tenant }) => tenant.usage?.swap ?? UNKNOWN_LAST,
    cell: ({ tenant }, { unknown }) => span(rateText(tenant.usage?.swap, unknown)),
    help: 'swap in use',
  },
  {
    id: 'pids',
    title: 'PIDS',
    width: 8,
    right: true,
    priority: 11,
    value: ({ tenant }) => tenant.usage?.pids ?? UNKNOWN_LAST,
    cell: ({ tenant }, { unknown }) => span(`${tenant.usage?.pids ?? unknown}/${tenant.limits.pids ?? 'max'}`),
    help: 'processes and threads, and the limit',
  },
  {
    id: 'disk',
    title: 'DISK',
    width: 9,
    right: true,
    priority: 7,
    value: diskShare,
    cell: (row, { unknown }) => {
      const disk = row.tenant.usage?.disk;
      const used = disk ? bytesText(disk.used) : unknown;
      return span(`${used}/${bytesText(row.tenant.limits.disk)}`, toneOf(diskShare(row)));
    },
    help: 'disk in use, and its size',
  },
  {
    id: 'full',
    title: 'FULL',
    width: 5,
    right: true,
    priority: 8,
    sparse: true,
    // soonest first, those that do not fill up last
    value: ({ daysToFull }) => (daysToFull === undefined ? Number.NEGATIVE_INFINITY : -daysToFull),
    cell: ({ daysToFull }) =>
      span(daysText(daysToFull), daysToFull !== undefined && daysToFull < 7 ? 'warn' : undefined),
    help: 'days until the disk is full, at the pace of the last day',
  },
  {
    id: 'io',
    title: 'IO r/w',
    width: 9,
    right: true,
    priority: 13,
    value: ({ tenant: { usage } }) => (usage === null ? UNKNOWN_LAST : usage.ioReadBps + usage.ioWriteBps),
    cell: ({ tenant: { usage } }, glyphs) => span(pair(usage?.ioReadBps, usage?.ioWriteBps, glyphs)),
    help: 'bytes a second read and written',
  },
  {
    id: 'net',
    title: 'NET in/out',
    width: 10,
    right: true,
    priority: 10,
    value: ({ tenant: { usage } }) => (usage === null ? UNKNOWN_LAST : (usage.netRxBps ?? 0) + (usage.netTxBps ?? 0)),
    cell: ({ tenant: { usage } }, glyphs) => span(pair(usage?.netRxBps, usage?.netTxBps, glyphs)),
    help: 'bytes a second received and sent',
  },
  {
    id: 'pressure',
    title: 'WAIT c/m/i',
    width: 10,
    right: true,
    priority: 14,
    value: ({ tenant: { usage } }) => (usage?.pressure ? Math.max(...Object.values(usage.pressure)) : UNKNOWN_LAST),
    cell: ({ tenant }, glyphs) => span(pressureText(tenant, glyphs)),
    help: '% of the time in which some process waited for cpu, memory, io',
  },
  {
    id: 'faults',
    title: 'FAULTS',
    width: 8,
    priority: 5,
    sparse: true,
    value: ({ tenant }) => faultCount(tenant),
    // of the past only their sum is kept: the graphs have it
    cell: ({ tenant, past }) => span(past ? '' : faultText(tenant), 'bad'),
    help: 'since it started: o killed for memory, f refused forks, d deaths',
  },
  {
    id: 'left',
    title: 'LEFT',
    width: 7,
    right: true,
    priority: 8,
    sparse: true,
    // least first
    value: ({ tenant }) => -(leftShare(tenant) ?? Number.POSITIVE_INFINITY),
    cell: ({ tenant }) => span(leftText(tenant), toneOf(1 - (leftShare(tenant) ?? 1))),
    help: 'credits in vCPU-minutes, or the scarcest budget',
  },
  {
    id: 'badge',
    title: 'BADGE',
    width: 12,
    priority: 3,
    value: ({ tenant }) =>
      tenant.scheduling?.penalty?.tier ?? Math.max(0, ...Object.values(tenant.scheduling?.score ?? {})) / 1e6,
    cell: (row) => (row.past ? span('') : badge(row)),
    help: 'penalty (P2), what holds it back, THROTTLED, score, *limit that is only a wish',
  },
  {
    id: 'trend',
    title: 'CPU 5min',
    width: 10,
    grow: 30,
    priority: 4,
    cell: ({ trail, trailMost, past }, glyphs, width) =>
      span(past ? '' : sparkline(trail, trailMost, width, glyphs), 'quiet'),
    help: 'CPU of the last minutes, a full cell is the limit',
  },
];

export const SORTABLE: readonly Column[] = COLUMNS.filter(({ value }) => value !== undefined);
