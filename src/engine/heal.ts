// What the daemon does first: finishes or undoes what a crash cut, brings back what should run, sweeps what nobody owns.

import { toProblem } from '../domain/errors.ts';
import { buildPlace } from '../domain/instance.ts';
import type { Tenant } from '../domain/tenant.ts';
import { retryStart } from './deaths.ts';
import { type Engine, optionsOf, refresh, withActivity } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { placeOf } from './observe.ts';
import {
  findTenant,
  type ReconcileOptions,
  reconcileTenant,
  recordEvent,
  saveTenant,
  undoCreation,
} from './reconcile.ts';
import { finishRemoval, finishRestore } from './remove.ts';
import { takeHold } from './run-step.ts';
import type { Activity } from './runtime.ts';

/** Tenants started at the same time after a boot: more would only wait for each other on a small box. */
const PARALLEL = 2;

/** The ground tenants stand on: the house's ceiling and the rules that keep them apart. */
const prepareGround = async ({ ports, config }: Engine): Promise<void> => {
  await ports.cgroups.ensureHouse(placeOf(config, 'any').house, config.house);
  await ports.network.ensureIsolation();
};

/** Before anybody is served: what a crash cut is finished or undone, so that no command meets half a tenant. */
export const healCut = async (engine: Engine, work: Work): Promise<void> => {
  await prepareGround(engine);
  for (const tenant of engine.ports.registry.current.tenants) {
    if (tenant.phase !== 'ready') await healOne(engine, tenant, work);
  }
};

/**
 * Brings all tenants to what is wanted. One that cannot be healed is reported and does not keep the others; its start is
 * tried again as after a death: a box that is busy after its boot must not leave a tenant down.
 * @returns the end of those tries, in an object, for nobody has to wait for it
 */
export const healAll = async (engine: Engine, work: Work): Promise<{ readonly retried: Promise<unknown> }> => {
  const queue = [...engine.ports.registry.current.tenants];
  const retries: Promise<void>[] = [];
  const lane = async (): Promise<void> => {
    for (let tenant = queue.shift(); tenant && !work.signal.aborted; tenant = queue.shift())
      if (!(await healOne(engine, tenant, work))) retries.push(retryStart(engine, tenant.name, work));
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  await sweep(engine, work);
  return { retried: Promise.all(retries) };
};

/** @returns whether it is as wanted now */
const healOne = async (engine: Engine, { name }: Tenant, work: Work): Promise<boolean> => {
  const { ports } = engine;
  try {
    await engine.locks.run(name, 'healing', work.signal, async () => {
      const tenant = findTenant(ports, name);
      if (!tenant) return;
      await refresh(engine, name);
      const steps = await withActivity(engine, name, healingActivity(engine, tenant), () => heal(engine, tenant, work));
      const healed = findTenant(ports, name);
      if (healed && engine.runtimes.get(name).up !== 'stopped') {
        await takeHold(healed, optionsOf(engine, work));
        await ports.containers.adopt(healed, placeOf(engine.config, name));
      }
      if (steps !== '') recordEvent(ports, work, { type: 'healed', tenant: name, text: `${name}: ${steps}`, data: {} });
    });
    return true;
  } catch (error) {
    const runtime = engine.runtimes.get(name);
    runtime.reason = toProblem(error).message;
    runtime.failed = true;
    ports.log.error('a tenant could not be healed', { tenant: name, error: toProblem(error).message });
    return false;
  }
};

/** What people see meanwhile; nothing for a tenant that is as wanted already. */
const healingActivity = (engine: Engine, tenant: Tenant): Activity | null => {
  if (tenant.phase === 'deleting') return 'deleting';
  if (tenant.phase !== 'ready') return 'creating';
  const isUp = engine.runtimes.get(tenant.name).up !== 'stopped';
  return isUp || tenant.desired === 'stopped' ? null : 'starting';
};

/** @returns what was done, empty when nothing was needed */
const heal = async (engine: Engine, tenant: Tenant, work: Work): Promise<string> => {
  const options = optionsOf(engine, work);
  if (tenant.phase === 'creating') {
    await undoCreation(tenant, options);
    return 'an unfinished creation was undone';
  }
  if (tenant.phase === 'deleting') {
    await finishRemoval(engine, tenant, work);
    return 'an unfinished removal was finished';
  }
  if (tenant.phase === 'restoring') {
    await finishRestore(engine, tenant, work);
    return 'an unfinished restore was finished';
  }
  const steps = await reconcileReady(tenant, options);
  return steps > 0 ? `brought back to ${tenant.desired} in ${steps} steps` : '';
};

/** @returns the number of steps; a resize that needs the tenant down had the user's leave for that, and is finished */
const reconcileReady = async (tenant: Tenant, options: ReconcileOptions): Promise<number> => {
  try {
    return (await reconcileTenant(tenant, options)).steps;
  } catch (error) {
    const { code } = toProblem(error);
    if (code !== 'RESTART_NEEDED' && code !== 'SHRINK_REFUSED') throw error;
    return finishResize(code === 'RESTART_NEEDED' ? tenant : await keepDiskSize(tenant, options), options);
  }
};

const finishResize = async (tenant: Tenant, options: ReconcileOptions): Promise<number> => {
  try {
    const down = await reconcileTenant({ ...tenant, desired: 'stopped' }, options);
    return down.steps + (await reconcileTenant(tenant, options)).steps;
  } catch (error) {
    if (toProblem(error).code !== 'SHRINK_REFUSED') throw error;
    return (await reconcileTenant(await keepDiskSize(tenant, options), options)).steps;
  }
};

/** A disk that cannot become as small as was asked for stays as it is, as it would have without the crash. */
const keepDiskSize = async (tenant: Tenant, { ports }: ReconcileOptions): Promise<Tenant> => {
  const { disk } = await ports.rootfs.observe(tenant);
  const kept: Tenant = { ...tenant, limits: { ...tenant.limits, disk: disk ?? tenant.limits.disk } };
  await saveTenant(ports, tenant.name, kept);
  return kept;
};

/** Cgroups and links with our names that no tenant owns: what a crash left of one that is gone. */
const sweep = async (engine: Engine, work: Work): Promise<void> => {
  const { ports, config } = engine;
  // asked anew for each: others add tenants meanwhile
  const isOwned = (of: (tenant: Tenant) => boolean): boolean => ports.registry.current.tenants.some(of);
  const folderOf = (name: string) => buildPlace(config.instance, name, config.systemd).root.split('/').at(-1);
  const { house } = buildPlace(config.instance, 'x', config.systemd);
  for (const folder of ports.cgroups.list(house)) {
    if (isOwned(({ name }) => folderOf(name) === folder)) continue;
    const root = `${house}/${folder}`;
    const payload = `${root}/payload`;
    const place = { house, root, payload, inner: `${payload}/ns`, monitor: `${root}/monitor` };
    await ports.cgroups.killAll(place);
    await ports.cgroups.remove(place);
    recordEvent(ports, work, {
      type: 'healed',
      tenant: null,
      text: `removed the left control group ${folder}`,
      data: {},
    });
  }
  for (const slot of await ports.network.listLinks()) {
    if (!isOwned((tenant) => tenant.slot === slot)) await ports.network.removeLink(slot);
  }
};
