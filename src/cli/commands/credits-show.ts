// `tenantctl credits show`: its words and help.

import type { CommandDef } from '../definition.ts';

export const creditsShow: CommandDef = {
  name: 'credits show',
  summary: 'show the credit banks',
  details: [
    '1 credit is one core for one minute. A bank earns at the baseline, holds 24 hours of that at the most, and is spent by use above the baseline.',
  ],
  args: [
    { name: 'NAME', summary: 'one tenant; without it, all that have a bank', optional: true, completes: 'tenant' },
  ],
  examples: [{ run: 'tenantctl credits show', what: 'balances, and when they run out' }],
  exits: [3, 5],
  load: async () => (await import('../actions/credits-show.ts')).run,
};
