// The part of a tick that feeds the books: a reading of each tenant that runs, and the host's.

import type { Tenant } from '../domain/tenant.ts';
import type { Reading } from './account.ts';
import type { Engine } from './engine.ts';

/** A cgroup lives as long as the tenant's init: the second in which that began tells two runs apart. */
const epochOf = (engine: Engine, { name }: Tenant): string | undefined => {
  const { startedAt, pid } = engine.runtimes.get(name);
  return startedAt === null || !pid ? undefined : `${pid}/${Math.round(startedAt / 1000)}`;
};

const readingOf = (engine: Engine, tenant: Tenant): Reading[] => {
  const { last, sampler } = engine.runtimes.get(tenant.name);
  // until its first process is known, a tick after the start, it cannot be told apart; its counters wait
  const epoch = epochOf(engine, tenant);
  return last && sampler && epoch !== undefined ? [{ tenantId: tenant.id, epoch, sample: last }] : [];
};

/** Once a tick, after the samples were taken. */
export const account = (engine: Engine): void => {
  const { ports, scheduler, accountant } = engine;
  if (!scheduler.hostBefore) return;
  const readings = ports.registry.current.tenants.flatMap((tenant) => readingOf(engine, tenant));
  accountant.tick(ports.clock.now(), scheduler.hostBefore, readings);
};
