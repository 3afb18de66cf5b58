// `tenantctl template rm`: deletes a base that nobody uses.

import { problem } from '../../domain/errors.ts';
import type { Action } from '../definition.ts';

/** @throws Problem TEMPLATE_MISSING: nothing of another form can be there */
const readBase = (text: string): string => {
  if (/^[a-z0-9-]{1,40}@[0-9a-f]{1,64}$/.test(text)) return text;
  throw problem('TEMPLATE_MISSING', { value: text.slice(0, 120).replace(/[^\x20-\x7e]/g, '?') });
};

export const run: Action = async (context, input) => {
  const base = readBase(input.args[0] ?? '');
  const { removed } = await context.call<{ removed: string }>({ method: 'DELETE', path: `/v1/templates/${base}` });
  if (context.json) context.printJson({ removed });
  else context.print(`${removed} is deleted\n`);
  return 0;
};
