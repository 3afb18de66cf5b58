// `tenantctl dash`: hands the terminal to the dashboard, or prints one table where there is none.

import type { TopView } from '../../api/contract.ts';
import { type Action, hasSwitch, type Input, textOption } from '../definition.ts';
import { findLauncher } from '../find-launcher.ts';
import { wantsColor } from '../output/style.ts';
import { runLauncherAlone } from '../programs.ts';
import type { Surroundings } from '../surroundings.ts';

const canDraw = ({ stdout, stdinIsTerminal, env }: Surroundings): boolean =>
  stdout.isTTY === true && stdinIsTerminal && env['TERM'] !== 'dumb';

const readLight = (input: Input): boolean | undefined =>
  hasSwitch(input, 'light') ? true : hasSwitch(input, 'dark') ? false : undefined;

export const run: Action = async (context, input) => {
  const { around, paths } = context;
  if (context.json || !canDraw(around))
    return (await import('./top.ts')).run(context, { args: [], options: {}, rest: [] });
  const opening = around.openDash();
  // nobody waits for it when the daemon cannot be reached
  opening.catch(() => undefined);
  // starts the daemon where that is ours to do; from now on the dashboard waits for it by itself
  const top = await context.call<TopView>({ method: 'GET', path: '/v1/top' });
  const launcher = findLauncher(around.mainFile);
  const runDash = await opening;
  return runDash({
    top,
    socket: paths.socket,
    env: around.env,
    isRoot: around.uid === 0,
    color: !hasSwitch(input, 'no-color') && wantsColor(around.env, true),
    ascii: hasSwitch(input, 'ascii'),
    light: readLight(input),
    readOnly: hasSwitch(input, 'read-only'),
    spoken: hasSwitch(input, 'screen-reader') || around.env['INK_SCREEN_READER'] === 'true',
    sort: textOption(input, 'sort'),
    filter: textOption(input, 'filter') ?? '',
    now: around.now,
    shell: (name) => runLauncherAlone(launcher, ['shell', name], { ...around.env, TENANTCTL_RUN: paths.run }),
  });
};
