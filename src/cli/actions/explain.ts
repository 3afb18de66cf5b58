// `tenantctl explain`: the script that would make such a tenant by hand.

import { parseName } from '../../domain/names.ts';
import type { Action } from '../definition.ts';

export const run: Action = async (context, input) => {
  const name = parseName(input.args[0] ?? '');
  const { script } = await context.call<{ script: string }>({ method: 'GET', path: `/v1/tenants/${name}/explain` });
  if (context.json) context.printJson({ script });
  else context.print(script.endsWith('\n') ? script : `${script}\n`);
  return 0;
};
