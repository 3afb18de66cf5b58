// `tenantctl credits grant|give`: credits from the box, or from another tenant.

import type { TenantView } from '../../api/contract.ts';
import { shownCredits } from '../../domain/credits.ts';
import { problem } from '../../domain/errors.ts';
import { parseName, spellOut } from '../../domain/names.ts';
import type { Context } from '../context.ts';
import type { Action } from '../definition.ts';

/** The API's own bounds. */
const LEAST = 0.001;
const MOST = 1_000_000;

const readCredits = (text: string, command: string): number => {
  const amount = /^\d{1,7}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (amount >= LEAST && amount <= MOST) return amount;
  const what = `"${spellOut(text, 40)}" is not an amount of credits: a number from ${LEAST} to ${MOST} is expected`;
  throw problem('USAGE', { what, command });
};

interface Move {
  readonly name: string;
  readonly give: number;
  readonly from?: string;
}

const move = async (context: Context, { name, ...body }: Move): Promise<number> => {
  const path = `/v1/tenants/${name}/credits`;
  const { tenant, moved } = await context.call<{ tenant: TenantView; moved: number }>({ method: 'POST', path, body });
  const credits = tenant.scheduling?.credits;
  const now = credits ? `, it has ${shownCredits(credits.balance)} of ${Number(credits.most.toFixed(1))}` : '';
  if (context.json) context.printJson({ tenant, moved });
  else context.print(`${name} got ${moved} credits${body.from === undefined ? '' : ` from ${body.from}`}${now}\n`);
  if (moved < body.give)
    context.tell(`its bank holds no more: ${Number((body.give - moved).toFixed(3))} were not moved\n`);
  return 0;
};

export const grant: Action = (context, { args: [name = '', amount = ''] }) =>
  move(context, { name: parseName(name), give: readCredits(amount, 'credits grant') });

export const give: Action = (context, { args: [from = '', to = '', amount = ''] }) =>
  move(context, { name: parseName(to), give: readCredits(amount, 'credits give'), from: parseName(from) });
