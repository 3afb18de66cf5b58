// `tenantctl credits grant`: its words and help.

import type { CommandDef } from '../definition.ts';

export const creditsGrant: CommandDef = {
  name: 'credits grant',
  summary: 'make a tenant a present of credits',
  args: [
    { name: 'NAME', summary: 'who gets them', completes: 'tenant' },
    { name: 'CREDITS', summary: 'how many; what the bank cannot hold is not added', completes: 'none' },
  ],
  examples: [{ run: 'tenantctl credits grant alice 60', what: 'an hour of one core' }],
  exits: [3, 5, 75],
  load: async () => (await import('../actions/credits-move.ts')).grant,
};
