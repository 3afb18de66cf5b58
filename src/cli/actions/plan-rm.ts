// `tenantctl plan rm`: takes a plan away that nobody lives by.

import { parsePlanName } from '../../domain/plan-names.ts';
import type { Action } from '../definition.ts';

export const run: Action = async (context, input) => {
  const name = parsePlanName(input.args[0] ?? '');
  const { removed } = await context.call<{ removed: string }>({ method: 'DELETE', path: `/v1/plans/${name}` });
  if (context.json) context.printJson({ removed });
  else context.print(`plan ${removed} is removed\n`);
  return 0;
};
