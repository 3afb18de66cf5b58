// `tenantctl events`: its words and help.

import type { CommandDef } from '../definition.ts';

export const events: CommandDef = {
  name: 'events',
  summary: 'print what happened',
  options: [
    { long: 'since', value: 'N', summary: 'events after this number; 0 for all that are kept' },
    { long: 'follow', short: 'f', summary: 'go on until ^C' },
    { long: 'tenant', value: 'NAME', summary: 'only of this tenant', completes: 'tenant' },
  ],
  examples: [
    { run: 'tenantctl events', what: 'the last 50' },
    { run: 'tenantctl events --follow --tenant alice', what: 'as it happens' },
    { run: 'tenantctl events --since 0 --json', what: 'everything kept, one JSON object a line' },
  ],
  exits: [3],
  load: async () => (await import('../actions/events.ts')).run,
};
