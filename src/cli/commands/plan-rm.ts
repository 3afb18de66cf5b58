// `tenantctl plan rm`: its words and help.

import type { CommandDef } from '../definition.ts';

export const planRm: CommandDef = {
  name: 'plan rm',
  summary: 'remove a plan that nobody lives by',
  args: [{ name: 'NAME', summary: 'the plan', completes: 'plan' }],
  examples: [{ run: 'tenantctl plan rm small', what: 'refused while a tenant lives by it' }],
  exits: [3, 5, 75],
  load: async () => (await import('../actions/plan-rm.ts')).run,
};
