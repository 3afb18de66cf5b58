// A tenant that stopped by itself: found by the tick, looked into here, started again by its policy.

import { toProblem } from '../domain/errors.ts';
import { decideRestart, type RestartVerdict } from '../domain/restarts.ts';
import type { Tenant } from '../domain/tenant.ts';
import { formatDuration } from '../domain/units.ts';
import { type Engine, optionsOf, refresh, withActivity } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { findTenant, reconcileTenant, recordEvent, saveTenant } from './reconcile.ts';
import { takeHold } from './run-step.ts';
import { markDown } from './runtime.ts';

/** Deaths older than this no longer matter to any decision. */
const FORGET_DEATHS_MS = 10 * 60_000;

/** Looks at a tenant whose cgroup went quiet; a reboot from inside is no death. */
export const checkDeath = (engine: Engine, name: string, work: Work): Promise<void> =>
  followRestarts(engine, name, work, () => examine(engine, name, work));

/**
 * After a start that the daemon tried by itself (after a boot, for the memory guard) failed: it counts as a death, and
 * the policy goes on from there. Nobody asked for that start, so nobody would try it again.
 */
export const retryStart = (engine: Engine, name: string, work: Work): Promise<void> =>
  followRestarts(engine, name, work, async () => {
    const tenant = findTenant(engine.ports, name);
    if (!tenant || !shouldRun(tenant) || tenant.restart === 'never') return undefined;
    // it is something else that failed: what runs is not taken down for it
    if ((await engine.ports.containers.listRunning()).has(name)) return undefined;
    const why = engine.runtimes.get(name).reason;
    return act(engine, tenant, noteDeath(engine, tenant, false), work, why);
  });

/** One at a time for each tenant; between two tries others may have the lock. */
const followRestarts = async (
  engine: Engine,
  name: string,
  work: Work,
  begin: () => Promise<number | undefined>,
): Promise<void> => {
  const runtime = engine.runtimes.get(name);
  if (runtime.checking) return;
  runtime.checking = true;
  try {
    let pause = await engine.locks.run(name, 'a look at its end', work.signal, begin);
    while (pause !== undefined) {
      await engine.ports.clock.sleep(pause, work.signal);
      pause = await engine.locks.run(name, 'restart', work.signal, () => startAgain(engine, name, work));
    }
  } finally {
    runtime.checking = false;
  }
};

const shouldRun = ({ phase, desired }: Tenant): boolean => phase === 'ready' && desired !== 'stopped';

/** @returns milliseconds until it is started again, or undefined when it is not */
const examine = async (engine: Engine, name: string, work: Work): Promise<number | undefined> => {
  const { ports, runtimes } = engine;
  const tenant = findTenant(ports, name);
  const runtime = runtimes.get(name);
  if (!tenant || !shouldRun(tenant)) return undefined;
  if ((await ports.containers.listRunning()).has(name)) {
    await takeHold(tenant, optionsOf(engine, work));
    runtime.sampler?.close();
    runtime.sampler = null;
    await refresh(engine, name);
    return undefined;
  }
  const end = await ports.containers.lastEnd(name);
  runtime.faults.deaths += 1;
  markDown(runtime);
  recordEvent(ports, work, {
    type: 'tenant-died',
    tenant: name,
    text: `${name} ended by itself (${end.text})`,
    data: { orderly: end.orderly },
  });
  return act(engine, tenant, noteDeath(engine, tenant, end.orderly), work);
};

const noteDeath = ({ ports, runtimes }: Engine, tenant: Tenant, orderly: boolean): RestartVerdict => {
  const runtime = runtimes.get(tenant.name);
  const now = ports.clock.monotonic();
  const recent = runtime.deaths.filter((death) => now - death.at < FORGET_DEATHS_MS);
  runtime.deaths = [...recent, { at: now, orderly }];
  return decideRestart(tenant.restart, runtime.deaths, now);
};

/** @param why how its start failed; empty when it ran and ended */
const act = async (
  engine: Engine,
  tenant: Tenant,
  verdict: RestartVerdict,
  work: Work,
  why = '',
): Promise<number | undefined> => {
  const runtime = engine.runtimes.get(tenant.name);
  await clear(engine, tenant, work);
  if (verdict.act === 'restart') {
    runtime.activity = 'restarting';
    const pause = formatDuration(Math.max(1000, verdict.inMs));
    runtime.reason = `starts again in ${pause} (try ${verdict.attempt})${why && `: ${why}`}`;
    return verdict.inMs;
  }
  runtime.reason = verdict.why;
  if (verdict.act === 'give-up') {
    runtime.failed = true;
    recordEvent(engine.ports, work, {
      type: 'restart-given-up',
      tenant: tenant.name,
      text: `${tenant.name} stays down: ${verdict.why}`,
      data: {},
    });
    return undefined;
  }
  await saveTenant(engine.ports, tenant.name, { ...tenant, desired: 'stopped', generation: tenant.generation + 1 });
  return undefined;
};

/** Its mounts and cgroups go in any case. What cannot go now (somebody's shell is in it) is swept by the next start. */
const clear = async (engine: Engine, tenant: Tenant, work: Work): Promise<void> => {
  try {
    await reconcileTenant({ ...tenant, desired: 'stopped' }, optionsOf(engine, work));
  } catch (error) {
    if (work.signal.aborted) throw error;
    engine.ports.log.warn('what a tenant left stays', { tenant: tenant.name, error: toProblem(error).message });
  }
};

/** @returns milliseconds until the next try when this one failed: a start that fails counts as a death */
const startAgain = async (engine: Engine, name: string, work: Work): Promise<number | undefined> => {
  const { ports, runtimes } = engine;
  runtimes.get(name).activity = null;
  const tenant = findTenant(ports, name);
  if (!tenant || !shouldRun(tenant)) return undefined;
  const start = (): Promise<{ steps: number }> => reconcileTenant(tenant, optionsOf(engine, work));
  try {
    const { steps } = await withActivity(engine, name, 'restarting', start);
    if (steps === 0) return undefined;
  } catch (error) {
    if (work.signal.aborted) throw error;
    ports.log.warn('a restart failed', { tenant: name, error: toProblem(error).message });
    return act(engine, tenant, noteDeath(engine, tenant, false), work, toProblem(error).message);
  }
  recordEvent(ports, work, {
    type: 'tenant-restarted',
    tenant: name,
    text: `${name} was started again`,
    data: {},
  });
  return undefined;
};
