// `tenantctl show`: everything about one tenant.

import type { TenantView } from '../../api/contract.ts';
import { parseName } from '../../domain/names.ts';
import type { Action } from '../definition.ts';
import { renderTenant } from '../output/show.ts';

export const run: Action = async (context, input) => {
  const name = parseName(input.args[0] ?? '');
  const { tenant } = await context.call<{ tenant: TenantView }>({ method: 'GET', path: `/v1/tenants/${name}` });
  if (context.json) context.printJson({ tenant });
  else context.print(renderTenant(tenant, { now: context.around.now(), paint: context.paint }));
  return 0;
};
