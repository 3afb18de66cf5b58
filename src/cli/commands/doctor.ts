// `tenantctl doctor`: its words and help.

import type { CommandDef } from '../definition.ts';

export const doctor: CommandDef = {
  name: 'doctor',
  summary: 'check what this host can do, and how to mend it',
  examples: [{ run: 'tenantctl doctor', what: 'one line a check, with the fix' }],
  exits: [8],
  load: async () => (await import('../actions/doctor.ts')).run,
};
