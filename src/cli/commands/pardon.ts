// `tenantctl pardon`: its words and help.

import type { CommandDef } from '../definition.ts';

export const pardon: CommandDef = {
  name: 'pardon',
  summary: 'end a penalty and forget what led to it',
  details: ['The score of the tenant goes back to 0, and earlier penalties no longer count.'],
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  examples: [{ run: 'tenantctl pardon alice', what: 'it starts afresh' }],
  exits: [3, 75],
  load: async () => (await import('../actions/pardon.ts')).run,
};
