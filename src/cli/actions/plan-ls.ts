// `tenantctl plan ls`: the plans there are.

import type { PlanView } from '../../api/scheduler-contract.ts';
import type { Action } from '../definition.ts';
import { readLook } from '../look.ts';
import { renderPlans } from '../output/rules.ts';

export const run: Action = async (context) => {
  const { plans } = await context.call<{ plans: PlanView[] }>({ method: 'GET', path: '/v1/plans' });
  if (context.json) context.printJson({ plans });
  else if (plans.length === 0) context.tell('no plans yet; make some: tenantctl plan apply tenants/plans.yaml\n');
  else context.print(renderPlans(plans, readLook(context)));
  return 0;
};
