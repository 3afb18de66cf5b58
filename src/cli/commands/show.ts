// `tenantctl show`: its words and help.

import type { CommandDef } from '../definition.ts';

export const show: CommandDef = {
  name: 'show',
  summary: 'show everything about one tenant',
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  options: [{ long: 'rules', summary: 'each rule with its value and where that came from: default, plan or tenant' }],
  examples: [
    { run: 'tenantctl show alice', what: 'state, limits with their use, rules, trouble, addresses' },
    { run: 'tenantctl show alice --rules', what: 'the rules it lives by' },
  ],
  exits: [3],
  load: async () => (await import('../actions/show.ts')).run,
};
