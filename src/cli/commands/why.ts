// `tenantctl why`: its words and help.

import type { CommandDef } from '../definition.ts';

export const why: CommandDef = {
  name: 'why',
  summary: 'say what holds a tenant back, now or at a time',
  details: [
    'One sentence, then the figures it rests on: its own cap, a penalty, an empty budget or credit bank, a window, a neighbour, the host, or nothing.',
  ],
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  options: [{ long: 'at', value: 'TIME', summary: 'a time of day (14:05), -DURATION (-2h) or an ISO date and time' }],
  examples: [
    { run: 'tenantctl why alice', what: 'why it is slow now' },
    { run: 'tenantctl why alice --at 14:05', what: 'and why it was at five past two' },
    { run: 'tenantctl why alice --at -2h', what: 'two hours ago' },
  ],
  exits: [3],
  load: async () => (await import('../actions/why.ts')).run,
};
