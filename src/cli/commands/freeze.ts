// `tenantctl freeze`: its words and help.

import type { CommandDef } from '../definition.ts';

export const freeze: CommandDef = {
  name: 'freeze',
  summary: 'stop the clock for all its processes; they keep their memory',
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  examples: [{ run: 'tenantctl freeze alice', what: 'stop the clock for all its processes; they keep their memory' }],
  exits: [3, 5, 75, 130],
  load: async () => (await import('../actions/lifecycle.ts')).freeze,
};
