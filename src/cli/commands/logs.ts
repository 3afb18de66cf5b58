// `tenantctl logs`: its words and help.

import type { CommandDef } from '../definition.ts';

export const logs: CommandDef = {
  name: 'logs',
  summary: 'print what a tenant wrote on its console',
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  options: [
    { long: 'bytes', value: 'N', summary: 'how much of the end, 65536 by default' },
    { long: 'before', summary: 'of the run before this one: what a crash left to read' },
    { long: 'raw', summary: 'bytes as they are: only for files, a terminal may obey them' },
  ],
  examples: [
    { run: 'tenantctl logs alice', what: 'the end of its console, since it was started' },
    { run: 'tenantctl logs alice --before', what: 'the end of the run before, such as one that crashed' },
    { run: 'tenantctl logs alice --raw > console.log', what: 'nothing escaped' },
  ],
  exits: [3],
  load: async () => (await import('../actions/logs.ts')).run,
};
