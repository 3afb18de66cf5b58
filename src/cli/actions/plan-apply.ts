// `tenantctl plan apply`: the plans of a file, its tenants are left alone.

import { type Action, hasSwitch } from '../definition.ts';
import { openTenantFile } from '../open-file.ts';
import { renderPlanChanges } from '../output/changes.ts';
import { sendPlans } from '../send-plans.ts';

export const run: Action = async (context, input) => {
  const file = input.args[0] ?? '';
  const { plans, tenants } = await openTenantFile(context, file);
  const changes = await sendPlans(context, plans, hasSwitch(input, 'dry-run'));
  if (context.json) context.printJson({ plans: changes });
  else context.print(renderPlanChanges(changes, context.paint));
  if (plans.length === 0) context.tell('the file has no plans\n');
  if (tenants.length > 0) context.tell(`its tenants are left alone; for them: tenantctl apply ${file}\n`);
  return 0;
};
