// `tenantctl plan show`: one plan as a file has it.

import type { PlanView } from '../../api/scheduler-contract.ts';
import { problem } from '../../domain/errors.ts';
import { nearestName } from '../../domain/names.ts';
import { parsePlanName } from '../../domain/plan-names.ts';
import type { Action } from '../definition.ts';
import { renderPlan } from '../output/rules.ts';

export const run: Action = async (context, input) => {
  const name = parsePlanName(input.args[0] ?? '');
  const { plans } = await context.call<{ plans: PlanView[] }>({ method: 'GET', path: '/v1/plans' });
  const plan = plans.find((one) => one.name === name);
  const names = plans.map((one) => one.name);
  if (!plan) throw problem('PLAN_MISSING', { name, near: nearestName(name, names) });
  if (context.json) context.printJson({ plan });
  else context.print(renderPlan(plan));
  return 0;
};
