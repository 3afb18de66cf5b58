// `tenantctl history`: its words and help.

import type { CommandDef } from '../definition.ts';

export const history: CommandDef = {
  name: 'history',
  summary: 'show what a tenant or the host used over time',
  details: [
    'Rows of 10 s are kept 24 hours, of 1 m 30 days, of 1 h 400 days. Without --step: 10s for half an hour, 1m for three hours, else 1h. Times are those of your zone.',
  ],
  args: [{ name: 'NAME', summary: 'the tenant, or host', completes: 'tenant' }],
  options: [
    { long: 'since', value: 'TIME', summary: 'how far back, 24h by default' },
    { long: 'step', value: 'STEP', summary: 'time of one row: 10s, 1m or 1h', choices: ['10s', '1m', '1h'] },
  ],
  examples: [
    { run: 'tenantctl history alice', what: 'a day, a row an hour' },
    { run: 'tenantctl history host --since 30m --step 10s', what: 'the machine, closely' },
    { run: 'tenantctl history alice --since 30d --json', what: 'raw figures' },
  ],
  exits: [3],
  load: async () => (await import('../actions/history.ts')).run,
};
