// `tenantctl dash`: its words and help.

import type { CommandDef } from '../definition.ts';

/** Columns of the dashboard that rows can be sorted by; a test compares them with its own table. */
export const DASH_SORTS: readonly string[] = [
  'name',
  'state',
  'cpu',
  'throttled',
  'cores',
  'memory-bar',
  'memory',
  'swap',
  'pids',
  'disk',
  'full',
  'io',
  'net',
  'pressure',
  'faults',
  'left',
  'badge',
];

export const dash: CommandDef = {
  name: 'dash',
  summary: 'watch and steer the box live in the terminal',
  details: [
    'A list of tenants with what they use of their limits, a detail of each with graphs, processes, incidents and events, and every act on them. ? shows all keys. Ctrl-Z and fg work; a daemon that restarts is waited for.',
    'Sorting, scale and rate are kept in XDG_CONFIG_HOME/tenantctl/dash.json. Without a terminal it prints the table of tenantctl top once.',
  ],
  options: [
    { long: 'read-only', summary: 'look only: nothing can be changed and no shell opened' },
    { long: 'sort', value: 'COLUMN', summary: 'sort by this column, biggest first', choices: DASH_SORTS },
    { long: 'filter', value: 'TEXT', summary: 'show rows that hold the text; with ! before it those that do not' },
    { long: 'ascii', summary: 'no characters beyond ASCII' },
    { long: 'light', summary: 'colours for a light ground' },
    { long: 'dark', summary: 'colours for a dark ground; COLORFGBG decides when neither is given' },
    { long: 'screen-reader', summary: 'sentences instead of a screen; so does INK_SCREEN_READER=true' },
  ],
  examples: [
    { run: 'tenantctl dash', what: 'open it; ? for help, q to leave' },
    { run: 'tenantctl dash --read-only --sort memory', what: 'to leave open on a wall' },
  ],
  load: async () => (await import('../actions/dash.ts')).run,
};
