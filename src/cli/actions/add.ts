// `tenantctl add`: asks for a new tenant and says what it got.

import type { AddRequest, AddResult, TenantView } from '../../api/contract.ts';
import { parseName } from '../../domain/names.ts';
import { escapeLine } from '../../reports/escape.ts';
import { readLimits, readPolicy } from '../commands/limit-options.ts';
import { readPlan, readRules } from '../commands/rule-options.ts';
import { type Action, hasSwitch, type Input, textOption } from '../definition.ts';
import { absoluteTemplate } from '../open-file.ts';
import { limitFlag, limitText } from '../output/cells.ts';

const readRequest = (input: Input, cwd: () => string): AddRequest => {
  const template = textOption(input, 'template');
  const limits = readLimits(input);
  const plan = readPlan(input);
  const rules = readRules(input, 'add');
  return {
    name: parseName(input.args[0] ?? ''),
    ...(template === undefined ? {} : { template: absoluteTemplate(template, cwd) }),
    ...(limits === undefined ? {} : { limits }),
    ...(plan === undefined ? {} : { plan }),
    ...(rules === undefined ? {} : { rules }),
    ...(hasSwitch(input, 'no-start') ? { start: false } : {}),
    ...readPolicy(input),
  };
};

export const describeTenant = (tenant: TenantView): string =>
  `${tenant.name} is ${tenant.state}${tenant.reason === '' ? '' : ` (${escapeLine(tenant.reason)})`}: cpu ${limitText(tenant, 'cpu')}, memory ${limitText(tenant, 'memory')}, ` +
  `disk ${limitText(tenant, 'disk')}, pids ${limitText(tenant, 'pids')}, address ${tenant.address4}`;

/** Wishes are said aloud, so that nobody takes them for limits. */
export const describeWishes = ({ unenforced }: TenantView): string =>
  unenforced.map(({ limit, why }) => `note: ${limitFlag(limit)} is a wish only: ${why}\n`).join('');

export const run: Action = async (context, input) => {
  const body = readRequest(input, context.around.cwd);
  const { created, ...tenant } = await context.work<AddResult>(
    { method: 'POST', path: '/v1/tenants', body },
    { what: `add ${body.name}`, tenant: body.name, gone: 'what it had begun is undone' },
  );
  if (!created) context.tell(`${tenant.name} exists already with these limits: nothing was changed\n`);
  if (context.json) context.printJson({ tenant, created });
  else context.print(`${describeTenant(tenant)}\n`);
  context.tell(describeWishes(tenant));
  if (tenant.state === 'running') context.tell(`next: sudo tenantctl shell ${tenant.name}\n`);
  return 0;
};
