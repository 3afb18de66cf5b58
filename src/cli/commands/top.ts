// `tenantctl top`: its words and help.

import type { CommandDef } from '../definition.ts';

export const top: CommandDef = {
  name: 'top',
  summary: 'show what the box and its tenants use',
  details: [
    'CPU% and MEM% are of the limit in force, of the house where there is none; THR% is of the enforcement periods. (host) is the whole machine, (tenants) the sum of tenants against the house, which is what the host leaves them.',
  ],
  options: [
    { long: 'watch', short: 'w', summary: 'refresh in place until ^C' },
    { long: 'interval', value: 'TIME', summary: 'how often, 1s by default' },
  ],
  examples: [
    { run: 'tenantctl top', what: 'one table' },
    { run: 'tenantctl top --watch --interval 2s', what: 'a table that moves' },
  ],
  load: async () => (await import('../actions/top.ts')).run,
};
