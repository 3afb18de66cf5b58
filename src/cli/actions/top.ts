// `tenantctl top`: one table, or one that is refreshed in place until ^C.

import type { TopView } from '../../api/contract.ts';
import { problem } from '../../domain/errors.ts';
import { parseDuration } from '../../domain/units.ts';
import type { Context } from '../context.ts';
import { type Action, hasSwitch, textOption } from '../definition.ts';
import { buildFrame, CLEAR_SCREEN, cutFrame, HIDE_CURSOR, SHOW_CURSOR } from '../output/refresh.ts';
import { renderTop } from '../output/top.ts';

/** The daemon samples once a second: asking more often shows nothing new. */
const DEFAULT_INTERVAL = '1s';
const MIN_INTERVAL_MS = 200;
const MAX_INTERVAL_MS = 3_600_000;

const readInterval = (text: string): number => {
  const ms = parseDuration(text);
  if (ms >= MIN_INTERVAL_MS && ms <= MAX_INTERVAL_MS) return ms;
  throw problem('DURATION_INVALID', { value: text.slice(0, 40), why: 'it must be between 200ms and 1h' });
};

const readTop = (context: Context): Promise<TopView> => context.call<TopView>({ method: 'GET', path: '/v1/top' });

const render = (context: Context, view: TopView): string =>
  renderTop(view, { width: context.width(), paint: context.paint });

/** Draws until the signal; the cursor comes back whatever happens. */
const watch = async (context: Context, intervalMs: number, stop: AbortSignal): Promise<void> => {
  const { stdout, sleep, now } = context.around;
  let shown = 0;
  let resized = false;
  const onResize = (): void => {
    resized = true;
  };
  stdout.on?.('resize', onResize);
  stdout.write(HIDE_CURSOR);
  try {
    while (!stop.aborted) {
      const started = now();
      const lines = cutFrame(render(context, await readTop(context)), stdout.rows ?? 24);
      if (stop.aborted) return;
      stdout.write(resized ? CLEAR_SCREEN + buildFrame(lines, 0) : buildFrame(lines, shown));
      resized = false;
      shown = lines.length;
      await sleep(Math.max(0, intervalMs - (now() - started)), stop);
    }
  } finally {
    stdout.off?.('resize', onResize);
    stdout.write(SHOW_CURSOR);
  }
};

export const run: Action = async (context, input) => {
  const intervalMs = readInterval(textOption(input, 'interval') ?? DEFAULT_INTERVAL);
  const isLive = hasSwitch(input, 'watch') && context.around.stdout.isTTY === true && !context.json;
  if (!isLive) {
    const view = await readTop(context);
    if (context.json) context.printJson({ at: view.at, host: view.host, tenants: view.tenants });
    else context.print(render(context, view));
    return 0;
  }
  const stop = new AbortController();
  const release = context.around.onInterrupt(() => stop.abort());
  try {
    await watch(context, intervalMs, stop.signal);
  } finally {
    release();
  }
  return 0;
};
