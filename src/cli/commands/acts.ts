// `tenantctl acts`: its words and help.

import type { CommandDef } from '../definition.ts';

export const acts: CommandDef = {
  name: 'acts',
  summary: 'list what the rules did, or would have done',
  details: [
    'In mode watch a rule only records what it would have done; such acts are marked. Times are those of your zone.',
  ],
  args: [{ name: 'NAME', summary: 'one tenant; without it, all', optional: true, completes: 'tenant' }],
  options: [{ long: 'since', value: 'TIME', summary: 'how far back, 24h by default' }],
  examples: [
    { run: 'tenantctl acts', what: 'of the last day' },
    { run: 'tenantctl acts alice --since 7d', what: 'of a week, one tenant' },
  ],
  exits: [3],
  load: async () => (await import('../actions/acts.ts')).run,
};
