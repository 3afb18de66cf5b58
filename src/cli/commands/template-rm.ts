// `tenantctl template rm`: its words and help.

import type { CommandDef } from '../definition.ts';

export const templateRm: CommandDef = {
  name: 'template rm',
  summary: 'delete a base that nobody uses',
  args: [
    {
      name: 'BASE',
      summary: 'TEMPLATE@DIGEST, as template ls shows it; the beginning of the digest is enough',
      completes: 'base',
    },
  ],
  examples: [{ run: 'tenantctl template rm minimal@0123456789ab', what: 'frees its space' }],
  exits: [3, 5],
  load: async () => (await import('../actions/template-rm.ts')).run,
};
