// `tenantctl template build`: its words and help.

import type { CommandDef } from '../definition.ts';

export const templateBuild: CommandDef = {
  name: 'template build',
  summary: 'build the base of a template before it is needed',
  args: [{ name: 'TEMPLATE', summary: 'minimal, debian or tar:FILE', completes: 'template' }],
  examples: [
    { run: 'tenantctl template build debian', what: 'takes a minute, with network' },
    { run: 'tenantctl template build tar:rootfs.tar.gz', what: 'from a tarball of your own' },
  ],
  exits: [3, 7, 8, 75, 130],
  load: async () => (await import('../actions/template-build.ts')).run,
};
