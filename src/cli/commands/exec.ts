// `tenantctl exec`: its words and help.

import type { CommandDef } from '../definition.ts';

export const exec: CommandDef = {
  name: 'exec',
  summary: 'run a command inside a tenant, as its root',
  details: [
    'Needs root on the host. The exit status is that of the command; 126 and 127 as in a shell, 128+n after signal n. The environment is new: HOME=/root, PATH, TERM, LANG.',
    'A signal to the process group (^C, timeout, a closing terminal) reaches the command inside; kill -9 of one process does not.',
  ],
  args: [{ name: 'NAME', summary: 'the tenant', completes: 'tenant' }],
  rest: 'COMMAND',
  isForeign: true,
  examples: [
    { run: 'tenantctl exec alice -- df -h /', what: 'words go to the command as they are' },
    { run: "tenantctl exec alice -- sh -c 'cat > /root/notes' < notes", what: 'standard input goes in' },
  ],
  exits: [3, 5, 126, 127],
  load: async () => (await import('../actions/exec.ts')).run,
};
