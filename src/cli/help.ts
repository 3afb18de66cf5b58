// Shows help: of all commands, of a group, of one.

import { COMMANDS, publicNames } from './commands.ts';
import type { Context } from './context.ts';
import type { CommandDef } from './definition.ts';
import { renderCommandHelp, renderOverview } from './output/help.ts';

export const loadDefinitions = (names: readonly string[]): Promise<CommandDef[]> =>
  Promise.all(names.map((name) => COMMANDS[name]?.())).then((defs) => defs.filter((def) => def !== undefined));

export interface HelpRequest {
  readonly def: CommandDef | undefined;
  /** `template`, or empty for all. */
  readonly group: string;
  /** Help that was asked for is a result; help for lack of a command is a message with status 2. */
  readonly asked: boolean;
}

export const showHelp = async (context: Context, { def, group, asked }: HelpRequest): Promise<number> => {
  const names = publicNames().filter((name) => group === '' || name.startsWith(`${group} `));
  const text = def ? renderCommandHelp(def) : renderOverview(await loadDefinitions(names), group);
  if (asked && context.json) context.printJson({ help: text });
  else if (asked) context.print(text);
  else context.around.stderr.write(text);
  return asked ? 0 : 2;
};
