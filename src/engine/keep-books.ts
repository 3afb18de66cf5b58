// The part of a tick that feeds the books: a reading of each tenant that runs, and the host's.

import type { Tenant } from '../domain/tenant.ts';
import type { Reading } from './account.ts';
import type { Engine } from './engine.ts';

const readingOf = (engine: Engine, tenant: Tenant): Reading[] => {
  const { last, sampler } = engine.runtimes.get(tenant.name);
  if (!last || !sampler) return [];
  return [{ tenantId: tenant.id, epoch: `${engine.ports.host.facts.bootId}/${sampler.identity}`, sample: last }];
};

/** Once a tick, after the samples were taken. */
export const account = (engine: Engine): void => {
  const { ports, scheduler, accountant } = engine;
  if (!scheduler.hostBefore) return;
  const readings = ports.registry.current.tenants.flatMap((tenant) => readingOf(engine, tenant));
  accountant.tick(ports.clock.now(), scheduler.hostBefore, readings);
};
