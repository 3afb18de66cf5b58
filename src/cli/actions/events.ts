// `tenantctl events`: what is kept, and with --follow what comes; a stream that was cut off is taken up where it ended.

import type { EventView, VersionView } from '../../api/contract.ts';
import { problem } from '../../domain/errors.ts';
import { parseName } from '../../domain/names.ts';
import type { Context } from '../context.ts';
import { type Action, hasSwitch, textOption } from '../definition.ts';
import { renderEvent } from '../output/events.ts';

/** Shown without --since. */
const LAST = 50;
const RETRY_MS = 200;

const readSince = (text: string | undefined, lastSeq: number): number => {
  if (text === undefined) return Math.max(0, lastSeq - LAST);
  if (!/^\d{1,15}$/.test(text))
    throw problem('NUMBER_RANGE', {
      field: 'since',
      value: text.slice(0, 40),
      min: 0,
      max: 999_999_999_999_999,
      example: lastSeq,
    });
  return Number(text);
};

const printEvent = (context: Context, event: EventView): void => {
  if (context.json) context.printJson(event);
  else context.print(renderEvent(event, context.paint));
};

interface Stream {
  readonly follow: boolean;
  readonly tenant?: string;
}

const readOnce = async (context: Context, query: Stream & { since: number }, signal: AbortSignal): Promise<number> => {
  let since = query.since;
  for await (const event of context.follow({ ...query, since }, signal)) {
    printEvent(context, event);
    since = event.seq;
  }
  return since;
};

/** No event of a name may mean that it is mistyped; what is kept of a tenant that was removed is shown all the same. */
const requireTenant = async (context: Context, { follow, tenant }: Stream): Promise<void> => {
  if (tenant !== undefined && !follow) await context.call({ method: 'GET', path: `/v1/tenants/${tenant}` });
};

const followAll = async (context: Context, stream: Stream, from: number, signal: AbortSignal): Promise<void> => {
  let since = from;
  while (!signal.aborted) {
    const last = await readOnce(context, { ...stream, since }, signal);
    if (last === since) await requireTenant(context, stream);
    if (!stream.follow) return;
    since = last;
    await context.around.sleep(RETRY_MS, signal);
  }
};

export const run: Action = async (context, input) => {
  const name = textOption(input, 'tenant');
  const stream: Stream = {
    follow: hasSwitch(input, 'follow'),
    ...(name === undefined ? {} : { tenant: parseName(name) }),
  };
  readSince(textOption(input, 'since'), 0);
  const { lastSeq } = await context.call<VersionView>({ method: 'GET', path: '/v1/version' });
  const since = readSince(textOption(input, 'since'), lastSeq);
  const stop = new AbortController();
  const release = context.around.onInterrupt(() => stop.abort());
  try {
    await followAll(context, stream, since, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error; // ^C is how following ends
  } finally {
    release();
  }
  return 0;
};
