// Sends plans to the daemon and says for each what that changes.

import type { ApplyResult } from '../api/contract.ts';
import type { Context } from './context.ts';
import type { FilePlan } from './file-rules.ts';

export interface PlanChange {
  readonly name: string;
  readonly act: ApplyResult['changes'][number]['act'];
}

interface Reply {
  readonly changes: readonly { readonly name: string; readonly act: 'created' | 'changed' | 'unchanged' }[];
}

const DRY = { created: 'would-create', changed: 'would-change', unchanged: 'unchanged' } as const;

/** Nothing is sent for no plans. */
export const sendPlans = async (
  context: Context,
  plans: readonly FilePlan[],
  dryRun: boolean,
): Promise<PlanChange[]> => {
  if (plans.length === 0) return [];
  const body = { plans, ...(dryRun ? { dryRun: true } : {}) };
  const { changes } = await context.call<Reply>({ method: 'POST', path: '/v1/plans', body });
  return changes.map(({ name, act }) => ({ name, act: dryRun ? DRY[act] : act }));
};
