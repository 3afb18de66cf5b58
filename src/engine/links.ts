// The links of running tenants: somebody may delete one, and LXC plugs none in again.

import { linkName } from '../domain/slots.ts';
import type { Tenant } from '../domain/tenant.ts';
import type { Engine } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { placeOf } from './observe.ts';
import { findTenant, recordEvent } from './reconcile.ts';

/** In one run: who deletes its own link again and again, as its root may, makes no more work than this. */
const MOST_REPAIRS = 5;

/** Looks at all links at once (one file), and makes those anew that running tenants lack. */
export const keepLinks = async (engine: Engine, work: Work): Promise<void> => {
  const present = new Set(await engine.ports.network.listLinks());
  for (const tenant of engine.ports.registry.current.tenants) {
    if (!isUp(engine, tenant)) continue;
    if (present.has(tenant.slot)) clearReason(engine, tenant);
    else await engine.locks.run(tenant.name, 'a repair', work.signal, () => repairLink(engine, tenant, work));
  }
};

/** Nobody is at work on it, and its init is known. */
const isUp = (engine: Engine, { name, phase }: Tenant): boolean => {
  const { sampler, activity, pid } = engine.runtimes.get(name);
  const isKnown = sampler !== null && pid !== null && pid > 0;
  return phase === 'ready' && isKnown && activity === null && engine.locks.holder(name) === undefined;
};

const reasonOf = ({ name, slot }: Tenant): string =>
  `its network link ${linkName(slot)} is gone: tenantctl restart ${name}`;

const clearReason = (engine: Engine, tenant: Tenant): void => {
  const runtime = engine.runtimes.get(tenant.name);
  if (runtime.reason === reasonOf(tenant)) runtime.reason = '';
};

const repairLink = async (engine: Engine, tenant: Tenant, work: Work): Promise<void> => {
  const { ports, config } = engine;
  const runtime = engine.runtimes.get(tenant.name);
  const pid = runtime.pid ?? 0;
  const isOwn = (): boolean => ports.cgroups.listPids(placeOf(config, tenant.name)).includes(pid);
  // it was restarted meanwhile, or it died and the link went with it: that is seen elsewhere
  if (findTenant(ports, tenant.name) !== tenant || !isOwn()) return;
  if (runtime.linkRepairs >= MOST_REPAIRS) return tellLoss(engine, tenant, work, 'it was made anew often enough');
  try {
    await ports.network.relink(tenant.slot, pid, isOwn);
  } catch (error) {
    return isOwn() ? tellLoss(engine, tenant, work, String(error)) : undefined;
  }
  runtime.linkRepairs += 1;
  clearReason(engine, tenant);
  recordEvent(ports, work, {
    type: 'link-lost',
    tenant: tenant.name,
    text: `${tenant.name}: its network link ${linkName(tenant.slot)} was gone and is made anew`,
    data: { link: linkName(tenant.slot), repaired: true },
  });
};

/** Once, until it is back. */
const tellLoss = (engine: Engine, tenant: Tenant, work: Work, why: string): void => {
  const runtime = engine.runtimes.get(tenant.name);
  if (runtime.reason === reasonOf(tenant)) return;
  runtime.reason = reasonOf(tenant);
  engine.ports.log.warn('a link is gone and stays so', { tenant: tenant.name, why });
  recordEvent(engine.ports, work, {
    type: 'link-lost',
    tenant: tenant.name,
    text: `${tenant.name}: ${reasonOf(tenant)}`,
    data: { link: linkName(tenant.slot), repaired: false },
  });
};
