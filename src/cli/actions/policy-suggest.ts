// `tenantctl policy suggest`: limits that fit what a tenant used.

import type { SuggestView } from '../../api/scheduler-contract.ts';
import { parseName } from '../../domain/names.ts';
import { type Action, textOption } from '../definition.ts';
import { readLook } from '../look.ts';
import { sinceIso } from '../moments.ts';
import { commandOf, renderSuggestions } from '../output/suggest.ts';

const DEFAULT_SINCE = '7d';

export const run: Action = async (context, input) => {
  const name = parseName(input.args[0] ?? '');
  const look = readLook(context);
  const since = textOption(input, 'since') ?? DEFAULT_SINCE;
  const path = `/v1/tenants/${name}/suggest?from=${sinceIso(since, look.now)}`;
  const view = await context.call<SuggestView>({ method: 'GET', path });
  if (context.json) context.printJson({ ...view, command: commandOf(view) ?? null });
  else if (view.proposals.length === 0) context.tell(`too little is recorded of ${name} within ${since}\n`);
  else context.print(renderSuggestions(view, look));
  return 0;
};
