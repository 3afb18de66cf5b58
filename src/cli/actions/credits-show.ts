// `tenantctl credits show`: balances and forecasts.

import type { TenantView } from '../../api/contract.ts';
import { problem } from '../../domain/errors.ts';
import { parseName } from '../../domain/names.ts';
import type { Context } from '../context.ts';
import type { Action } from '../definition.ts';
import { readLook } from '../look.ts';
import { type Bank, renderBanks } from '../output/credits.ts';

const readTenants = async (context: Context, name: string | undefined): Promise<TenantView[]> => {
  if (name === undefined)
    return (await context.call<{ tenants: TenantView[] }>({ method: 'GET', path: '/v1/tenants' })).tenants;
  return [(await context.call<{ tenant: TenantView }>({ method: 'GET', path: `/v1/tenants/${name}` })).tenant];
};

const banksOf = (tenants: readonly TenantView[]): Bank[] =>
  tenants.flatMap(({ name, scheduling }) => (scheduling?.credits ? [{ name, credits: scheduling.credits }] : []));

export const run: Action = async (context, input) => {
  const typed = input.args[0];
  const name = typed === undefined ? undefined : parseName(typed);
  const banks = banksOf(await readTenants(context, name));
  if (name !== undefined && banks.length === 0) throw problem('CREDITS_OFF', { name });
  if (context.json) context.printJson({ banks });
  else if (banks.length === 0)
    context.tell('no tenant has a credit bank; open one: tenantctl set alice --credits baseline=0.5,burst=2\n');
  else context.print(renderBanks(banks, readLook(context)));
  return 0;
};
