// `tenantctl __names`: what shells complete; silent and quick when no daemon runs, and never starts one.

import type { TemplateView, TenantView, TrashView } from '../../api/contract.ts';
import type { PlanView } from '../../api/scheduler-contract.ts';
import type { Context } from '../context.ts';
import type { Action } from '../definition.ts';

const templatesOf = async (context: Context): Promise<TemplateView[]> =>
  (await context.callRunning<{ templates: TemplateView[] }>({ method: 'GET', path: '/v1/templates' })).templates;

const LISTS: Readonly<Record<string, (context: Context) => Promise<string[]>>> = {
  tenant: async (context) => {
    const reply = await context.callRunning<{ tenants: TenantView[] }>({ method: 'GET', path: '/v1/tenants' });
    return reply.tenants.map(({ name }) => name);
  },
  plan: async (context) => {
    const reply = await context.callRunning<{ plans: PlanView[] }>({ method: 'GET', path: '/v1/plans' });
    return reply.plans.map(({ name }) => name);
  },
  trash: async (context) => {
    const reply = await context.callRunning<{ trash: TrashView[] }>({ method: 'GET', path: '/v1/trash' });
    return reply.trash.map(({ key }) => key);
  },
  base: async (context) =>
    (await templatesOf(context)).flatMap(({ name, bases }) => bases.map(({ digest }) => `${name}@${digest}`)),
  // a tarball has a name only with its path
  template: async (context) => (await templatesOf(context)).map(({ name }) => (name === 'tar' ? 'tar:' : name)),
};

export const run: Action = async (context, input) => {
  const list = LISTS[input.args[0] ?? ''];
  const names = (await list?.(context).catch(() => [])) ?? [];
  context.print(names.map((name) => `${name}\n`).join(''));
  return 0;
};
