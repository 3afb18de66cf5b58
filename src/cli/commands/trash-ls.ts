// `tenantctl trash ls`: its words and help.

import type { CommandDef } from '../definition.ts';

export const trashLs: CommandDef = {
  name: 'trash ls',
  summary: 'list removed tenants',
  examples: [{ run: 'tenantctl trash ls', what: 'what can be restored, until when' }],
  load: async () => (await import('../actions/trash-ls.ts')).run,
};
