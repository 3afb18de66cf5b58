// Compares what the kernel holds with what it should hold, and writes back what differs.

import type { Tenant } from '../domain/tenant.ts';
import type { Drift } from '../ports/cgroups.ts';
import { beginDescent, isBelowUse } from './descent.ts';
import type { Engine } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { liveLimits } from './live-limits.ts';
import { placeOf } from './observe.ts';
import { findTenant, recordEvent } from './reconcile.ts';

/** @returns undefined when nothing differs */
export const repairDrift = (engine: Engine, tenant: Tenant, work: Work): Promise<void> | undefined => {
  const place = placeOf(engine.config, tenant.name);
  const drift = engine.ports.cgroups.findDrift(place, liveLimits(engine, tenant));
  if (drift.length === 0) return undefined;
  return engine.locks.run(tenant.name, 'a repair', work.signal, async () => {
    const current = findTenant(engine.ports, tenant.name);
    if (current !== tenant) return; // changed meanwhile: the next tick compares anew
    await writeBack(engine, tenant, drift);
    const first = drift[0];
    recordEvent(engine.ports, work, {
      type: 'drift-repaired',
      tenant: tenant.name,
      text: `${tenant.name}: ${drift.map(({ path, got, want }) => `${path.split('/').at(-1)} read "${got}" instead of "${want}"`).join('; ')}; written back`,
      data: { limit: first?.limit ?? '', path: first?.path ?? '', got: first?.got ?? '', want: first?.want ?? '' },
    });
  });
};

const writeBack = async (engine: Engine, tenant: Tenant, drift: readonly Drift[]): Promise<void> => {
  const place = placeOf(engine.config, tenant.name);
  const memory = drift.some(({ limit }) => limit === 'memory') && isBelowUse(engine, tenant);
  if (!memory) return engine.ports.cgroups.apply(place, liveLimits(engine, tenant));
  await beginDescent(engine, tenant, { by: 'daemon' });
};
