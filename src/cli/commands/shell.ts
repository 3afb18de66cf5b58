// `tenantctl shell`: its words and help.

import type { CommandDef } from '../definition.ts';

export const shell: CommandDef = {
  name: 'shell',
  summary: 'open a shell inside a tenant, as its root',
  details: ['Needs root on the host.'],
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  isForeign: true,
  examples: [{ run: 'sudo tenantctl shell alice', what: 'bash where it has one, else sh' }],
  exits: [3, 5],
  load: async () => (await import('../actions/exec.ts')).shell,
};
