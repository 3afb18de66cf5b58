// `tenantctl apply`: a file of plans and tenants -> the plans first, then the tenants, and the list of what changed.

import type { AddRequest, ApplyRequest, ApplyResult } from '../../api/contract.ts';
import type { Context } from '../context.ts';
import { type Action, hasSwitch, type Input } from '../definition.ts';
import { openTenantFile } from '../open-file.ts';
import { renderChanges, renderPlanChanges } from '../output/changes.ts';
import { type PlanChange, sendPlans } from '../send-plans.ts';

/** A dry run leaves a new plan unmade, so the daemon could not find it: what a tenant would take from it is left out. */
const withoutNewPlans = (tenants: readonly AddRequest[], plans: readonly PlanChange[]): AddRequest[] => {
  const fresh = new Set(plans.filter(({ act }) => act === 'would-create').map(({ name }) => name));
  return tenants.map(({ plan, ...rest }) =>
    plan === undefined || (plan !== null && fresh.has(plan)) ? rest : { ...rest, plan },
  );
};

const applyTenants = async (
  context: Context,
  input: Input,
  tenants: readonly AddRequest[],
): Promise<ApplyResult['changes']> => {
  const body: ApplyRequest = {
    tenants: [...tenants],
    ...(hasSwitch(input, 'dry-run') ? { dryRun: true } : {}),
    ...(hasSwitch(input, 'restart') ? { allowRestart: true } : {}),
    ...(hasSwitch(input, 'overcommit') ? { overcommit: true } : {}),
  };
  return (await context.work<ApplyResult>({ method: 'POST', path: '/v1/apply', body }, { what: 'apply' })).changes;
};

export const run: Action = async (context, input) => {
  const file = await openTenantFile(context, input.args[0] ?? '');
  const plans = await sendPlans(context, file.plans, hasSwitch(input, 'dry-run'));
  if (!context.json && plans.length > 0) context.print(renderPlanChanges(plans, context.paint));
  const tenants = withoutNewPlans(file.tenants, plans);
  // a file of nothing says so, too
  const changes = tenants.length > 0 || plans.length === 0 ? await applyTenants(context, input, tenants) : [];
  if (context.json) context.printJson({ plans, changes });
  else if (tenants.length > 0 || plans.length === 0) context.print(renderChanges(changes, context.paint));
  return changes.some(({ act }) => act === 'failed') ? 1 : 0;
};
