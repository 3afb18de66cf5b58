// `tenantctl man`: its words and help.

import type { CommandDef } from '../definition.ts';

export const man: CommandDef = {
  name: 'man',
  summary: 'print the manual page in the language of man(7)',
  examples: [{ run: 'tenantctl man | man -l -', what: 'read it' }],
  load: async () => (await import('../actions/completion.ts')).man,
};
