// `tenantctl rm`: its words and help.

import type { CommandDef } from '../definition.ts';

export const rm: CommandDef = {
  name: 'rm',
  summary: 'move a tenant to the trash',
  details: ['It is stopped and kept for 7 days: tenantctl trash restore alice.'],
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  options: [{ long: 'yes', short: 'y', summary: 'do not ask for the name' }],
  examples: [
    { run: 'tenantctl rm alice', what: 'asks for the name' },
    { run: 'tenantctl rm alice --yes', what: 'does not' },
  ],
  exits: [3, 5, 75, 130],
  load: async () => (await import('../actions/rm.ts')).run,
};
