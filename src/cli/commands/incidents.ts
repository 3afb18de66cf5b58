// `tenantctl incidents`: its words and help.

import type { CommandDef } from '../definition.ts';

export const incidents: CommandDef = {
  name: 'incidents',
  summary: 'list what went wrong, with the evidence',
  details: [
    'A burst of faults or an act of a rule opens an incident; what follows within 5 minutes belongs to it. Times are those of your zone.',
  ],
  args: [{ name: 'NAME', summary: 'one tenant; without it, all', optional: true, completes: 'tenant' }],
  options: [
    { long: 'since', value: 'TIME', summary: 'how far back, 7d by default' },
    { long: 'open', summary: 'only those that are not over' },
    { long: 'details', summary: 'processes, pressure, neighbours, action and outcome of each' },
  ],
  examples: [
    { run: 'tenantctl incidents', what: 'of the last week' },
    { run: 'tenantctl incidents alice --since 1d --details', what: 'with the evidence' },
    { run: 'tenantctl incidents --open', what: 'what goes on now' },
  ],
  exits: [3],
  load: async () => (await import('../actions/incidents.ts')).run,
};
