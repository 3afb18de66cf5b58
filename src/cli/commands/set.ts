// `tenantctl set`: its words and help.

import type { CommandDef } from '../definition.ts';
import { LIMIT_OPTIONS, POLICY_OPTIONS } from './limit-options.ts';

export const set: CommandDef = {
  name: 'set',
  summary: 'change limits of a tenant while it runs',
  details: ['"max" or "none" lifts a limit. What is not named stays as it is.'],
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  options: [
    ...LIMIT_OPTIONS,
    ...POLICY_OPTIONS,
    { long: 'restart', summary: 'stop and start it where a change needs that' },
  ],
  examples: [
    { run: 'tenantctl set alice --cpu 0.5', what: 'in force within a second' },
    {
      run: 'tenantctl set alice --disk 10G --restart',
      what: 'grow its disk, with a restart where the kernel needs one',
    },
  ],
  exits: [3, 5, 7, 8, 75, 130],
  load: async () => (await import('../actions/set.ts')).run,
};
