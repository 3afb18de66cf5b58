// `tenantctl start`: its words and help.

import type { CommandDef } from '../definition.ts';

export const start: CommandDef = {
  name: 'start',
  summary: 'start a tenant',
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  examples: [{ run: 'tenantctl start alice', what: 'start a tenant' }],
  exits: [3, 5, 7, 8, 75, 130],
  load: async () => (await import('../actions/lifecycle.ts')).start,
};
