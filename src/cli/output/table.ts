// Rows -> an aligned table that fits a width, by leaving out columns that matter less. Pure.

import type { Paint, Tone } from './style.ts';

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

export interface Column<Row> {
  readonly title: string;
  readonly right?: boolean;
  /** 1 stays longest; the highest goes first when the width is short. */
  readonly priority?: number;
  /** Its texts may be cut, with a mark, before it is left out: sentences. */
  readonly cuts?: true;
  readonly cell: (row: Row) => Cell | string;
}

const GAP = '  ';

const asCell = (value: Cell | string): Cell => (typeof value === 'string' ? { text: value } : value);

interface Built {
  readonly title: string;
  readonly right: boolean;
  readonly priority: number;
  readonly cuts: boolean;
  readonly cells: readonly Cell[];
  readonly width: number;
}

const build = <Row>(column: Column<Row>, rows: readonly Row[]): Built => {
  const cells = rows.map((row) => asCell(column.cell(row)));
  const width = Math.max(column.title.length, ...cells.map(({ text }) => text.length));
  const { title, right = false, priority = 1, cuts = false } = column;
  return { title, right, priority, cuts, cells, width };
};

/** Less of a sentence says nothing. */
const LEAST_CUT = 16;

const leastWidth = ({ width, cuts }: Built): number => (cuts ? Math.min(width, LEAST_CUT) : width);

const totalWidth = (columns: readonly Built[]): number =>
  columns.reduce((sum, column) => sum + leastWidth(column), GAP.length * Math.max(0, columns.length - 1));

/** Leaves out the least important column until the rest fits; priority 1 always stays. */
const fit = (columns: readonly Built[], width: number): readonly Built[] => {
  let kept = columns;
  while (totalWidth(kept) > width) {
    const worst = kept.reduce((a, b) => (b.priority >= a.priority ? b : a));
    if (worst.priority <= 1) return kept;
    kept = kept.filter((column) => column !== worst);
  }
  return kept;
};

/** What the other columns leave goes to the one that may be cut. */
const widen = (columns: readonly Built[], width: number): readonly Built[] => {
  const room = width - totalWidth(columns);
  return columns.map((column) => (column.cuts ? cutColumn(column, leastWidth(column) + Math.max(0, room)) : column));
};

const cutColumn = (column: Built, width: number): Built => {
  if (column.width <= width) return column;
  const cells = column.cells.map((cell) =>
    cell.text.length <= width ? cell : { ...cell, text: `${cell.text.slice(0, width - 1)}…` },
  );
  return { ...column, width, cells };
};

const pad = (text: string, { right, width }: Built): string => (right ? text.padStart(width) : text.padEnd(width));

const buildLine = (columns: readonly Built[], pick: (column: Built) => Cell, paint: Paint): string =>
  columns
    .map((column, i) => {
      const { text, tone } = pick(column);
      const padded = i === columns.length - 1 && !column.right ? text : pad(text, column);
      return tone === undefined ? padded : padded.replace(text, () => paint(tone, text));
    })
    .join(GAP)
    .trimEnd();

/** @param width of the terminal; Infinity where nobody looks */
export const renderTable = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  options: { readonly width: number; readonly paint: Paint },
): string => {
  const built = columns.map((column) => build(column, rows));
  const shown = widen(fit(built, options.width), options.width);
  const head = buildLine(shown, ({ title }) => ({ text: title, tone: 'quiet' }), options.paint);
  const lines = rows.map((_, i) => buildLine(shown, ({ cells }) => cells[i] ?? { text: '' }, options.paint));
  return `${[head, ...lines].join('\n')}\n`;
};
