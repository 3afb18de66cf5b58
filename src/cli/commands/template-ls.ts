// `tenantctl template ls`: its words and help.

import type { CommandDef } from '../definition.ts';

export const templateLs: CommandDef = {
  name: 'template ls',
  summary: 'list templates and the bases built from them',
  examples: [{ run: 'tenantctl template ls', what: 'sizes, and who uses them' }],
  load: async () => (await import('../actions/template-ls.ts')).run,
};
