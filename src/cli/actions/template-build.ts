// `tenantctl template build`: a base before it is needed.

import type { Action } from '../definition.ts';
import { absoluteTemplate } from '../open-file.ts';

export const run: Action = async (context, input) => {
  const template = absoluteTemplate(input.args[0] ?? '', context.around.cwd);
  const base = await context.work<{ template: string; digest: string }>(
    { method: 'POST', path: '/v1/templates', body: { template } },
    { what: 'template build' },
  );
  if (context.json) context.printJson({ base });
  else context.print(`${base.template}@${base.digest} is built\n`);
  return 0;
};
