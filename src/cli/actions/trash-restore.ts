// `tenantctl trash restore`: a removed tenant as it was.

import type { TenantView } from '../../api/contract.ts';
import { type Action, hasSwitch } from '../definition.ts';
import { readTrashKey } from '../trash-key.ts';
import { describeTenant } from './add.ts';

export const run: Action = async (context, input) => {
  const key = readTrashKey(input.args[0] ?? '');
  const tenant = await context.work<TenantView>(
    {
      method: 'POST',
      path: `/v1/trash/${key}/restore`,
      body: { start: hasSwitch(input, 'start'), overcommit: hasSwitch(input, 'overcommit') },
    },
    { what: `trash restore ${key}` },
  );
  if (context.json) context.printJson({ tenant });
  else context.print(`${describeTenant(tenant)}\n`);
  if (tenant.state === 'stopped') context.tell(`next: tenantctl start ${tenant.name}\n`);
  return 0;
};
