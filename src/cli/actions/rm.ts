// `tenantctl rm`: asks for the name, then moves the tenant to the trash.

import type { TenantView } from '../../api/contract.ts';
import { parseName } from '../../domain/names.ts';
import { confirm } from '../confirm.ts';
import { type Action, hasSwitch } from '../definition.ts';
import { formatTime } from '../output/cells.ts';

export const run: Action = async (context, input) => {
  const name = parseName(input.args[0] ?? '');
  const command = `tenantctl rm ${name} --yes`;
  if (!hasSwitch(input, 'yes')) {
    const { tenant } = await context.call<{ tenant: TenantView }>({ method: 'GET', path: `/v1/tenants/${name}` });
    await confirm(context, { what: `removing ${tenant.name} (${tenant.state})`, word: name, command });
  }
  const gone = await context.work<{ key: string; expiresAt: string }>(
    { method: 'DELETE', path: `/v1/tenants/${name}` },
    { what: `rm ${name}`, tenant: name, gone: `too late: ${name} is in the trash` },
  );
  if (context.json) context.printJson({ ...gone });
  else context.print(`${name} is in the trash until ${formatTime(gone.expiresAt)} UTC\n`);
  context.tell(`to have it back: tenantctl trash restore ${name}\n`);
  return 0;
};
