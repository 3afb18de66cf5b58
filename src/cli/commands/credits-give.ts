// `tenantctl credits give`: its words and help.

import type { CommandDef } from '../definition.ts';

export const creditsGive: CommandDef = {
  name: 'credits give',
  summary: 'move credits from one tenant to another',
  args: [
    { name: 'FROM', summary: 'who pays', completes: 'tenant' },
    { name: 'TO', summary: 'who gets them', completes: 'tenant' },
    { name: 'CREDITS', summary: 'how many; what the other bank cannot hold stays', completes: 'none' },
  ],
  examples: [{ run: 'tenantctl credits give bob alice 30', what: 'bob pays' }],
  exits: [3, 5, 75],
  load: async () => (await import('../actions/credits-move.ts')).give,
};
