// `tenantctl history`: what a tenant or the host used over time.

import type { HostSeriesView, SeriesView } from '../../api/series-contract.ts';
import { parseName } from '../../domain/names.ts';
import { type Action, textOption } from '../definition.ts';
import { readLook } from '../look.ts';
import { readBack } from '../moments.ts';
import { type Look, renderHistory, renderHostHistory } from '../output/history.ts';

const DEFAULT_SINCE = '24h';

const SECONDS: Readonly<Record<string, number>> = { '10s': 10, '1m': 60, '1h': 3600 };

const MINUTE_MS = 60_000;

/** The finest step that makes a table to look at: 180 rows, or an hour each. */
const pickStep = (backMs: number): number => {
  if (backMs <= 30 * MINUTE_MS) return 10;
  return backMs <= 180 * MINUTE_MS ? 60 : 3600;
};

export const run: Action = async (context, input) => {
  const name = input.args[0] ?? '';
  const look = readLook(context);
  const since = textOption(input, 'since') ?? DEFAULT_SINCE;
  const backMs = readBack(since);
  const step = SECONDS[textOption(input, 'step') ?? ''] ?? pickStep(backMs);
  // "host" is no name that a tenant may have
  const ask = <T>(place: string): Promise<T> =>
    context.call<T>({
      method: 'GET',
      path: `${place}/series?from=${new Date(look.now - backMs).toISOString()}&step=${step}`,
    });
  const show = <R>(rows: readonly R[], render: (rows: readonly R[], look: Look) => string): void => {
    if (context.json) context.printJson({ name, step, rows });
    else if (rows.length === 0) context.tell(`nothing is recorded of ${name} within ${since}\n`);
    else context.print(render(rows, look));
  };
  if (name === 'host') show((await ask<HostSeriesView>('/v1/host')).rows, renderHostHistory);
  else show((await ask<SeriesView>(`/v1/tenants/${parseName(name)}`)).rows, renderHistory);
  return 0;
};
