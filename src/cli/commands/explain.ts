// `tenantctl explain`: its words and help.

import type { CommandDef } from '../definition.ts';

export const explain: CommandDef = {
  name: 'explain',
  summary: 'print the by-hand shell script that makes such a tenant',
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  examples: [{ run: 'tenantctl explain alice', what: 'chroot, namespaces and cgroups, nothing hidden' }],
  exits: [3],
  load: async () => (await import('../actions/explain.ts')).run,
};
