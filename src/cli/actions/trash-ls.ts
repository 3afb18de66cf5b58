// `tenantctl trash ls`: what can be restored.

import type { TrashView } from '../../api/contract.ts';
import type { Action } from '../definition.ts';
import { renderTrash } from '../output/stored.ts';

export const run: Action = async (context) => {
  const { trash } = await context.call<{ trash: TrashView[] }>({ method: 'GET', path: '/v1/trash' });
  if (context.json) context.printJson({ trash });
  else if (trash.length === 0) context.tell('the trash is empty\n');
  else context.print(renderTrash(trash, { width: context.width(), paint: context.paint }));
  return 0;
};
