// `tenantctl policy suggest`: its words and help.

import type { CommandDef } from '../definition.ts';

export const policySuggest: CommandDef = {
  name: 'policy suggest',
  summary: 'propose limits from what a tenant used',
  details: [
    'The 95th percentile of what was used, plus headroom; for CPU that of minutes, beside the highest second. Prints the line to type; nothing is changed.',
  ],
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  options: [{ long: 'since', value: 'TIME', summary: 'how far back, 7d by default' }],
  examples: [{ run: 'tenantctl policy suggest alice --since 7d', what: 'proposals with their figures' }],
  exits: [3],
  load: async () => (await import('../actions/policy-suggest.ts')).run,
};
