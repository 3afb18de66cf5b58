// `tenantctl trash empty`: deletes for good, after a question.

import type { TrashView } from '../../api/contract.ts';
import { confirm } from '../confirm.ts';
import { type Action, hasSwitch } from '../definition.ts';
import { readTrashKey } from '../trash-key.ts';

export const run: Action = async (context, input) => {
  const typed = input.args[0];
  const key = typed === undefined ? undefined : readTrashKey(typed);
  const command = ['tenantctl trash empty', ...(key === undefined ? [] : [key]), '--yes'].join(' ');
  if (!hasSwitch(input, 'yes')) {
    const { trash } = await context.call<{ trash: TrashView[] }>({ method: 'GET', path: '/v1/trash' });
    const names = trash.map(({ name }) => name).join(', ');
    const what =
      key === undefined ? `deleting ${trash.length} tenants for good (${names})` : `deleting ${key} for good`;
    if (trash.length > 0) await confirm(context, { what, word: key ?? 'all', command });
  }
  const path = key === undefined ? '/v1/trash' : `/v1/trash/${key}`;
  const { removed } = await context.call<{ removed: string[] }>({ method: 'DELETE', path });
  if (context.json) context.printJson({ removed });
  else if (removed.length === 0) context.tell('the trash is empty\n');
  else context.print(removed.map((gone) => `${gone} is deleted\n`).join(''));
  return 0;
};
