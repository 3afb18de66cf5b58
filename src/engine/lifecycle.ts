// start, stop, restart, freeze, thaw: a new desired state, then reality follows; on failure both go back.

import { problem, toProblem } from '../domain/errors.ts';
import type { EventType } from '../domain/events.ts';
import type { DesiredState, Tenant } from '../domain/tenant.ts';
import { retryStart } from './deaths.ts';
import { type Engine, optionsOf, refresh, requireReady, requireTenant, withActivity } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { holdOf, holdTenant } from './live-limits.ts';
import {
  findTenant,
  type ReconcileOptions,
  reconcileTenant,
  recordEvent,
  revertTenant,
  saveTenant,
} from './reconcile.ts';
import type { Activity } from './runtime.ts';

interface Change {
  readonly desired: DesiredState;
  readonly activity: Activity;
  readonly event: EventType;
  readonly verb: string;
  readonly stopTimeoutMs?: number | undefined;
}

const change = async (engine: Engine, name: string, work: Work, wanted: Change): Promise<Tenant> => {
  const { name: known } = requireTenant(engine, name);
  return engine.locks.run(known, wanted.verb, work.signal, async () => {
    const before = requireReady(engine, known);
    if (wanted.desired !== 'stopped') requireFree(engine, before, wanted.desired);
    if (wanted.desired === 'frozen') requireUp(engine, before, 'only a running tenant can be frozen');
    return withActivity(engine, known, wanted.activity, () => follow(engine, before, work, wanted));
  });
};

/** @returns the tenant as it is recorded afterwards */
const reach = async (
  { ports }: Engine,
  next: Tenant,
  options: ReconcileOptions,
  { event, verb }: Pick<Change, 'event' | 'verb'>,
): Promise<Tenant> => {
  const { tenant, steps } = await reconcileTenant(next, options);
  const { name } = tenant;
  if (steps > 0) recordEvent(ports, options.work, { type: event, tenant: name, text: `${name} was ${verb}`, data: {} });
  return tenant;
};

const follow = async (engine: Engine, before: Tenant, work: Work, wanted: Change): Promise<Tenant> => {
  const { ports } = engine;
  const options = {
    ...optionsOf(engine, work),
    ...(wanted.stopTimeoutMs === undefined ? {} : { stopTimeoutMs: wanted.stopTimeoutMs }),
  };
  const next: Tenant =
    before.desired === wanted.desired
      ? before
      : { ...before, desired: wanted.desired, generation: before.generation + 1 };
  if (next !== before) await saveTenant(ports, before.name, next);
  engine.runtimes.get(before.name).deaths = [];
  try {
    return await reach(engine, next, options, wanted);
  } catch (error) {
    // a start that failed must not be tried again by every daemon start: what was wanted before is wanted again
    await revertTenant(next === before ? { ...before, desired: 'stopped' } : before, options);
    throw error;
  }
};

/**
 * What a penalty holds does not run because somebody asks: saying "started" would be no truth. Freezing what is held
 * frozen, and stopping it, is what its owner may want for the time after.
 * @throws Problem TENANT_STATE with the way to end the penalty
 */
const requireFree = (engine: Engine, { name }: Tenant, desired: DesiredState): void => {
  const held = holdOf(engine, name);
  if (!held || held.hold === desired) return;
  const until = held.until === null ? '' : ` until ${new Date(held.until).toISOString().slice(0, 16)}Z`;
  throw problem('TENANT_STATE', {
    name,
    state: held.hold,
    what: `a penalty holds it${until}`,
    fix: `wait for its end, or end it: tenantctl pardon ${name}`,
  });
};

const requireUp = (engine: Engine, tenant: Tenant, what: string): void => {
  const { up } = engine.runtimes.get(tenant.name);
  if (up === 'stopped') {
    throw problem('TENANT_STATE', {
      name: tenant.name,
      state: 'stopped',
      what,
      fix: `start it: tenantctl start ${tenant.name}`,
    });
  }
};

export const startTenant = (engine: Engine, name: string, work: Work): Promise<Tenant> =>
  change(engine, name, work, { desired: 'running', activity: 'starting', event: 'tenant-started', verb: 'started' });

export const stopTenant = (engine: Engine, name: string, work: Work, stopTimeoutMs?: number): Promise<Tenant> =>
  change(engine, name, work, {
    desired: 'stopped',
    activity: 'stopping',
    event: 'tenant-stopped',
    verb: 'stopped',
    stopTimeoutMs,
  });

export const freezeTenant = (engine: Engine, name: string, work: Work): Promise<Tenant> =>
  change(engine, name, work, { desired: 'frozen', activity: 'stopping', event: 'tenant-frozen', verb: 'frozen' });

/** @throws Problem TENANT_STATE when it does not run */
export const thawTenant = async (engine: Engine, name: string, work: Work): Promise<Tenant> => {
  const tenant = requireTenant(engine, name);
  requireFree(engine, tenant, 'running');
  requireUp(engine, tenant, 'only a frozen tenant can be thawed');
  return change(engine, name, work, {
    desired: 'running',
    activity: 'starting',
    event: 'tenant-thawed',
    verb: 'thawed',
  });
};

/** Down and up again under one lock; its desired state stays `running` throughout, so that a crash in between ends in a start. */
export const restartTenant = async (engine: Engine, name: string, work: Work): Promise<Tenant> => {
  const { name: known } = requireTenant(engine, name);
  return engine.locks.run(known, 'restart', work.signal, async () => {
    const before = requireReady(engine, known);
    requireFree(engine, before, 'running');
    return downAndUp(engine, before, work);
  });
};

/**
 * For the daemon itself: only what runs, and should, is restarted; with `frozenToo` also what is frozen, and should be, and
 * that is frozen again afterwards. Who waited for the lock may find that somebody stopped, froze or removed it meanwhile.
 * A start that fails is tried again by the restart policy.
 * @returns whether it was restarted at the first try
 */
export const restartRunning = async (
  engine: Engine,
  name: string,
  work: Work,
  { frozenToo }: { readonly frozenToo: boolean },
): Promise<boolean> => {
  const done = await engine.locks.run(name, 'restart', work.signal, async () => {
    const before = findTenant(engine.ports, name);
    if (before?.phase !== 'ready') return 'left';
    const { up } = engine.runtimes.get(name);
    const isWanted = up !== 'stopped' && holdTenant(engine, before).desired === up;
    if (!isWanted || (up === 'frozen' && !frozenToo)) return 'left';
    try {
      await withActivity(engine, name, 'restarting', async () => {
        const next = await takeDown(engine, before, before.desired, work);
        await reach(engine, next, optionsOf(engine, work), RESTARTED);
      });
      return 'restarted';
    } catch (error) {
      if (work.signal.aborted) throw error;
      engine.ports.log.warn('a restart failed', { tenant: name, error: toProblem(error).message });
      return 'failed';
    }
  });
  if (done === 'failed') await retryStart(engine, name, work);
  return done === 'restarted';
};

const RESTARTED: Pick<Change, 'event' | 'verb'> = { event: 'tenant-restarted', verb: 'restarted' };

const downAndUp = (engine: Engine, before: Tenant, work: Work): Promise<Tenant> =>
  withActivity(engine, before.name, 'restarting', async () => {
    const next = await takeDown(engine, before, 'running', work);
    return follow(engine, next, work, { desired: 'running', activity: 'restarting', ...RESTARTED });
  });

/** @returns the tenant that is to be up again, as it is recorded */
const takeDown = async (engine: Engine, before: Tenant, desired: DesiredState, work: Work): Promise<Tenant> => {
  const next: Tenant = { ...before, desired, generation: before.generation + 1 };
  await saveTenant(engine.ports, next.name, next);
  await reconcileTenant({ ...next, desired: 'stopped' }, optionsOf(engine, work));
  await refresh(engine, next.name); // the next run has other counters and another first process
  return next;
};
