// `tenantctl doctor`: what this host can do; status 8 when something needed is missing.

import type { CheckView, InventoryView } from '../../api/contract.ts';
import type { Action } from '../definition.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { countChecks, renderChecks, renderInventory } from '../output/doctor.ts';

/** Checks mount and start things: slower than a question of state. */
interface Diagnosis {
  readonly checks: CheckView[];
  readonly inventory: InventoryView;
}

export const run: Action = async (context) => {
  const { checks, inventory } = await context.call<Diagnosis>({ method: 'GET', path: '/v1/doctor' });
  if (context.json) context.printJson({ checks, inventory });
  else context.print(`${renderInventory(inventory)}\n${renderChecks(checks, context.paint)}`);
  return countChecks(checks, 'fail') > 0 ? EXIT_STATUS.unsupported : 0;
};
