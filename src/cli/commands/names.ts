// `tenantctl __names`: its words and help.

import type { CommandDef } from '../definition.ts';

export const names: CommandDef = {
  name: '__names',
  summary: 'names for completion scripts; hidden',
  args: [{ name: 'KIND', summary: 'what to list', choices: ['tenant', 'plan', 'trash', 'base', 'template'] }],
  examples: [{ run: 'tenantctl __names tenant', what: 'one a line; nothing when no daemon runs' }],
  load: async () => (await import('../actions/names.ts')).run,
};
