// `tenantctl daemon`: its words and help.

import type { CommandDef } from '../definition.ts';

export const daemon: CommandDef = {
  name: 'daemon',
  summary: 'serve the API until told to stop; tenants outlive it',
  details: ['Needs root. It ends on SIGTERM and ^C; tenants go on running.'],
  options: [
    { long: 'use-backup', summary: 'read the last good copy of a registry that is damaged' },
    {
      long: 'log-level',
      value: 'LEVEL',
      summary: 'debug, info (the default), warn or error',
      choices: ['debug', 'info', 'warn', 'error'],
    },
  ],
  examples: [{ run: 'sudo tenantctl daemon', what: 'in the foreground; other commands start it by themselves' }],
  exits: [5],
  load: async () => (await import('../actions/daemon.ts')).run,
};
