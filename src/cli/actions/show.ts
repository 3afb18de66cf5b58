// `tenantctl show`: everything about one tenant, or its rules with the layer each came from.

import type { TenantView } from '../../api/contract.ts';
import type { RuleRowView } from '../../api/scheduler-contract.ts';
import { parseName } from '../../domain/names.ts';
import type { Context } from '../context.ts';
import { type Action, hasSwitch } from '../definition.ts';
import { readLook } from '../look.ts';
import { renderRules } from '../output/rules.ts';
import { renderTenant } from '../output/show.ts';

const showRules = async (context: Context, name: string): Promise<void> => {
  const path = `/v1/tenants/${name}/rules`;
  const { rules } = await context.call<{ rules: RuleRowView[] }>({ method: 'GET', path });
  if (context.json) context.printJson({ rules });
  else context.print(renderRules(rules, readLook(context)));
};

const showAll = async (context: Context, name: string): Promise<void> => {
  const { tenant } = await context.call<{ tenant: TenantView }>({ method: 'GET', path: `/v1/tenants/${name}` });
  if (context.json) context.printJson({ tenant });
  else context.print(renderTenant(tenant, readLook(context)));
};

export const run: Action = async (context, input) => {
  const name = parseName(input.args[0] ?? '');
  await (hasSwitch(input, 'rules') ? showRules : showAll)(context, name);
  return 0;
};
