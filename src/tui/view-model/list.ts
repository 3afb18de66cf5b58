// The list: which tenants, in which order, which columns fit, and the lines they make. Pure.

import { COLUMNS, type Column } from '../columns.ts';
import { findPastRow, readTrend } from '../state/loads.ts';
import type { State } from '../state/types.ts';
import type { Glyphs } from '../theme.ts';
import { fitText, type Line, type Span, span } from './lines.ts';
import { buildRow, forecastDays, inThePast, type Row } from './tenant-row.ts';

/** One row a tenant, unsorted; in the past each as it was. */
const allRows = (state: State): Row[] => {
  const { top, at, prefs, trails, selected, marked } = state;
  if (!top) return [];
  const marks = new Set(marked);
  return top.tenants.map((tenant) =>
    buildRow(at === undefined ? tenant : inThePast(tenant, findPastRow(state, tenant.name, at)), {
      host: top.host,
      scale: prefs.scale,
      trail: trails[tenant.id],
      daysToFull: forecastDays(readTrend(state, tenant.name)),
      marked: marks.has(tenant.name),
      selected: tenant.name === selected,
      past: at !== undefined,
    }),
  );
};

/** What a row shows, in any column, and why it is so: the text that is searched. */
const searchText = (row: Row, glyphs: Glyphs): string =>
  [
    ...COLUMNS.filter(({ id }) => !GRAPHIC.includes(id)).map((column) => column.cell(row, glyphs, column.width).text),
    row.tenant.reason,
  ]
    .join(' ')
    .toLowerCase();

const GRAPHIC: readonly string[] = ['cpu-bar', 'memory-bar', 'trend'];

const matches = (filter: string, glyphs: Glyphs): ((row: Row) => boolean) => {
  const inverse = filter.startsWith('!');
  const wanted = (inverse ? filter.slice(1) : filter).trim().toLowerCase();
  if (wanted === '') return () => true;
  return (row) => searchText(row, glyphs).includes(wanted) !== inverse;
};

const byName = (a: Row, b: Row): number => (a.tenant.name < b.tenant.name ? -1 : 1);

/** Numbers largest first, words from a to z; ties by name, so that rows do not jump. */
const compareBy = (value: (row: Row) => number | string): ((a: Row, b: Row) => number) => {
  return (a, b) => {
    const x = value(a);
    const y = value(b);
    if (typeof x === 'string' || typeof y === 'string')
      return String(x) < String(y) ? -1 : String(x) > String(y) ? 1 : byName(a, b);
    return y - x || byName(a, b);
  };
};

const sortRows = (rows: readonly Row[], { column, reverse }: State['prefs']['sort']): Row[] => {
  const value = COLUMNS.find(({ id }) => id === column)?.value;
  const sorted = [...rows].sort(value ? compareBy(value) : byName);
  return reverse ? sorted.reverse() : sorted;
};

/** The last answer: what is drawn, what is loaded and where the selection goes all ask for the same rows. */
const known = new WeakMap<State, readonly Row[]>();

export const buildRows = (state: State): readonly Row[] => {
  const before = known.get(state);
  if (before) return before;
  const rows = sortRows(allRows(state).filter(matches(state.filter, state.theme.glyphs)), state.prefs.sort);
  known.set(state, rows);
  return rows;
};

export interface Placed {
  readonly column: Column;
  readonly width: number;
}

/** Before each row: selection and mark. */
const GUTTER = 2;
const NAME_MOST = 30;

/** Without those that would be empty in every row: the place serves others. */
export const columnsFor = (rows: readonly Row[], glyphs: Glyphs): Column[] =>
  COLUMNS.filter(({ sparse, cell, width }) => !sparse || rows.some((row) => cell(row, glyphs, width).text !== ''));

/**
 * The columns that fit, the least important left out, the rest of the line given to those that grow. A narrower one
 * further down the list may still fit where a wide one did not, so that the line is well used.
 */
export const placeColumns = (width: number, longestName: number, columns: readonly Column[] = COLUMNS): Placed[] => {
  const sized = columns.map((column) =>
    column.id === 'name'
      ? { column, width: Math.max(column.width, Math.min(longestName, width < 80 ? column.width : 16)) }
      : { column, width: column.width },
  );
  const kept = new Set<Column>();
  let left = width - GUTTER;
  for (const { column, width: own } of [...sized].sort((a, b) => a.column.priority - b.column.priority)) {
    const cost = own + (kept.size === 0 ? 0 : 1);
    if (cost > left) continue;
    kept.add(column);
    left -= cost;
  }
  return sized
    .filter(({ column }) => kept.has(column))
    .map(({ column, width: own }) => {
      const wanted = column.id === 'name' ? Math.min(longestName, NAME_MOST) : (column.grow ?? own);
      const more = column.grow === undefined ? 0 : Math.max(0, Math.min(left, wanted - own));
      left -= more;
      return { column, width: own + more };
    });
};

/** Where a window of `height` rows begins, so that the selected one is in it. */
export const firstShown = (count: number, index: number, first: number, height: number): number => {
  const most = Math.max(0, count - height);
  const from = Math.max(0, Math.min(first, most));
  if (index < 0) return from;
  if (index < from) return index;
  return index >= from + height ? index - height + 1 : from;
};

export const headerLine = (placed: readonly Placed[], sort: State['prefs']['sort'], glyphs: Glyphs): Line => [
  span(' '.repeat(GUTTER)),
  ...placed.flatMap(({ column, width }, i): Span[] => {
    const isSorted = column.id === sort.column;
    const title = isSorted ? `${column.title}${sort.reverse ? glyphs.up : glyphs.down}` : column.title;
    return [...(i > 0 ? [span(' ')] : []), span(fitText(title, width, column.right), isSorted ? 'strong' : 'quiet')];
  }),
];

export const rowLine = (row: Row, placed: readonly Placed[], glyphs: Glyphs): Line => {
  const spans: Span[] = [
    span(row.selected ? glyphs.select : ' '),
    span(row.marked ? glyphs.mark : ' ', row.marked ? 'strong' : undefined),
  ];
  placed.forEach(({ column, width }, i) => {
    if (i > 0) spans.push(span(' '));
    const cell = column.cell(row, glyphs, width);
    spans.push({ ...cell, text: fitText(cell.text, width, column.right) });
  });
  // in one piece: tones in reverse video are patches that hide the bars
  return row.selected ? spans.map(({ text }) => ({ text, inverse: true })) : spans;
};

export const longestName = (rows: readonly Row[]): number =>
  rows.reduce((most, { tenant }) => Math.max(most, tenant.name.length), 4);
