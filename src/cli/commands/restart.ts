// `tenantctl restart`: its words and help.

import type { CommandDef } from '../definition.ts';

export const restart: CommandDef = {
  name: 'restart',
  summary: 'stop a tenant and start it again',
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  examples: [{ run: 'tenantctl restart alice', what: 'stop a tenant and start it again' }],
  exits: [3, 5, 75, 130],
  load: async () => (await import('../actions/lifecycle.ts')).restart,
};
