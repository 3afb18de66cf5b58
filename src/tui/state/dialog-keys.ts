// Keys in the filter, help, menus, questions and forms. Pure.

import type { Command } from '../keymap.ts';
import { typedText } from '../keys.ts';
import { buildRows } from '../view-model/list.ts';
import { askBefore, describeTargets, formJobs, isLegal, isShown, targets, verbJobs } from './acts.ts';
import { buildCreditsForm, buildLimitsForm, editField, moveField } from './form.ts';
import { checkForm } from './form-check.ts';
import { pageOf, sortBy } from './screen-keys.ts';
import {
  type Dialog,
  type Effect,
  type Job,
  type MenuChoice,
  type Next,
  type State,
  stay,
  type Verb,
} from './types.ts';

const close = (state: State): State => ({ ...state, dialog: undefined });
const show = (state: State, dialog: Dialog): State => ({ ...state, dialog });
const warn = (state: State, text: string): State => ({ ...state, message: { text, tone: 'warn', at: state.now } });

/** Queues the jobs, each visible at once; marks have served. */
export const startJobs = (state: State, drafts: readonly Omit<Job, 'id'>[]): Next => {
  const jobs = drafts.map((draft, i): Job => ({ ...draft, id: state.nextJob + i }));
  if (jobs.length === 0) return stay(warn(close(state), 'there is nothing to do'));
  const works = jobs.map(
    (job) => ({ job, state: 'waiting', text: 'waits', index: 0, total: 0, endedAt: undefined }) as const,
  );
  const effect: Effect = { kind: 'work', jobs };
  return stay(
    { ...close(state), marked: [], nextJob: state.nextJob + jobs.length, works: [...state.works, ...works] },
    effect,
  );
};

const chooseVerb = (state: State, verb: Verb): Next => {
  const names = targets(state)
    .filter((tenant) => isLegal(verb, tenant))
    .map(({ name }) => name);
  if (names.length === 0) return stay(warn(close(state), `${verb} means nothing for ${describeTargets([])}`));
  const question = askBefore(verb, names);
  return question ? stay(show(state, question)) : startJobs(state, verbJobs(verb, names));
};

const choose = (state: State, choice: MenuChoice): Next => {
  if (choice.kind === 'sort') return sortBy(close(state), choice.column);
  if (choice.kind === 'verb') return chooseVerb(state, choice.verb);
  const tenants = targets(state);
  if (choice.kind === 'limits') return stay(show(state, { kind: 'form', form: buildLimitsForm(tenants) }));
  const names = tenants.filter(({ scheduling }) => scheduling?.credits).map(({ name }) => name);
  return stay(show(state, { kind: 'form', form: buildCreditsForm(names) }));
};

type Of<K extends Dialog['kind']> = Extract<Dialog, { kind: K }>;

/** What the next key acts on must be in sight. */
const selectShown = (state: State): State =>
  isShown(state, state.selected) ? state : { ...state, selected: buildRows(state)[0]?.tenant.name ?? state.selected };

const inFilter = (state: State, dialog: Of<'filter'>, command: Command | undefined, key: string): Next => {
  const filter = state.filter;
  if (command === 'back') return stay({ ...close(state), filter: dialog.before });
  if (command === 'choose') return stay(selectShown(close(state)));
  if (command === 'erase') return stay({ ...state, filter: [...filter].slice(0, -1).join('') });
  if (command === 'clear') return stay({ ...state, filter: '' });
  return stay({ ...state, filter: (filter + typedText(key)).slice(0, 60), first: 0 });
};

const inHelp = (state: State, dialog: Of<'help'>, command: Command | undefined): Next => {
  const by = { up: -1, down: 1, 'page-up': -pageOf(state), 'page-down': pageOf(state), first: -1e9, last: 1e9 }[
    command as string
  ];
  if (by !== undefined) return stay(show(state, { ...dialog, scroll: Math.max(0, Math.min(1e6, dialog.scroll + by)) }));
  return stay(close(state));
};

const inMenu = (state: State, dialog: Of<'menu'>, command: Command | undefined, key: string): Next => {
  const { items, index } = dialog;
  const byLetter = items.find((item) => item.key === key);
  if (byLetter) return choose(state, byLetter.choice);
  if (command === 'back') return stay(close(state));
  const by = key === 'j' || command === 'down' ? 1 : key === 'k' || command === 'up' ? -1 : 0;
  if (by !== 0) return stay(show(state, { ...dialog, index: (index + by + items.length) % items.length }));
  const item = items[index];
  return command === 'choose' && item ? choose(state, item.choice) : stay(state);
};

const inQuestion = (state: State, dialog: Of<'confirm'>, command: Command | undefined, key: string): Next => {
  if (command === 'back') return stay(close(state));
  if (command === 'erase') return stay(show(state, { ...dialog, typed: dialog.typed.slice(0, -1) }));
  if (command === 'clear') return stay(show(state, { ...dialog, typed: '' }));
  if (command === 'submit')
    return dialog.typed === dialog.want ? startJobs(state, verbJobs(dialog.verb, dialog.names)) : stay(state);
  return stay(show(state, { ...dialog, typed: (dialog.typed + typedText(key)).slice(0, 60) }));
};

const submit = (state: State, dialog: Of<'form'>, key: string): Next => {
  const { form } = dialog;
  if (key === 'enter' && form.index < form.fields.length)
    return stay(show(state, { ...dialog, form: moveField(form, 1) }));
  const { blocked } = checkForm(form, state);
  return blocked === undefined ? startJobs(state, formJobs(form, state)) : stay(warn(state, blocked));
};

const inForm = (state: State, dialog: Of<'form'>, command: Command | undefined, key: string): Next => {
  const { form } = dialog;
  const edit = (change: (value: string) => string): Next =>
    stay(show(state, { ...dialog, form: editField(form, change) }));
  if (command === 'back') return stay(close(state));
  if (command === 'down') return stay(show(state, { ...dialog, form: moveField(form, 1) }));
  if (command === 'up') return stay(show(state, { ...dialog, form: moveField(form, -1) }));
  if (command === 'submit') return submit(state, dialog, key);
  if (command === 'erase') return edit((value) => [...value].slice(0, -1).join(''));
  if (command === 'clear') return edit(() => '');
  return edit((value) => value + typedText(key));
};

export const actInDialog = (state: State, dialog: Dialog, command: Command | undefined, key: string): Next => {
  if (command === 'quit') return stay(state, { kind: 'quit' });
  if (command === 'suspend') return stay(state, { kind: 'suspend' });
  switch (dialog.kind) {
    case 'filter':
      return inFilter(state, dialog, command, key);
    case 'help':
      return inHelp(state, dialog, command);
    case 'menu':
      return inMenu(state, dialog, command, key);
    case 'confirm':
      return inQuestion(state, dialog, command, key);
    case 'form':
      return inForm(state, dialog, command, key);
  }
};

/** Pasted text is text: it never acts, and only its first line counts. */
export const pasteInto = (state: State, text: string): State => {
  const { dialog } = state;
  const line = (text.split(/[\r\n]/)[0] ?? '').replace(/\p{Cc}/gu, '');
  if (dialog?.kind === 'filter') return { ...state, filter: (state.filter + line).slice(0, 60) };
  if (dialog?.kind === 'confirm') return show(state, { ...dialog, typed: (dialog.typed + line).slice(0, 60) });
  if (dialog?.kind === 'form') return show(state, { ...dialog, form: editField(dialog.form, (value) => value + line) });
  return state;
};
