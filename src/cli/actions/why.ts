// `tenantctl why`: what holds a tenant back, now or then.

import type { WhyView } from '../../api/scheduler-contract.ts';
import { parseName } from '../../domain/names.ts';
import { type Action, textOption } from '../definition.ts';
import { readLook } from '../look.ts';
import { readMoment } from '../moments.ts';
import { renderWhy } from '../output/why.ts';

export const run: Action = async (context, input) => {
  const name = parseName(input.args[0] ?? '');
  const look = readLook(context);
  const at = textOption(input, 'at');
  const query = at === undefined ? '' : `?at=${new Date(readMoment(at, look)).toISOString()}`;
  const why = await context.call<WhyView>({ method: 'GET', path: `/v1/tenants/${name}/why${query}` });
  if (context.json) context.printJson(why);
  else context.print(renderWhy(why, look));
  return 0;
};
