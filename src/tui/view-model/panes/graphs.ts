// The graphs of one tenant: cpu, throttling, memory, io; marks where the scheduler acted; the moment of time travel. Pure.

import type { TenantView } from '../../../api/contract.ts';
import { formatBytes, formatCpu } from '../../../domain/units.ts';
import { escapeLine } from '../../../reports/escape.ts';
import { findPastRow, readActs, readProblem } from '../../state/loads.ts';
import { actsInMinute } from '../../state/time.ts';
import type { State } from '../../state/types.ts';
import { bytesText, clockText, cpuText, dayText, isoOf, shareText } from '../figures.ts';
import { graph, roundUp } from '../graph.ts';
import { limitInForce } from '../in-force.ts';
import { EMPTY_LINE, type Line, line, type Span, span, type Tone } from '../lines.ts';
import { columnOf, type Point, rangeOf, readWindow, spread, type Window } from './points.ts';
import { problemLines } from './problems.ts';

export interface Plot {
  readonly title: string;
  readonly pick: (point: Point) => number | null;
  /** Fixed top of the scale; else a round number above the peak. */
  readonly most: number | null;
  readonly show: (value: number) => string;
  readonly tone?: Tone;
}

const cursorColumn = (state: State, window: Window, width: number): number | undefined =>
  state.at === undefined ? undefined : columnOf(window, state.at, width);

/** One cell in reverse video: where the moment is. */
export const withCursor = (text: string, column: number | undefined, tone: Tone | undefined): Line => {
  if (column === undefined) return line(text, tone);
  return [
    span(text.slice(0, column), tone),
    { ...span(text.slice(column, column + 1) || ' ', tone), inverse: true },
    span(text.slice(column + 1), tone),
  ];
};

const SCALE_WIDTH = 7;

export const plotLines = (
  plot: Plot,
  window: Window,
  state: State,
  size: { width: number; height: number },
): Line[] => {
  const width = Math.max(10, size.width - SCALE_WIDTH - 1);
  const values = spread(window, width, plot.pick);
  const known = values.filter((value) => value !== null);
  const most = plot.most ?? roundUp(Math.max(0, ...known));
  const last = known.at(-1);
  const title: Line = [
    span(plot.title, 'strong'),
    span(`  ${last === undefined ? state.theme.glyphs.unknown : plot.show(last)}`),
    span(`  peak ${known.length === 0 ? state.theme.glyphs.unknown : plot.show(Math.max(...known))}`, 'quiet'),
  ];
  const cursor = cursorColumn(state, window, width);
  const rows = graph(values, most, size.height, state.theme.glyphs).map((text, i, all): Line => {
    const scale = i === 0 ? plot.show(most) : i === all.length - 1 ? '0' : '';
    return [span(`${scale.padStart(SCALE_WIDTH)} `, 'quiet'), ...withCursor(text, cursor, plot.tone)];
  });
  return [title, ...rows];
};

/** Below the graphs: from when to when, and a mark wherever the scheduler acted. */
export const axisLines = (state: State, window: Window, width: number, name: string): Line[] => {
  const inner = Math.max(10, width - SCALE_WIDTH - 1);
  const cells = Array.from({ length: inner }, () => state.theme.glyphs.rule);
  const acts = readActs(state, name).filter(({ at }) => Date.parse(at) > window.from);
  for (const { at } of acts) cells[columnOf(window, Date.parse(at), inner)] = state.theme.glyphs.act;
  const show = rangeOf(state) === '24h' ? dayText : clockText;
  const [from, to] = [show(isoOf(window.from)), show(isoOf(window.to))];
  const gap = Math.max(1, inner - from.length - to.length);
  const marks = withCursor(cells.join(''), cursorColumn(state, window, inner), 'warn');
  const pad = span(' '.repeat(SCALE_WIDTH + 1));
  return [
    [pad, ...marks],
    [pad, span(`${from}${' '.repeat(gap)}${to}`, 'quiet')],
    line(
      `acts of the scheduler: ${acts.length === 0 ? 'none' : `${acts.length} (${state.theme.glyphs.act}), [ and ] go to them`}`,
      'quiet',
    ),
  ];
};

/** The figures of the moment, and what the scheduler did in that minute. */
export const momentLines = (state: State, name: string): Line[] => {
  const { at } = state;
  if (at === undefined) return [];
  const row = findPastRow(state, name, at);
  const acts = actsInMinute(state, name, at);
  const figures: Span = row
    ? span(
        `cpu ${cpuText(row.cpu)}, throttled ${shareText(row.throttledShare)}, memory ${bytesText(row.memory)}, pids ${row.pids}, faults ${row.faults}`,
      )
    : span('nothing is kept of this minute', 'quiet');
  return [
    [span(`${dayText(isoOf(at))}Z  `, 'strong'), figures],
    ...acts.map(({ rule, kind, cause }) =>
      line(escapeLine(`${state.theme.glyphs.act} ${rule} ${kind}: ${cause}`), 'warn'),
    ),
  ];
};

/** What a rule holds it to now is told in the title; the scale stays that of its own limit. */
const cpuTitle = (tenant: TenantView): string => {
  const { cap, by } = limitInForce(tenant, 'cpu');
  const scale = tenant.limits.cpu === null ? 'no limit: the house' : 'a full scale is the limit';
  return `cpu, cores (${scale}${by === 'own' || cap === null ? '' : `; held at ${cpuText(cap)} now`})`;
};

const plotsOf = (tenant: TenantView, state: State): Plot[] => [
  {
    title: cpuTitle(tenant),
    pick: ({ cpu }) => cpu,
    most: tenant.limits.cpu ?? state.top?.host.house.cpu ?? null,
    show: (value) => formatCpu(Math.round(value / 10) * 10),
    tone: 'good',
  },
  { title: 'throttled', pick: ({ throttled }) => throttled, most: 1, show: shareText, tone: 'warn' },
  {
    title: 'memory',
    pick: ({ memory }) => memory,
    most: tenant.limits.memory ?? state.top?.host.house.memory ?? null,
    show: (value) => bytesText(value),
    tone: 'cold',
  },
  { title: 'io, bytes a second', pick: ({ io }) => io, most: null, show: (value) => formatBytes(value) },
];

export const graphLines = (tenant: TenantView, state: State, size: { width: number; height: number }): Line[] => {
  const window = readWindow(state, tenant.name);
  const plots = plotsOf(tenant, state);
  const moment = momentLines(state, tenant.name);
  const free = size.height - moment.length - 3;
  const shown = plots.slice(0, Math.max(1, Math.min(plots.length, Math.floor(free / 3))));
  const height = Math.max(1, Math.min(8, Math.floor(free / shown.length) - 1));
  const key = rangeOf(state) === '24h' ? `day:${tenant.name}` : `history:${tenant.name}`;
  const trouble = readProblem(state, key) === undefined ? [] : problemLines(state, key, size.width);
  return [
    ...moment,
    ...trouble,
    ...shown.flatMap((plot) => plotLines(plot, window, state, { width: size.width, height })),
    ...axisLines(state, window, size.width, tenant.name),
    EMPTY_LINE,
  ];
};
