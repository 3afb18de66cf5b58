// `tenantctl pardon`: ends a penalty, forgets the score and what led to it.

import type { TenantView } from '../../api/contract.ts';
import { parseName } from '../../domain/names.ts';
import type { Action } from '../definition.ts';

export const run: Action = async (context, input) => {
  const name = parseName(input.args[0] ?? '');
  const path = `/v1/tenants/${name}/pardon`;
  const { tenant } = await context.call<{ tenant: TenantView }>({ method: 'POST', path, body: {} });
  if (context.json) context.printJson({ tenant });
  else context.print(`${tenant.name} is pardoned and ${tenant.state}: no penalty, a score of 0\n`);
  return 0;
};
