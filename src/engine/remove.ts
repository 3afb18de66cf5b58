// rm and the trash: a tenant goes there for some days, comes back from there, or goes for good.

import { problem, toProblem } from '../domain/errors.ts';
import { parseName } from '../domain/names.ts';
import { type Tenant, type TrashEntry, trashKey } from '../domain/tenant.ts';
import { checkTenant } from './check-request.ts';
import { type Engine, optionsOf, requireTenant, withActivity } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { findTenant, reconcileTenant, recordEvent, revertTenant, saveTenant, unstoppable } from './reconcile.ts';

/** Moves a tenant to the trash. Once begun it is always finished: by this call or by the next start of the daemon. */
export const removeTenant = async (engine: Engine, name: string, work: Work): Promise<TrashEntry> => {
  const { name: known } = requireTenant(engine, name);
  return engine.locks.run(known, 'rm', work.signal, async () => {
    const before = requireTenant(engine, known);
    return withActivity(engine, known, 'deleting', async () => {
      const tenant: Tenant = { ...before, phase: 'deleting', desired: 'stopped', generation: before.generation + 1 };
      await saveTenant(engine.ports, known, tenant);
      return finishRemoval(engine, tenant, work);
    });
  });
};

/** Also used by the healing of a removal that a crash cut. */
export const finishRemoval = async (engine: Engine, tenant: Tenant, work: Work): Promise<TrashEntry> => {
  const { ports, config } = engine;
  const options = optionsOf(engine, work);
  await reconcileTenant(tenant, { ...options, work: { ...unstoppable(work), onStep: work.onStep } });
  const now = ports.clock.now();
  const entry: TrashEntry = {
    key: trashKey(tenant),
    tenant: { ...tenant, phase: 'ready' },
    deletedAt: new Date(now).toISOString(),
    expiresAt: new Date(now + config.trashMs).toISOString(),
  };
  await ports.faults.reach('before:forget');
  await saveTenant(ports, tenant.name, undefined, { trash: [...ports.registry.current.trash, entry] });
  await ports.faults.reach('after:forget');
  recordEvent(ports, work, {
    type: 'tenant-removed',
    tenant: tenant.name,
    text: `${tenant.name} was moved to the trash until ${entry.expiresAt.slice(0, 10)}`,
    data: { key: entry.key },
  });
  return entry;
};

const isExpired = ({ expiresAt }: TrashEntry, nowMs: number): boolean => Date.parse(expiresAt) <= nowMs;

/** The newest entry with this key or tenant name. @throws Problem TRASH_MISSING */
const findTrash = (engine: Engine, text: string, isMeant = (_: TrashEntry): boolean => true): TrashEntry => {
  const trash = engine.ports.registry.current.trash.filter(isMeant);
  const entry = trash.find(({ key }) => key === text) ?? trash.findLast(({ tenant }) => tenant.name === text);
  if (!entry) throw problem('TRASH_MISSING', { value: text.slice(0, 80) });
  return entry;
};

export interface RestoreOptions {
  readonly start: boolean;
  /** Accept that what it was promised has been promised to others meanwhile. */
  readonly overcommit?: boolean | undefined;
}

/** Takes a tenant out of the trash, with its old ids and address. @throws Problem TRASH_MISSING, TENANT_EXISTS, OVERCOMMIT */
export const restoreTenant = async (
  engine: Engine,
  text: string,
  work: Work,
  options: RestoreOptions,
): Promise<Tenant> => {
  const { ports } = engine;
  // what expired may be half deleted already
  const isWhole = (entry: TrashEntry): boolean => !isExpired(entry, ports.clock.now());
  const name = parseName(findTrash(engine, text, isWhole).tenant.name);
  return engine.locks.run(name, 'restore', work.signal, async () => {
    const entry = findTrash(engine, text, isWhole);
    if (findTenant(ports, name)) throw problem('TENANT_EXISTS', { name });
    const overcommit = entry.tenant.overcommit || options.overcommit === true;
    const desired = options.start ? 'running' : 'stopped';
    const tenant: Tenant = { ...entry.tenant, overcommit, phase: 'restoring', desired };
    checkTenant(tenant, ports, engine.config);
    const trash = ports.registry.current.trash.filter(({ key }) => key !== entry.key);
    await saveTenant(ports, name, tenant, { trash });
    return withActivity(engine, name, 'creating', () => finishRestore(engine, tenant, work));
  });
};

/** Its bank, budgets and penalty come back with it. A history that cannot be read keeps nobody in the trash. */
const recall = ({ scheduler, ports }: Engine, { name, id }: Tenant): void => {
  try {
    const known = scheduler.outbox.stateOf(id) ?? ports.history.readStates().get(id);
    if (known) scheduler.returning.set(id, known);
  } catch (error) {
    ports.log.error('what the scheduler remembered cannot be read', { tenant: name, error: toProblem(error).message });
  }
};

export const finishRestore = async (engine: Engine, tenant: Tenant, work: Work): Promise<Tenant> => {
  const options = optionsOf(engine, { ...unstoppable(work), onStep: work.onStep });
  await reconcileTenant(tenant, options);
  const ready: Tenant = { ...tenant, phase: 'ready' };
  // before it is ready: the decision that follows at once would begin it anew
  recall(engine, ready);
  await saveTenant(engine.ports, tenant.name, ready);
  recordEvent(engine.ports, work, {
    type: 'tenant-restored',
    tenant: tenant.name,
    text: `${tenant.name} was restored`,
    data: {},
  });
  try {
    return (await reconcileTenant(ready, options)).tenant;
  } catch (error) {
    // as with a start that failed: no daemon start tries it again unasked
    await revertTenant({ ...ready, desired: 'stopped' }, options);
    throw error;
  }
};

/** Its rows, states and acts go with its files; a history that cannot be written now keeps them, and harms nobody. */
const forgetHistory = ({ accountant, scheduler, ports }: Engine, id: string): void => {
  accountant.forgetTenant(id);
  scheduler.outbox.forgetTenant(id);
  try {
    ports.history.forgetTenant(id);
  } catch (error) {
    ports.log.warn('the history of a removed tenant stays', { id, error: String(error) });
  }
};

/**
 * Deletes entries of the trash for good: one by key or name, or all, or those that expired; until the signal.
 * @returns the keys that went
 * @throws the first failure, after all others were tried
 */
export const emptyTrash = async (
  engine: Engine,
  which: { readonly key?: string; readonly expiredAt?: number; readonly signal?: AbortSignal },
  by: string,
): Promise<string[]> => {
  const { ports } = engine;
  const key = which.key === undefined ? undefined : findTrash(engine, which.key).key;
  const isMeant = (entry: TrashEntry): boolean =>
    which.expiredAt === undefined ? key === undefined || entry.key === key : isExpired(entry, which.expiredAt);
  const gone: string[] = [];
  const failures: unknown[] = [];
  for (const entry of ports.registry.current.trash.filter(isMeant)) {
    if (which.signal?.aborted) break;
    try {
      if (await deleteEntry(engine, entry)) gone.push(entry.key);
    } catch (error) {
      failures.push(error); // one that cannot go keeps none of the others
    }
  }
  if (gone.length > 0) {
    recordEvent(
      ports,
      { by },
      {
        type: 'trash-emptied',
        tenant: null,
        text: `${gone.length} left the trash for good`,
        data: { count: gone.length },
      },
    );
  }
  if (failures.length > 0) throw failures[0];
  return gone;
};

/** @returns false when it is no longer in the trash */
const deleteEntry = async (engine: Engine, { key, tenant }: TrashEntry): Promise<boolean> => {
  const { ports } = engine;
  if (!(await markExpired(engine, key))) return false;
  await ports.rootfs.removeTrash(key);
  const { current } = ports.registry;
  await ports.registry.save({ ...current, trash: current.trash.filter((other) => other.key !== key) });
  forgetHistory(engine, tenant.id);
  return true;
};

/**
 * Before the first file goes: what a crash leaves half deleted is never restored, and the next look at what expired
 * finishes it. @returns false when it is no longer in the trash
 */
const markExpired = async ({ ports }: Engine, key: string): Promise<boolean> => {
  const { current } = ports.registry;
  const now = ports.clock.now();
  const found = current.trash.find((entry) => entry.key === key);
  if (!found || isExpired(found, now)) return found !== undefined;
  const trash = current.trash.map((entry) =>
    entry === found ? { ...entry, expiresAt: new Date(now).toISOString() } : entry,
  );
  await ports.registry.save({ ...current, trash });
  return true;
};
