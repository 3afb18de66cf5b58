// `tenantctl set`: sends what is to change and says what holds now.

import type { SetRequest, TenantView } from '../../api/contract.ts';
import { problem } from '../../domain/errors.ts';
import { parseName } from '../../domain/names.ts';
import { readLimits, readPolicy } from '../commands/limit-options.ts';
import { readPlan, readRules } from '../commands/rule-options.ts';
import { type Action, hasSwitch, type Input } from '../definition.ts';
import { shareText } from '../output/scheduling.ts';
import { describeTenant, describeWishes } from './add.ts';

/** What became of the rules, where some were named. */
const describeRules = ({ plan, rules }: SetRequest, { name, scheduling }: TenantView): string =>
  scheduling && (plan !== undefined || rules !== undefined)
    ? `${name} owns ${shareText(scheduling)}; see: tenantctl show ${name} --rules\n`
    : '';

const readChange = (input: Input): SetRequest => {
  const limits = readLimits(input);
  const plan = readPlan(input);
  const rules = readRules(input, 'set');
  return {
    ...(limits === undefined ? {} : { limits }),
    ...(plan === undefined ? {} : { plan }),
    ...(rules === undefined ? {} : { rules }),
    ...readPolicy(input),
  };
};

export const run: Action = async (context, input) => {
  const name = parseName(input.args[0] ?? '');
  const change = readChange(input);
  if (Object.keys(change).length === 0)
    throw problem('USAGE', {
      what: `set ${name}: nothing to change; name a limit or a rule, for example --cpu 0.5`,
      command: 'set',
    });
  const body: SetRequest = hasSwitch(input, 'restart') ? { ...change, allowRestart: true } : change;
  const tenant = await context.work<TenantView>(
    { method: 'PATCH', path: `/v1/tenants/${name}`, body },
    { what: `set ${name}`, tenant: name },
  );
  if (context.json) context.printJson({ tenant });
  else context.print(`${describeTenant(tenant)}\n${describeRules(change, tenant)}`);
  context.tell(describeWishes(tenant));
  return 0;
};
