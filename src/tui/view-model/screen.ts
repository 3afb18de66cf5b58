// The whole screen as lines, part by part, for the size it has. Pure.

import type { State } from '../state/types.ts';
import { hintLine, hostLines, MOST_WORK_LINES, statusLine, titleLine, workLines } from './chrome.ts';
import { detailLines } from './detail.ts';
import { formLines, helpLines, menuLines, questionLines } from './dialogs.ts';
import { cutLine, EMPTY_LINE, type Line, line, windowLines } from './lines.ts';
import { buildRows, columnsFor, firstShown, headerLine, longestName, placeColumns, rowLine } from './list.ts';
import type { Row } from './tenant-row.ts';

/** Below so many rows the host gets no lines of its own. */
const LOW = 14;

/** In the past the day stands below it. */
const hostHeight = ({ size, at }: State): number => (size.rows < LOW ? 0 : at === undefined ? 2 : 3);

/** Title, host, status and hints stand around it; so does work under way. */
export const bodyHeight = (state: State): number =>
  Math.max(1, state.size.rows - 3 - hostHeight(state) - Math.min(MOST_WORK_LINES, state.works.length));

/** Lines of the table below its header; a menu or a question takes from its end. */
const tableHeight = (height: number): number => Math.max(1, height - 1);

export interface Shown {
  readonly rows: readonly Row[];
  readonly all: number;
}

/** The rows in the window. */
const shownRows = (state: State, height: number): Shown => {
  const rows = buildRows(state);
  const index = rows.findIndex(({ selected }) => selected);
  const first = firstShown(rows.length, index, state.first, height);
  return { rows: rows.slice(first, first + height), all: rows.length };
};

/** Whose further figures are worth asking for. */
export const shownNames = (state: State): string[] =>
  shownRows(state, tableHeight(bodyHeight(state))).rows.map(({ tenant }) => tenant.name);

const emptyText = (state: State): string => {
  if (!state.top) return '';
  if (state.top.tenants.length === 0)
    return state.readOnly ? 'there is no tenant yet' : 'there is no tenant yet: c creates one';
  return `no row shows "${state.filter}"; Esc drops the filter`;
};

const tableLines = (state: State, height: number): Line[] => {
  const { glyphs } = state.theme;
  const { rows } = shownRows(state, tableHeight(height));
  const placed = placeColumns(state.size.columns, longestName(rows), columnsFor(buildRows(state), glyphs));
  const body = rows.length === 0 ? [line(emptyText(state), 'quiet')] : rows.map((row) => rowLine(row, placed, glyphs));
  return windowLines([headerLine(placed, state.prefs.sort, glyphs), ...body], 0, height);
};

/** What covers the whole body, or stands at its foot. */
const dialogLines = (state: State, height: number): { lines: Line[]; whole: boolean } | undefined => {
  const { dialog } = state;
  switch (dialog?.kind) {
    case 'help':
      return { lines: windowLines(helpLines(state), dialog.scroll, height), whole: true };
    case 'form':
      return { lines: formLines(dialog, state, height), whole: true };
    case 'menu':
      return { lines: menuLines(dialog, state), whole: false };
    case 'confirm':
      return { lines: questionLines(dialog, state), whole: false };
    default:
      return undefined;
  }
};

const screenLines = (state: State, height: number): Line[] =>
  state.detail ? detailLines(state, state.detail, { width: state.size.columns, height }) : tableLines(state, height);

const bodyLines = (state: State): Line[] => {
  const height = bodyHeight(state);
  const dialog = dialogLines(state, height);
  if (!dialog) return screenLines(state, height);
  if (dialog.whole) return windowLines(dialog.lines, 0, height);
  const part = dialog.lines.slice(0, height);
  const above = height - part.length;
  return [...(above > 1 ? screenLines(state, above) : Array.from({ length: above }, () => EMPTY_LINE)), ...part];
};

export interface Frame {
  readonly title: readonly Line[];
  readonly host: readonly Line[];
  readonly body: readonly Line[];
  readonly works: readonly Line[];
  readonly foot: readonly Line[];
}

export const buildFrame = (state: State): Frame => {
  const cut = (lines: readonly Line[]): Line[] => lines.map((row) => cutLine(row, state.size.columns));
  return {
    title: cut([titleLine(state)]),
    host: cut(hostHeight(state) === 0 ? [] : hostLines(state)),
    body: cut(bodyLines(state)),
    works: cut(workLines(state)),
    foot: cut([statusLine(state), hintLine(state)]),
  };
};
