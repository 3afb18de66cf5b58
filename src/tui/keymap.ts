// Which key does what where: data. The help, the hints at the foot and the routing of keys are made from it.

export type Mode = 'list' | 'detail' | 'filter' | 'help' | 'menu' | 'confirm' | 'form';

export type Command =
  | 'quit'
  | 'suspend'
  | 'redraw'
  | 'help'
  | 'back'
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'open'
  | 'filter'
  | 'sort-menu'
  | 'reverse'
  | 'sort-left'
  | 'sort-right'
  | 'mark'
  | 'mark-all'
  | 'pause'
  | 'faster'
  | 'slower'
  | 'scale'
  | 'theme'
  | 'earlier'
  | 'later'
  | 'hour-earlier'
  | 'hour-later'
  | 'mark-earlier'
  | 'mark-later'
  | 'now'
  | 'create'
  | 'limits'
  | 'actions'
  | 'shell'
  | 'processes'
  | 'logs'
  | 'next-pane'
  | 'previous-pane'
  | 'pane'
  | 'range'
  | 'erase'
  | 'clear'
  | 'submit'
  | 'choose';

export interface Binding {
  readonly keys: readonly string[];
  readonly command: Command;
  readonly modes: readonly Mode[];
  readonly help: string;
  /** Shown at the foot, most useful first; absent: in the help only. */
  readonly hint?: string;
  /** Not there with --read-only. */
  readonly acts?: boolean;
}

const EVERYWHERE: readonly Mode[] = ['list', 'detail', 'filter', 'help', 'menu', 'confirm', 'form'];
const SCREENS: readonly Mode[] = ['list', 'detail'];
const TYPING: readonly Mode[] = ['filter', 'confirm', 'form'];

export const KEYMAP: readonly Binding[] = [
  { keys: ['?'], command: 'help', modes: SCREENS, help: 'this help', hint: 'help' },
  { keys: ['q'], command: 'quit', modes: ['list'], help: 'leave', hint: 'quit' },
  { keys: ['ctrl-c'], command: 'quit', modes: EVERYWHERE, help: 'leave from anywhere' },
  { keys: ['ctrl-z'], command: 'suspend', modes: EVERYWHERE, help: 'to the shell below; fg comes back' },
  { keys: ['ctrl-l', 'r'], command: 'redraw', modes: SCREENS, help: 'ask again and draw anew' },
  { keys: ['j', 'down'], command: 'down', modes: [...SCREENS, 'help'], help: 'down' },
  { keys: ['k', 'up'], command: 'up', modes: [...SCREENS, 'help'], help: 'up' },
  { keys: ['down', 'tab'], command: 'down', modes: ['menu', 'form'], help: 'next line' },
  { keys: ['up', 'shift-tab'], command: 'up', modes: ['menu', 'form'], help: 'line before' },
  { keys: ['pagedown', 'ctrl-f'], command: 'page-down', modes: [...SCREENS, 'help'], help: 'a page down' },
  { keys: ['pageup', 'ctrl-b'], command: 'page-up', modes: [...SCREENS, 'help'], help: 'a page up' },
  { keys: ['home', 'g'], command: 'first', modes: [...SCREENS, 'help'], help: 'to the first' },
  { keys: ['end', 'G'], command: 'last', modes: [...SCREENS, 'help'], help: 'to the last' },
  { keys: ['enter', 'd'], command: 'open', modes: ['list'], help: 'detail of the tenant', hint: 'detail' },
  { keys: ['tab'], command: 'next-pane', modes: ['detail'], help: 'next pane', hint: 'pane' },
  { keys: ['shift-tab'], command: 'previous-pane', modes: ['detail'], help: 'pane before' },
  { keys: ['1', '2', '3', '4', '5', '6', '7'], command: 'pane', modes: ['detail'], help: 'that pane' },
  { keys: ['t'], command: 'range', modes: ['detail'], help: 'time range: 1 min, 15 min, 24 h', hint: 'range' },
  {
    keys: ['/'],
    command: 'filter',
    modes: ['list'],
    help: 'filter rows by what they show; ! first: all but',
    hint: 'filter',
  },
  { keys: ['s'], command: 'sort-menu', modes: ['list'], help: 'sort; the same column again reverses', hint: 'sort' },
  { keys: ['S', 'I'], command: 'reverse', modes: ['list'], help: 'reverse the order' },
  { keys: ['<'], command: 'sort-left', modes: ['list'], help: 'sort by the column to the left' },
  { keys: ['>'], command: 'sort-right', modes: ['list'], help: 'sort by the column to the right' },
  { keys: ['%'], command: 'scale', modes: SCREENS, help: 'shares of the own limit, or of the machine' },
  { keys: ['p'], command: 'pause', modes: SCREENS, help: 'hold the figures, and let them run again' },
  { keys: ['+', '='], command: 'faster', modes: SCREENS, help: 'more often' },
  { keys: ['-'], command: 'slower', modes: SCREENS, help: 'less often' },
  { keys: ['T'], command: 'theme', modes: SCREENS, help: 'colours for a dark or a light ground' },
  { keys: ['left'], command: 'earlier', modes: SCREENS, help: 'a minute back in time, up to 24 h', hint: 'time' },
  { keys: ['right'], command: 'later', modes: SCREENS, help: 'a minute forward' },
  { keys: [','], command: 'hour-earlier', modes: SCREENS, help: 'an hour back' },
  { keys: ['.'], command: 'hour-later', modes: SCREENS, help: 'an hour forward' },
  {
    keys: ['[', 'ctrl-left'],
    command: 'mark-earlier',
    modes: SCREENS,
    help: 'to the last act of the scheduler before',
  },
  { keys: [']', 'ctrl-right'], command: 'mark-later', modes: SCREENS, help: 'to the next act of the scheduler' },
  { keys: ['n'], command: 'now', modes: SCREENS, help: 'back to now' },
  {
    keys: ['e'],
    command: 'shell',
    modes: SCREENS,
    help: 'a shell in the tenant; exit comes back',
    hint: 'shell',
    acts: true,
  },
  { keys: ['h'], command: 'processes', modes: SCREENS, help: 'its processes', hint: 'processes' },
  { keys: ['l'], command: 'logs', modes: SCREENS, help: 'its console', hint: 'log' },
  { keys: ['c'], command: 'create', modes: SCREENS, help: 'create a tenant', hint: 'create', acts: true },
  {
    keys: ['L'],
    command: 'limits',
    modes: SCREENS,
    help: 'change its limits, or those of the marked',
    hint: 'limits',
    acts: true,
  },
  {
    keys: ['x'],
    command: 'actions',
    modes: SCREENS,
    help: 'start, stop, restart, freeze, thaw, pardon, credits, delete',
    hint: 'act',
    acts: true,
  },
  { keys: ['space'], command: 'mark', modes: ['list'], help: 'mark, to act on several' },
  { keys: ['*'], command: 'mark-all', modes: ['list'], help: 'mark all rows shown, or none' },
  { keys: ['esc', 'q'], command: 'back', modes: ['detail', 'help', 'menu'], help: 'back', hint: 'back' },
  { keys: ['esc'], command: 'back', modes: ['list', ...TYPING], help: 'drop the filter, the marks, the dialog' },
  { keys: ['enter'], command: 'choose', modes: ['menu', 'filter'], help: 'take it', hint: 'take' },
  {
    keys: ['enter'],
    command: 'submit',
    modes: ['confirm', 'form'],
    help: 'next field; on the last line: do it',
    hint: 'do it',
  },
  { keys: ['ctrl-s'], command: 'submit', modes: ['form'], help: 'do it from any field' },
  { keys: ['backspace', 'delete'], command: 'erase', modes: TYPING, help: 'erase a letter' },
  { keys: ['ctrl-u'], command: 'clear', modes: TYPING, help: 'erase all' },
];

export const findBinding = (mode: Mode, key: string, readOnly: boolean): Binding | undefined =>
  KEYMAP.find((binding) => binding.modes.includes(mode) && binding.keys.includes(key) && !(readOnly && binding.acts));

const NAMES: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  enter: 'Enter',
  esc: 'Esc',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
  space: 'Space',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  backspace: 'Backspace',
  delete: 'Del',
};

const ASCII_NAMES: Readonly<Record<string, string>> = {
  ...NAMES,
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
};

const keyName = (key: string, ascii: boolean): string => {
  const plain = key.startsWith('ctrl-') ? key.slice(5) : undefined;
  const names = ascii ? ASCII_NAMES : NAMES;
  return plain === undefined ? (names[key] ?? key) : `^${names[plain] ?? plain.toUpperCase()}`;
};

export interface HelpRow {
  readonly keys: string;
  readonly text: string;
}

const MODE_TITLES: { readonly [K in Mode]?: string } = {
  list: 'In the list',
  detail: 'In the detail',
  form: 'In a form',
  confirm: 'In a question',
  menu: 'In a menu',
  filter: 'In the filter',
};

/** All bindings by place; what works in list and detail alike comes once, first. */
export const buildHelp = (readOnly: boolean, ascii: boolean): { title: string; rows: HelpRow[] }[] => {
  const usable = KEYMAP.filter((binding) => !(readOnly && binding.acts));
  const isBoth = ({ modes }: Binding): boolean => modes.includes('list') && modes.includes('detail');
  const rows = (bindings: readonly Binding[]): HelpRow[] =>
    bindings.map(({ keys, help }) => ({ keys: keys.map((key) => keyName(key, ascii)).join(' '), text: help }));
  const places = (Object.keys(MODE_TITLES) as Mode[]).map((mode) => ({
    title: MODE_TITLES[mode] ?? '',
    rows: rows(usable.filter((binding) => binding.modes.includes(mode) && !isBoth(binding))),
  }));
  return [{ title: 'Everywhere', rows: rows(usable.filter(isBoth)) }, ...places];
};

/** "Enter detail · / filter · …" */
export const buildHints = (mode: Mode, readOnly: boolean, ascii: boolean): { key: string; text: string }[] =>
  KEYMAP.filter(({ modes, hint, acts }) => hint !== undefined && modes.includes(mode) && !(readOnly && acts)).map(
    ({ keys, hint }) => ({ key: keyName(keys[0] ?? '', ascii), text: hint ?? '' }),
  );
