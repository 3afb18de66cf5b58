// `tenantctl incidents`: what went wrong, as a table or with the evidence.

import type { IncidentView } from '../../api/scheduler-contract.ts';
import { parseName } from '../../domain/names.ts';
import { type Action, hasSwitch, textOption } from '../definition.ts';
import { readLook } from '../look.ts';
import { sinceIso } from '../moments.ts';
import { renderIncidentDetails, renderIncidents } from '../output/incidents.ts';

const DEFAULT_SINCE = '7d';

export const run: Action = async (context, input) => {
  const typed = input.args[0];
  const look = readLook(context);
  const since = textOption(input, 'since') ?? DEFAULT_SINCE;
  const place = typed === undefined ? '/v1/incidents' : `/v1/tenants/${parseName(typed)}/incidents`;
  const path = `${place}?from=${sinceIso(since, look.now)}`;
  const reply = await context.call<{ incidents: IncidentView[] }>({ method: 'GET', path });
  const isOpenOnly = hasSwitch(input, 'open');
  const incidents = reply.incidents.filter(({ closedAt }) => !isOpenOnly || closedAt === null);
  if (context.json) context.printJson({ incidents });
  else if (incidents.length === 0) context.tell(`no ${isOpenOnly ? 'open ' : ''}incidents within ${since}\n`);
  else context.print((hasSwitch(input, 'details') ? renderIncidentDetails : renderIncidents)(incidents, look));
  return 0;
};
