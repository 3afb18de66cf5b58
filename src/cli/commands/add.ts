// `tenantctl add`: its words and help.

import type { CommandDef } from '../definition.ts';
import { LIMIT_OPTIONS, POLICY_OPTIONS } from './limit-options.ts';
import { RULE_DETAILS, RULE_OPTIONS } from './rule-options.ts';

export const add: CommandDef = {
  name: 'add',
  summary: 'create a tenant and start it',
  details: [
    'Without options it gets 512 MiB of memory, a disk of 5 GiB and 512 processes. ^C undoes what was begun.',
    'Asked for a tenant that is there already, with the same template, limits, plan and rules, it changes nothing (it does not start it either) and ends with 0; with others it ends with 5.',
    RULE_DETAILS,
  ],
  args: [{ name: 'NAME', summary: 'its name: 1-30 of a-z, 0-9 and "-"', completes: 'none' }],
  options: [
    ...LIMIT_OPTIONS,
    {
      long: 'template',
      value: 'TEMPLATE',
      summary: 'what it is made of: minimal (the default), debian or tar:FILE',
      completes: 'template',
    },
    ...RULE_OPTIONS,
    ...POLICY_OPTIONS,
    { long: 'no-start', summary: 'create it, but do not start it' },
  ],
  examples: [
    { run: 'tenantctl add alice --cpu 1 --memory 512M --disk 5G', what: 'one core, 512 MiB, a disk of 5 GiB' },
    { run: 'tenantctl add bob --template debian --memory 1G', what: 'a whole Debian with systemd' },
    { run: 'tenantctl add dave --plan third --share 1/4', what: 'the rules of a plan, with another share' },
    {
      run: 'tenantctl add carol --io-read 50M --best-effort',
      what: 'a limit that counts as a wish where the kernel cannot enforce it',
    },
  ],
  exits: [3, 5, 7, 8, 75, 130],
  load: async () => (await import('../actions/add.ts')).run,
};
