// `tenantctl help`: its words and help.

import type { CommandDef } from '../definition.ts';

export const help: CommandDef = {
  name: 'help',
  summary: 'show help of a command',
  args: [
    { name: 'COMMAND', summary: 'a command', optional: true, completes: 'command' },
    { name: 'SUB', summary: 'and the word behind it', optional: true, completes: 'none' },
  ],
  examples: [{ run: 'tenantctl help add', what: 'the same as tenantctl add --help' }],
  load: async () => (await import('../actions/help.ts')).run,
};
