// `tenantctl plan show`: its words and help.

import type { CommandDef } from '../definition.ts';

export const planShow: CommandDef = {
  name: 'plan show',
  summary: 'show the rules of one plan',
  details: ['What a plan does not say is left to the defaults; a tenant may override each rule (tenantctl set).'],
  args: [{ name: 'NAME', summary: 'the plan', completes: 'plan' }],
  examples: [{ run: 'tenantctl plan show third', what: 'as a file for plan apply has them' }],
  exits: [3],
  load: async () => (await import('../actions/plan-show.ts')).run,
};
