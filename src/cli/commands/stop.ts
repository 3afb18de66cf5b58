// `tenantctl stop`: its words and help.

import type { CommandDef } from '../definition.ts';

export const stop: CommandDef = {
  name: 'stop',
  summary: 'ask a tenant to power off, then make it',
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  options: [{ long: 'timeout', value: 'TIME', summary: 'how long it may take, for example 30s; 0s for at once' }],
  examples: [
    { run: 'tenantctl stop alice', what: 'stop it in order' },
    { run: 'tenantctl stop alice --timeout 0s', what: 'pull the plug' },
  ],
  exits: [3, 5, 75, 130],
  load: async () => (await import('../actions/lifecycle.ts')).stop,
};
