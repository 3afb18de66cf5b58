// `tenantctl show`: its words and help.

import type { CommandDef } from '../definition.ts';

export const show: CommandDef = {
  name: 'show',
  summary: 'show everything about one tenant',
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  examples: [{ run: 'tenantctl show alice', what: 'state, limits with their use, trouble, addresses' }],
  exits: [3],
  load: async () => (await import('../actions/show.ts')).run,
};
