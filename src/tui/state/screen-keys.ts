// Keys in the list and in the detail. Pure.

import { SORTABLE } from '../columns.ts';
import type { Command } from '../keymap.ts';
import { turnTheme } from '../theme.ts';
import { mostScroll } from '../view-model/detail.ts';
import { buildRows } from '../view-model/list.ts';
import { bodyHeight } from '../view-model/screen.ts';
import { buildActionMenu, focused, targets } from './acts.ts';
import { buildCreateForm, buildLimitsForm } from './form.ts';
import { INTERVALS_MS } from './initial.ts';
import { travelBy, travelToMark } from './time.ts';
import {
  type Detail,
  type Effect,
  type Next,
  PANES,
  type Pane,
  type Prefs,
  RANGES,
  type State,
  stay,
} from './types.ts';

/** Beyond any pane; the view shows the last page then. */
const END = 1e9;

/** Lines a page key moves: the screen less what stands above and below the rows. */
export const pageOf = ({ size }: State): number => Math.max(1, size.rows - 8);

const select = (state: State, pick: (index: number, count: number) => number): State => {
  const names = buildRows(state).map(({ tenant }) => tenant.name);
  const index = names.indexOf(state.selected ?? '');
  const next = Math.max(0, Math.min(names.length - 1, pick(Math.max(0, index), names.length)));
  return { ...state, selected: names[next] ?? state.selected };
};

const scroll = (state: State, detail: Detail, pick: (from: number) => number): State => {
  const most = mostScroll(state, detail, { width: state.size.columns, height: bodyHeight(state) });
  const next = pick(Math.min(detail.scroll, most));
  // at the end it stays at the end, also when lines are added
  return { ...state, detail: { ...detail, scroll: next >= most ? END : Math.max(0, next) } };
};

/** Up and down: the selection in the list, the window in a pane. */
const move = (state: State, command: Command): State => {
  const page = pageOf(state);
  const by = { up: -1, down: 1, 'page-up': -page, 'page-down': page }[command as string];
  if (state.detail) {
    if (by !== undefined) return scroll(state, state.detail, (from) => from + by);
    return scroll(state, state.detail, () => (command === 'first' ? 0 : END));
  }
  if (by !== undefined) return select(state, (index) => index + by);
  return select(state, (_, count) => (command === 'first' ? 0 : count - 1));
};

const savePrefs = (state: State, change: Partial<Prefs>, ...effects: Effect[]): Next => {
  const prefs = { ...state.prefs, ...change };
  return stay({ ...state, prefs }, { kind: 'save', prefs }, ...effects);
};

/** A new column begins with the biggest; the same one again turns the order. */
export const sortBy = (state: State, column: string): Next => {
  const { sort } = state.prefs;
  return savePrefs(state, { sort: { column, reverse: column === sort.column && !sort.reverse } });
};

const sortBeside = (state: State, by: number): Next => {
  const index = SORTABLE.findIndex(({ id }) => id === state.prefs.sort.column);
  const column = SORTABLE[(index + by + SORTABLE.length) % SORTABLE.length];
  return column ? savePrefs(state, { sort: { column: column.id, reverse: false } }) : stay(state);
};

const openSortMenu = (state: State): State => ({
  ...state,
  dialog: {
    kind: 'menu',
    title: 'sort by',
    items: SORTABLE.map(({ id, help }, i) => ({
      key: String.fromCharCode(97 + i),
      label: `${id}: ${help}`,
      choice: { kind: 'sort', column: id },
    })),
    index: Math.max(
      0,
      SORTABLE.findIndex(({ id }) => id === state.prefs.sort.column),
    ),
  },
});

const changeRate = (state: State, by: number): Next => {
  const index = INTERVALS_MS.indexOf(state.prefs.intervalMs) + by;
  const intervalMs = INTERVALS_MS[Math.max(0, Math.min(INTERVALS_MS.length - 1, index))];
  return intervalMs === undefined ? stay(state) : savePrefs(state, { intervalMs }, { kind: 'poll' });
};

const say = (state: State, text: string): State => ({ ...state, message: { text, tone: 'warn', at: state.now } });

const openPane = (state: State, pane: Pane): State => {
  const name = focused(state);
  if (name === undefined) return say(state, 'no tenant is selected');
  const range = state.detail?.range ?? '1m';
  // a console is read from its end
  return { ...state, detail: { name, pane, range, scroll: pane === 'log' || pane === 'events' ? END : 0 } };
};

const turnPane = (state: State, by: number): State => {
  const index = PANES.indexOf(state.detail?.pane ?? 'overview') + by + PANES.length;
  return openPane(state, PANES[index % PANES.length] ?? 'overview');
};

const turnRange = (state: State): State => {
  const { detail } = state;
  if (!detail) return state;
  const range = RANGES[(RANGES.indexOf(detail.range) + 1) % RANGES.length] ?? '1m';
  return { ...state, detail: { ...detail, range } };
};

const toggleMark = (state: State): State => {
  const { marked } = state;
  const selected = focused(state);
  if (selected === undefined) return state;
  const without = marked.filter((name) => name !== selected);
  const next = without.length < marked.length ? without : [...marked, selected];
  return select({ ...state, marked: next }, (index) => index + 1);
};

const toggleAllMarks = (state: State): State => {
  const names = buildRows(state).map(({ tenant }) => tenant.name);
  return { ...state, marked: state.marked.length >= names.length ? [] : names };
};

/** Out of the detail, then out of the past, then the filter, then the marks. */
const goBack = (state: State): State => {
  if (state.detail) return { ...state, selected: state.detail.name, detail: undefined };
  if (state.at !== undefined) return { ...state, at: undefined };
  if (state.filter !== '') return { ...state, filter: '' };
  return { ...state, marked: [], message: undefined };
};

const openLimits = (state: State): State => {
  const tenants = targets(state);
  return tenants.length === 0
    ? say(state, 'no tenant is selected')
    : { ...state, dialog: { kind: 'form', form: buildLimitsForm(tenants) } };
};

const openActions = (state: State): State => {
  const tenants = targets(state);
  return tenants.length === 0 ? say(state, 'no tenant is selected') : { ...state, dialog: buildActionMenu(tenants) };
};

const openShell = (state: State): Next => {
  const name = focused(state);
  const tenant = state.top?.tenants.find((other) => other.name === name);
  if (!tenant) return stay(say(state, 'no tenant is selected'));
  if (!state.isRoot) return stay(say(state, 'a shell needs root on the host: sudo tenantctl dash'));
  if (tenant.state !== 'running') return stay(say(state, `${tenant.name} is ${tenant.state}: no shell can run inside`));
  return stay(state, { kind: 'shell', name: tenant.name });
};

type Act = (state: State, key: string) => State | Next;

const moves: Readonly<Partial<Record<Command, Act>>> = Object.fromEntries(
  (['up', 'down', 'page-up', 'page-down', 'first', 'last'] as const).map((command) => [
    command,
    (state: State) => move(state, command),
  ]),
);

const ACTS: Readonly<Partial<Record<Command, Act>>> = {
  ...moves,
  quit: (state) => stay(state, { kind: 'quit' }),
  suspend: (state) => stay(state, { kind: 'suspend' }),
  redraw: (state) => stay({ ...state, message: undefined }, { kind: 'redraw' }, { kind: 'poll' }),
  help: (state) => ({ ...state, dialog: { kind: 'help', scroll: 0 } }),
  back: goBack,
  open: (state) => openPane(state, 'overview'),
  processes: (state) => openPane(state, 'processes'),
  logs: (state) => openPane(state, 'log'),
  'next-pane': (state) => turnPane(state, 1),
  'previous-pane': (state) => turnPane(state, -1),
  pane: (state, key) => openPane(state, PANES[Number(key) - 1] ?? 'overview'),
  range: turnRange,
  filter: (state) => ({ ...state, dialog: { kind: 'filter', before: state.filter } }),
  'sort-menu': openSortMenu,
  reverse: (state) => sortBy(state, state.prefs.sort.column),
  'sort-left': (state) => sortBeside(state, -1),
  'sort-right': (state) => sortBeside(state, 1),
  mark: toggleMark,
  'mark-all': toggleAllMarks,
  pause: (state) => ({ ...state, paused: !state.paused }),
  faster: (state) => changeRate(state, -1),
  slower: (state) => changeRate(state, 1),
  scale: (state) => savePrefs(state, { scale: state.prefs.scale === 'quota' ? 'host' : 'quota' }),
  theme: (state) => ({ ...state, theme: turnTheme(state.theme) }),
  earlier: (state) => travelBy(state, -1),
  later: (state) => travelBy(state, 1),
  'hour-earlier': (state) => travelBy(state, -60),
  'hour-later': (state) => travelBy(state, 60),
  'mark-earlier': (state) => travelToMark(state, -1),
  'mark-later': (state) => travelToMark(state, 1),
  now: (state) => ({ ...state, at: undefined }),
  create: (state) => ({ ...state, dialog: { kind: 'form', form: buildCreateForm() } }),
  limits: openLimits,
  actions: openActions,
  shell: openShell,
};

export const actOnScreen = (state: State, command: Command, key: string): Next => {
  const next = ACTS[command]?.(state, key) ?? state;
  return 'effects' in next ? next : stay(next);
};
