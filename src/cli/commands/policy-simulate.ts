// `tenantctl policy simulate`: its words and help.

import type { CommandDef } from '../definition.ts';

export const policySimulate: CommandDef = {
  name: 'policy simulate',
  summary: 'replay what was measured through other rules',
  details: [
    'Prints every act that would have been, and a summary. The file is one as apply takes: plans, and tenants with plan and rules; limits in it are not looked at. Nothing is changed.',
    'Another exempt list changes nothing here: which CPU time is exempt stays as it was recorded.',
    '--in-force replays the rules as they are and compares with what was recorded: status 1 when the two differ.',
  ],
  args: [{ name: 'FILE', summary: 'a YAML file; - for standard input', optional: true, completes: 'file' }],
  options: [
    { long: 'in-force', summary: 'the rules in force, without a file' },
    { long: 'since', value: 'TIME', summary: 'how far back, 7d by default' },
  ],
  examples: [
    { run: 'tenantctl policy simulate tenants/plans.yaml --since 7d', what: 'what these plans would have done' },
    { run: 'tenantctl policy simulate --in-force --since 1d', what: 'does the replay equal the record?' },
  ],
  exits: [3, 5, 7],
  load: async () => (await import('../actions/policy-simulate.ts')).run,
};
