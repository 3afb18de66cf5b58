// `tenantctl completion` and `tenantctl man`: texts made from the definitions.

import { PROGRAM_VERSION } from '../../api/version.ts';
import { publicNames } from '../commands.ts';
import type { Action, CommandDef } from '../definition.ts';
import { loadDefinitions } from '../help.ts';
import { buildBashCompletion } from '../pages/bash.ts';
import { buildFishCompletion } from '../pages/fish.ts';
import { buildManPage } from '../pages/man.ts';
import { buildZshCompletion } from '../pages/zsh.ts';

const BUILDERS: Readonly<Record<string, (defs: readonly CommandDef[]) => string>> = {
  bash: buildBashCompletion,
  zsh: buildZshCompletion,
  fish: buildFishCompletion,
};

const print =
  (build: (defs: readonly CommandDef[], shell: string) => string): Action =>
  async (context, input) => {
    const text = build(await loadDefinitions(publicNames()), input.args[0] ?? '');
    if (context.json) context.printJson({ text });
    else context.print(text);
    return 0;
  };

export const run = print((defs, shell) => BUILDERS[shell]?.(defs) ?? '');
export const man = print((defs) => buildManPage(defs, PROGRAM_VERSION));
