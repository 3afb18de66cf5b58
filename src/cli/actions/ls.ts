// `tenantctl ls`: the hot path, so it loads nothing but the table.

import type { TenantView } from '../../api/contract.ts';
import { type Action, hasSwitch } from '../definition.ts';
import { renderList } from '../output/list.ts';

export const run: Action = async (context, input) => {
  const { tenants } = await context.call<{ tenants: TenantView[] }>({ method: 'GET', path: '/v1/tenants' });
  if (context.json) context.printJson({ tenants });
  else if (hasSwitch(input, 'names')) context.print(tenants.map(({ name }) => `${name}\n`).join(''));
  else if (tenants.length === 0)
    context.tell('no tenants yet; make one: tenantctl add alice --cpu 1 --memory 512M --disk 5G\n');
  else {
    const { around, paint } = context;
    context.print(renderList(tenants, { now: around.now(), width: context.width(), paint }));
  }
  return 0;
};
