// `tenantctl set`: its words and help.

import type { CommandDef } from '../definition.ts';
import { LIMIT_OPTIONS, POLICY_OPTIONS } from './limit-options.ts';
import { RULE_DETAILS, RULE_OPTIONS } from './rule-options.ts';

export const set: CommandDef = {
  name: 'set',
  summary: 'change limits and rules of a tenant while it runs',
  details: ['"max" or "none" lifts a limit. What is not named stays as it is.', RULE_DETAILS],
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  options: [
    ...LIMIT_OPTIONS,
    ...RULE_OPTIONS,
    ...POLICY_OPTIONS,
    { long: 'restart', summary: 'stop and start it where a change needs that' },
  ],
  examples: [
    { run: 'tenantctl set alice --cpu 0.5', what: 'in force within a second' },
    { run: 'tenantctl set alice --plan third --share inherit', what: 'live by a plan, with its share' },
    { run: 'tenantctl set alice --budget cpu=40h/week --budget egress=500G/month', what: 'so much and no more' },
    { run: 'tenantctl set alice --credits baseline=0.5,burst=2', what: 'save up, then burst' },
    {
      run: 'tenantctl set alice --disk 10G --restart',
      what: 'grow its disk, with a restart where the kernel needs one',
    },
  ],
  exits: [3, 5, 7, 8, 75, 130],
  load: async () => (await import('../actions/set.ts')).run,
};
