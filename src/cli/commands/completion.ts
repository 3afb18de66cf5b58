// `tenantctl completion`: its words and help.

import type { CommandDef } from '../definition.ts';

export const completion: CommandDef = {
  name: 'completion',
  summary: 'print the completion script of a shell',
  args: [{ name: 'SHELL', summary: 'bash, zsh or fish', choices: ['bash', 'zsh', 'fish'] }],
  examples: [
    { run: 'tenantctl completion bash > /etc/bash_completion.d/tenantctl', what: 'for all users' },
    { run: 'source <(tenantctl completion bash)', what: 'for this shell' },
  ],
  load: async () => (await import('../actions/completion.ts')).run,
};
