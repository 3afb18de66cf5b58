// `tenantctl template rm`: deletes a base that nobody uses.

import { problem } from '../../domain/errors.ts';
import { spellOut } from '../../domain/names.ts';
import type { Action } from '../definition.ts';

/** @throws Problem BASE_MISSING: nothing of another form can be there */
const readBase = (text: string): string => {
  if (/^[a-z0-9-]{1,40}@[0-9a-f]{1,64}$/.test(text)) return text;
  throw problem('BASE_MISSING', { value: spellOut(text, 120) });
};

export const run: Action = async (context, input) => {
  const base = readBase(input.args[0] ?? '');
  const { removed } = await context.call<{ removed: string }>({ method: 'DELETE', path: `/v1/templates/${base}` });
  if (context.json) context.printJson({ removed });
  else context.print(`${removed} is deleted\n`);
  return 0;
};
