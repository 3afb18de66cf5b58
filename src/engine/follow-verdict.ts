// Makes the kernel hold what the scheduler decided: other limits, or a tenant frozen, stopped or let go by a penalty.

import type { Effective } from '../domain/policy-types.ts';
import type { Tenant } from '../domain/tenant.ts';
import { beginDescent, isBelowUse, redirectDescent } from './descent.ts';
import { type Engine, optionsOf, withActivity } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { holdTenant, liveLimits } from './live-limits.ts';
import { placeOf } from './observe.ts';
import { findTenant, reconcileTenant } from './reconcile.ts';
import type { Runtime } from './runtime.ts';

const isSame = (a: Effective, b: Effective): boolean =>
  a.cpu === b.cpu && a.cpuWeight === b.cpuWeight && a.memory === b.memory && a.memoryLow === b.memoryLow;

const isHeld = (engine: Engine, tenant: Tenant, runtime: Runtime): boolean =>
  holdTenant(engine, tenant).desired === runtime.up;

/** @returns undefined when the kernel holds it already, as far as this daemon knows */
export const followVerdict = (engine: Engine, tenant: Tenant, work: Work): Promise<unknown> | undefined => {
  const runtime = engine.runtimes.get(tenant.name);
  const effective = engine.scheduler.verdicts[tenant.name]?.effective;
  if (!effective) return undefined;
  if (!isHeld(engine, tenant, runtime)) return hold(engine, tenant.name, work);
  // after a start lxc.conf and the start step have written it
  const before = runtime.effective ?? effective;
  runtime.effective = effective;
  return isSame(before, effective) ? undefined : writeLimits(engine, tenant.name, work);
};

/** A tenant that a penalty stopped is not sampled: its end is looked for here. @returns undefined when there is none */
export const releaseStopped = (engine: Engine, { name, phase }: Tenant, work: Work): Promise<void> | undefined => {
  const runtime = engine.runtimes.get(name);
  if (phase !== 'ready' || runtime.sampler || engine.locks.holder(name) !== undefined) return undefined;
  const isStopped = engine.scheduler.verdicts[name]?.effective.hold === 'stopped';
  const wasStopped = runtime.heldStopped;
  runtime.heldStopped = isStopped;
  return wasStopped && !isStopped ? release(engine, name, work) : undefined;
};

/** A start that fails is not tried again every second: people are told, and start it. */
const release = async (engine: Engine, name: string, work: Work): Promise<void> => {
  try {
    await hold(engine, name, work);
  } catch (error) {
    engine.runtimes.get(name).failed = true;
    throw error;
  }
};

const writeLimits = (engine: Engine, name: string, work: Work): Promise<void> =>
  engine.locks.run(name, 'a change of its quota', work.signal, async () => {
    const tenant = findTenant(engine.ports, name);
    const runtime = engine.runtimes.get(name);
    if (tenant?.phase !== 'ready' || runtime.up === 'stopped') return;
    redirectDescent(engine, tenant);
    if (isBelowUse(engine, tenant) && !runtime.descent) await beginDescent(engine, tenant, { by: 'daemon' });
    const live = liveLimits(engine, tenant);
    // the walk down writes memory itself, step by step
    const limits = runtime.descent ? { ...live, memory: runtime.descent.current } : live;
    const place = placeOf(engine.config, name);
    await engine.ports.cgroups.apply(place, limits);
    await engine.ports.containers.adopt({ ...tenant, limits: live }, place);
  });

const hold = (engine: Engine, name: string, work: Work): Promise<void> =>
  engine.locks.run(name, 'a penalty', work.signal, async () => {
    const tenant = findTenant(engine.ports, name);
    if (tenant?.phase !== 'ready') return;
    await withActivity(engine, name, null, () => reconcileTenant(tenant, optionsOf(engine, work)));
  });
