// `tenantctl trash restore`: its words and help.

import type { CommandDef } from '../definition.ts';

export const trashRestore: CommandDef = {
  name: 'trash restore',
  summary: 'take a tenant out of the trash',
  args: [{ name: 'KEY', summary: 'name or key of the entry', completes: 'trash' }],
  options: [
    { long: 'start', summary: 'start it as well' },
    { long: 'overcommit', summary: 'accept more promises than the house has' },
  ],
  examples: [{ run: 'tenantctl trash restore alice --start', what: 'as it was, with its old address' }],
  exits: [3, 5, 7, 8, 75, 130],
  load: async () => (await import('../actions/trash-restore.ts')).run,
};
