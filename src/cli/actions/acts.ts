// `tenantctl acts`: what the rules did, or would have done.

import type { ActView } from '../../api/scheduler-contract.ts';
import { parseName } from '../../domain/names.ts';
import { type Action, textOption } from '../definition.ts';
import { readLook } from '../look.ts';
import { sinceIso } from '../moments.ts';
import { renderActs } from '../output/acts.ts';

const DEFAULT_SINCE = '24h';

export const run: Action = async (context, input) => {
  const typed = input.args[0];
  const look = readLook(context);
  const since = textOption(input, 'since') ?? DEFAULT_SINCE;
  const from = sinceIso(since, look.now);
  const query = `since=${from}${typed === undefined ? '' : `&tenant=${parseName(typed)}`}`;
  const { acts } = await context.call<{ acts: ActView[] }>({ method: 'GET', path: `/v1/acts?${query}` });
  if (context.json) context.printJson({ acts });
  else if (acts.length === 0) context.tell(`no rule acted within ${since}\n`);
  else context.print(renderActs(acts, look));
  return 0;
};
