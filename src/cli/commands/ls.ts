// `tenantctl ls`: its words and help.

import type { CommandDef } from '../definition.ts';

export const ls: CommandDef = {
  name: 'ls',
  summary: 'list the tenants with their use and limits',
  details: [
    'Use and limit are shown as USE/LIMIT. "–" is what is not known, "*" a limit that this host cannot enforce. On a terminal, columns that do not fit are left out.',
  ],
  options: [{ long: 'names', summary: 'names only, one a line' }],
  examples: [
    { run: 'tenantctl ls', what: 'a table' },
    { run: 'tenantctl ls --json', what: 'raw figures: bytes, thousandths of a core, ISO times' },
  ],
  load: async () => (await import('../actions/ls.ts')).run,
};
