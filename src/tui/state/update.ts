// The reducer: a state and what happened -> the next state and what the world shall do. Pure.

import type { EventView, TopView } from '../../api/contract.ts';
import { findBinding } from '../keymap.ts';
import { buildRows } from '../view-model/list.ts';
import { actInDialog, pasteInto } from './dialog-keys.ts';
import { modeOf } from './mode.ts';
import { actOnScreen } from './screen-keys.ts';
import { extendTrail, extendTrails } from './trails.ts';
import { type Change, type Loaded, type Next, type State, stay, type Work } from './types.ts';

/** Answers kept; scrubbing through a day of many tenants must not fill the memory. */
const MOST_LOADED = 300;
const MOST_EVENTS = 300;
/** How long a result stays at the foot. */
const RESULT_MS = 15_000;
const MESSAGE_MS = 10_000;

const pressKey = (state: State, key: string): Next => {
  const binding = findBinding(modeOf(state), key, state.readOnly);
  if (state.dialog) return actInDialog(state, state.dialog, binding?.command, key);
  return binding ? actOnScreen(state, binding.command, key) : stay(state);
};

/** The first row, until somebody chooses; a selected tenant that is gone gives way to what stands in its place. */
const keepSelection = (before: State, state: State): State => {
  const { selected, top } = state;
  if (selected !== undefined && top?.tenants.some(({ name }) => name === selected)) return state;
  const index = buildRows(before).findIndex(({ tenant }) => tenant.name === selected);
  const rows = buildRows(state);
  return { ...state, selected: rows[Math.max(0, Math.min(index, rows.length - 1))]?.tenant.name };
};

const dropGone = (state: State, { tenants }: TopView): State => {
  const names = new Set(tenants.map(({ name }) => name));
  const marked = state.marked.filter((name) => names.has(name));
  const isGone = state.detail !== undefined && !names.has(state.detail.name);
  return { ...state, marked, detail: isGone ? undefined : state.detail };
};

const age = (state: State, now: number): State => ({
  ...state,
  now,
  works: state.works.filter(({ endedAt }) => endedAt === undefined || now - endedAt < RESULT_MS),
  message: state.message && now - state.message.at < MESSAGE_MS ? state.message : undefined,
});

const seeTop = (state: State, top: TopView, now: number): State => {
  const up: State = { ...age(state, now), link: { kind: 'up' } };
  const back: State =
    state.link.kind === 'down'
      ? { ...up, message: { text: 'the daemon is back', tone: 'good', at: now }, loaded: withoutProblems(up.loaded) }
      : up;
  if (state.paused && state.top) return back;
  const seen: State = {
    ...back,
    top,
    trails: extendTrails(state.trails, top, now),
    hostTrail: extendTrail(state.hostTrail, now, top.host.cpu),
  };
  return keepSelection(state, dropGone(seen, top));
};

/** A new daemon may know what the old one did not, and requests under way died with it. */
const withoutProblems = (loaded: State['loaded']): State['loaded'] =>
  Object.fromEntries(Object.entries(loaded).filter(([, { problem, busy }]) => problem === undefined && !busy));

const lose = (state: State, why: string, now: number): State => ({
  ...age(state, now),
  link: { kind: 'down', why, since: state.link.kind === 'down' ? state.link.since : now },
});

const keep = (state: State, key: string, loaded: Loaded): State => {
  const entries = Object.entries({ ...state.loaded, [key]: loaded });
  const least = entries.length - MOST_LOADED;
  if (least <= 0) return { ...state, loaded: Object.fromEntries(entries) };
  const old = new Set(
    [...entries]
      .sort(([, a], [, b]) => a.askedAt - b.askedAt)
      .slice(0, least)
      .map(([name]) => name),
  );
  return { ...state, loaded: Object.fromEntries(entries.filter(([name]) => !old.has(name))) };
};

const changeLoad = (state: State, change: Extract<Change, { key: string }>): State => {
  const { key } = change;
  const before = state.loaded[key];
  if (change.type === 'asked') return keep(state, key, { ...before, askedAt: change.now, busy: true });
  const askedAt = before?.askedAt ?? state.now;
  if (change.type === 'loaded')
    return keep(state, key, { askedAt, busy: false, value: change.value, before: before?.value });
  return change.type === 'refused'
    ? keep(state, key, { ...before, askedAt, busy: false, problem: change.problem })
    : state;
};

const changeWork = (state: State, id: number, change: (work: Work) => Work): State => ({
  ...state,
  works: state.works.map((work) => (work.job.id === id ? change(work) : work)),
});

const addEvent = (state: State, event: EventView): State => {
  if (event.seq <= (state.events.at(-1)?.seq ?? 0)) return state;
  return { ...state, events: [...state.events, event].slice(-MOST_EVENTS) };
};

/** A terminal moves what it shows when its size changes, and lines that are equal are not sent again: draw all anew. */
const resize = (state: State, size: State['size']): Next => {
  const isSame = size.columns === state.size.columns && size.rows === state.size.rows;
  return isSame ? stay(state) : stay({ ...state, size }, { kind: 'redraw' });
};

export const update = (state: State, change: Change): Next => {
  switch (change.type) {
    case 'key':
      return pressKey(state, change.key);
    case 'paste':
      return stay(pasteInto(state, change.text));
    case 'resize':
      return resize(state, change.size);
    case 'top':
      return stay(seeTop(state, change.top, change.now));
    case 'tick':
      return stay(age(state, change.now));
    case 'lost':
      return stay(lose(state, change.why, change.now));
    case 'asked':
    case 'loaded':
    case 'refused':
      return stay(changeLoad(state, change));
    case 'event':
      return stay(addEvent(state, change.event));
    case 'work': {
      const { id, text, index, total } = change;
      return stay(changeWork(state, id, (work) => ({ ...work, state: 'running', text, index, total })));
    }
    case 'worked': {
      const { id, ok, text, now } = change;
      const done = changeWork(state, id, (work) => ({ ...work, state: ok ? 'done' : 'failed', text, endedAt: now }));
      return stay(done, { kind: 'poll' });
    }
    case 'said':
      return stay({ ...state, message: { text: change.text, tone: change.tone, at: state.now } });
  }
};
