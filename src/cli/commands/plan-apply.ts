// `tenantctl plan apply`: its words and help.

import type { CommandDef } from '../definition.ts';

export const planApply: CommandDef = {
  name: 'plan apply',
  summary: 'make or replace plans as a file describes them',
  details: [
    'Reads plans: of the file and leaves its tenants alone. A plan of the file replaces the one of its name as a whole; others stay. Tenants live by the new rules at once. A file with a mistake changes nothing.',
  ],
  args: [{ name: 'FILE', summary: 'a YAML file; - for standard input', completes: 'file' }],
  options: [{ long: 'dry-run', summary: 'only say what would change' }],
  examples: [
    { run: 'tenantctl plan apply tenants/plans.yaml', what: 'three plans to start from' },
    { run: 'tenantctl plan apply tenants/plans.yaml --dry-run', what: 'look first' },
  ],
  exits: [5, 7, 75],
  load: async () => (await import('../actions/plan-apply.ts')).run,
};
