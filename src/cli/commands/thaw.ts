// `tenantctl thaw`: its words and help.

import type { CommandDef } from '../definition.ts';

export const thaw: CommandDef = {
  name: 'thaw',
  summary: 'let a frozen tenant run on',
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  examples: [{ run: 'tenantctl thaw alice', what: 'let a frozen tenant run on' }],
  exits: [3, 5, 75, 130],
  load: async () => (await import('../actions/lifecycle.ts')).thaw,
};
