// `tenantctl help [COMMAND]`: the same as --help.

import { COMMANDS } from '../commands.ts';
import type { Action } from '../definition.ts';
import { showHelp } from '../help.ts';
import { pickCommand } from '../parse.ts';

export const run: Action = async (context, input) => {
  const words = [...input.args];
  const names = Object.keys(COMMANDS);
  const isGroup =
    words.length === 1 && !names.includes(words[0] ?? '') && names.some((name) => name.startsWith(`${words[0]} `));
  if (words.length === 0 || isGroup) return showHelp(context, { def: undefined, group: words[0] ?? '', asked: true });
  const { name } = pickCommand(words, names);
  return showHelp(context, { def: await COMMANDS[name]?.(), group: '', asked: true });
};
