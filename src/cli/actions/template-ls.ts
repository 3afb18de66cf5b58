// `tenantctl template ls`: templates, and the bases built from them.

import type { TemplateView } from '../../api/contract.ts';
import type { Action } from '../definition.ts';
import { renderTemplates } from '../output/stored.ts';

export const run: Action = async (context) => {
  const { templates } = await context.call<{ templates: TemplateView[] }>({ method: 'GET', path: '/v1/templates' });
  if (context.json) context.printJson({ templates });
  else context.print(renderTemplates(templates, { width: context.width(), paint: context.paint }));
  return 0;
};
