// Builds what an action is given from the surroundings and the global options.

import { callDaemon } from '../api/client.ts';
import { API_VERSION } from '../api/version.ts';
import { buildPaths } from '../domain/paths.ts';
import { type Context, withDaemon } from './context.ts';
import { colorPaint, plainPaint, wantsColor } from './output/style.ts';
import type { Surroundings } from './surroundings.ts';

export const buildContext = (
  around: Surroundings,
  globals: { readonly json: boolean; readonly noColor: boolean },
): Context => {
  const { stdout, stderr, env } = around;
  const paths = buildPaths(env);
  const color = !globals.noColor && wantsColor(env, stdout.isTTY === true);
  const context: Context = {
    around,
    paths,
    json: globals.json,
    paint: color ? colorPaint : plainPaint,
    width: () => (stdout.isTTY ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY),
    print: (text) => void stdout.write(text),
    tell: (text) => void (globals.json || stderr.write(text)),
    printJson: (body) => void stdout.write(`${JSON.stringify({ apiVersion: API_VERSION, ...body })}\n`),
    call: (call) => withDaemon(context, (options) => callDaemon(options, call)),
    callRunning: (call) => callDaemon({ socket: paths.socket }, call),
    work: async (call, what) => (await import('./work.ts')).runWork(context, call, what),
    follow: async function* (query, signal) {
      const { followEvents } = await import('../api/client.ts');
      yield* followEvents({ socket: paths.socket, signal }, query);
    },
  };
  return context;
};
