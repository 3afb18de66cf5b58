// The parts every verb shares: ports, fixed facts, locks and what is known of the running tenants.

import { problem, toProblem } from '../domain/errors.ts';
import { nearestName, parseName } from '../domain/names.ts';
import type { Tenant } from '../domain/tenant.ts';
import { Accountant } from './accounting.ts';
import { writeDecisions } from './decision-log.ts';
import type { EngineConfig, EnginePorts, Work } from './engine-ports.ts';
import { Incidents } from './incidents.ts';
import { holdTenant, liveLimits } from './live-limits.ts';
import { Locks } from './locks.ts';
import { placeOf } from './observe.ts';
import { findTenant, type ReconcileOptions } from './reconcile.ts';
import { type Activity, markDown, markUp, Runtimes } from './runtime.ts';
import { isActHeld, Scheduler } from './scheduler.ts';
import { Told } from './tell.ts';

export interface Engine {
  readonly ports: EnginePorts;
  readonly config: EngineConfig;
  readonly locks: Locks;
  readonly runtimes: Runtimes;
  readonly scheduler: Scheduler;
  readonly incidents: Incidents;
  readonly told: Told;
  readonly accountant: Accountant;
}

export const createEngine = (ports: EnginePorts, config: EngineConfig): Engine => {
  const runtimes = new Runtimes();
  const write = (): void => writeDecisions({ ports, scheduler });
  const scheduler: Scheduler = new Scheduler(config.zone, config.constants, write);
  restoreStates(scheduler, ports);
  const isHeld = (tenant: string, kind: string): boolean => isActHeld(scheduler, tenant, kind);
  const incidents = new Incidents({ ports, config, runtimes, isHeld });
  const accountant = new Accountant({
    history: ports.history,
    outbox: scheduler.outbox,
    cpus: ports.host.facts.cpus,
    bootId: ports.host.facts.bootId,
    readDisk: ports.stateDisk,
    readTotals: () => ports.host.totals(),
    log: ports.log,
  });
  const parts = { locks: new Locks(), runtimes, scheduler, incidents, accountant, told: new Told() };
  return { ports, config, ...parts };
};

/** A history that cannot be read keeps no daemon from its tenants; they begin anew then, and that is said. */
const restoreStates = (scheduler: Scheduler, { history, registry, log }: EnginePorts): void => {
  try {
    scheduler.restore(history.readStates(), registry.current.tenants);
  } catch (error) {
    log.error('what the scheduler remembered cannot be read', { error: toProblem(error).message });
  }
};

/** @throws Problem NAME_INVALID, TENANT_MISSING with the nearest name */
export const requireTenant = (engine: Engine, text: string): Tenant => {
  const name = parseName(text);
  const tenant = findTenant(engine.ports, name);
  if (tenant) return tenant;
  const known = engine.ports.registry.current.tenants.map((other) => other.name);
  throw problem('TENANT_MISSING', { name, near: nearestName(name, known) });
};

/**
 * For verbs that would use it: half a tenant is finished or taken back by the next start of the daemon, whatever is in it.
 * @throws Problem NAME_INVALID, TENANT_MISSING, TENANT_STATE
 */
export const requireReady = (engine: Engine, text: string): Tenant => {
  const tenant = requireTenant(engine, text);
  if (tenant.phase === 'ready') return tenant;
  const { name } = tenant;
  const what = 'that was cut, and is taken up again when the daemon starts';
  throw problem('TENANT_STATE', { name, state: tenant.phase, what, fix: `remove it: tenantctl rm ${name}` });
};

export const optionsOf = (engine: Engine, work: Work): ReconcileOptions => ({
  ports: engine.ports,
  config: engine.config,
  work,
  live: (tenant) => liveLimits(engine, tenant),
  hold: (tenant) => holdTenant(engine, tenant),
});

/** Shows what is under way while it is, and the state the kernel has afterwards. */
export const withActivity = async <T>(
  engine: Engine,
  name: string,
  activity: Activity | null,
  act: () => Promise<T>,
): Promise<T> => {
  const runtime = engine.runtimes.get(name);
  runtime.activity = activity;
  try {
    return await act();
  } catch (error) {
    runtime.reason = toProblem(error).message;
    throw error;
  } finally {
    runtime.activity = null;
    await refresh(engine, name);
  }
};

/** Believes the kernel: opens the sampler of a tenant that runs, closes that of one that does not. */
export const believe = (engine: Engine, tenant: Tenant, isRunning: boolean): void => {
  const runtime = engine.runtimes.get(tenant.name);
  if (!isRunning) {
    markDown(runtime, runtime.reason);
    return;
  }
  const { cgroups, network, clock } = engine.ports;
  const place = placeOf(engine.config, tenant.name);
  const up = cgroups.isFrozen(place) ? 'frozen' : 'running';
  if (runtime.sampler) {
    runtime.up = up;
    return;
  }
  const readers = { sampler: cgroups.openSampler(place), link: network.openLinkCounters(tenant.slot) };
  markUp(runtime, up, readers, clock.now());
};

export const refresh = async (engine: Engine, name: string): Promise<void> => {
  const isRunning = (await engine.ports.containers.listRunning()).has(name);
  const tenant = findTenant(engine.ports, name);
  if (tenant) believe(engine, tenant, isRunning);
  else engine.runtimes.drop(name);
};
