// `tenantctl plan ls`: its words and help.

import type { CommandDef } from '../definition.ts';

export const planLs: CommandDef = {
  name: 'plan ls',
  summary: 'list the plans, their rules and who lives by them',
  examples: [{ run: 'tenantctl plan ls', what: 'a table' }],
  load: async () => (await import('../actions/plan-ls.ts')).run,
};
