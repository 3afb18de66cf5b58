// `tenantctl daemon`: hands over to the daemon, which main.ts loads.

import { type Action, hasSwitch, textOption } from '../definition.ts';

export const run: Action = (context, input) => {
  const level = textOption(input, 'log-level');
  return context.around.runDaemon([
    ...(hasSwitch(input, 'use-backup') ? ['--use-backup'] : []),
    ...(level === undefined ? [] : ['--log-level', level]),
  ]);
};
