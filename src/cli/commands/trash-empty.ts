// `tenantctl trash empty`: its words and help.

import type { CommandDef } from '../definition.ts';

export const trashEmpty: CommandDef = {
  name: 'trash empty',
  summary: 'delete removed tenants for good',
  args: [{ name: 'KEY', summary: 'one entry; without it, all', optional: true, completes: 'trash' }],
  options: [{ long: 'yes', short: 'y', summary: 'do not ask' }],
  examples: [
    { run: 'tenantctl trash empty --yes', what: 'delete all entries' },
    { run: 'tenantctl trash empty alice', what: 'delete the newest alice' },
  ],
  exits: [3, 130],
  load: async () => (await import('../actions/trash-empty.ts')).run,
};
