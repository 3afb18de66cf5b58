// `tenantctl version`: its words and help.

import type { CommandDef } from '../definition.ts';

export const version: CommandDef = {
  name: 'version',
  summary: 'print versions of this program and of the daemon',
  examples: [{ run: 'tenantctl version', what: 'does not start a daemon' }],
  load: async () => (await import('../actions/version.ts')).run,
};
