// Once a second: sample every tenant, decide, act, repair drift, notice deaths. Synchronous but for what it begins.

import type { Act } from '../domain/policy-types.ts';
import type { Tenant } from '../domain/tenant.ts';
import { checkDeath } from './deaths.ts';
import { writeDecisions } from './decision-log.ts';
import { walkDown } from './descent.ts';
import type { Engine } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { followVerdict, releaseStopped } from './follow-verdict.ts';
import { account } from './keep-books.ts';
import { performAct } from './perform-act.ts';
import { repairDrift } from './repair-drift.ts';
import type { Runtime } from './runtime.ts';
import { sampleTenant } from './sampling.ts';
import { schedule } from './schedule.ts';

/** Reads of all limits cost more than a sample: with many tenants each is compared every so many ticks. */
const DRIFT_CHECKS_PER_TICK = 50;

interface Alive {
  readonly tenant: Tenant;
  readonly alive: boolean;
  readonly compare: boolean;
}

/** @returns work that was begun and not awaited, for tests and for a clean end */
export const runTick = (engine: Engine, tickNumber: number, work: Work): Promise<unknown>[] => {
  const sampled = sampleAll(engine, tickNumber, work);
  const acts = decide(engine, work);
  const performed = acts.flatMap((act) => guarded(engine, act.tenant, () => performAct(engine, act, work)));
  const followed = sampled.flatMap((one) => guarded(engine, one.tenant.name, () => followTenant(engine, one, work)));
  const released = engine.ports.registry.current.tenants.flatMap((tenant) =>
    guarded(engine, tenant.name, () => releaseStopped(engine, tenant, work)),
  );
  return [...performed, ...followed, ...released];
};

/** A decision that fails is told, and keeps nobody from being watched and repaired. */
const decide = (engine: Engine, work: Work): readonly Act[] => {
  let acts: readonly Act[] = [];
  attempt(engine, 'the scheduler failed', () => {
    acts = schedule(engine, work);
  });
  // what was decided is done, whatever becomes of its record
  engine.incidents.tick();
  if (acts.length > 0) writeDecisions(engine);
  attempt(engine, 'the books could not be kept', () => account(engine));
  attempt(engine, 'the tenants could not be told', () => engine.told.tick(engine, acts));
  return acts;
};

const attempt = ({ ports }: Engine, what: string, act: () => void): void => {
  try {
    act();
  } catch (error) {
    ports.log.error(what, { error: error instanceof Error ? error.stack : String(error) });
  }
};

const sampleAll = (engine: Engine, tickNumber: number, work: Work): Alive[] => {
  const { tenants } = engine.ports.registry.current;
  const stride = Math.max(1, Math.ceil(tenants.length / DRIFT_CHECKS_PER_TICK));
  return tenants.flatMap((tenant, index) => {
    const runtime = engine.runtimes.get(tenant.name);
    if (tenant.phase !== 'ready' || !runtime.sampler) return [];
    try {
      const alive = sampleTenant(engine, tenant, work);
      return { tenant, alive, compare: index % stride === tickNumber % stride };
    } catch (error) {
      report(engine, tenant.name, error);
      return [];
    }
  });
};

/** Work on one tenant that fails is told and does not keep the others. */
const guarded = (engine: Engine, name: string, act: () => Promise<unknown> | undefined): Promise<unknown>[] => {
  try {
    const begun = act();
    return begun ? [begun.catch((error: unknown) => report(engine, name, error))] : [];
  } catch (error) {
    report(engine, name, error);
    return [];
  }
};

const report = (engine: Engine, tenant: string, error: unknown): void =>
  engine.ports.log.warn('a repair failed', {
    tenant,
    error: error instanceof Error ? error.message : String(error),
  });

const followTenant = (engine: Engine, { tenant, alive, compare }: Alive, work: Work): Promise<unknown> | undefined => {
  const runtime = engine.runtimes.get(tenant.name);
  if (engine.locks.holder(tenant.name) !== undefined) return undefined;
  if (!alive) return checkDeath(engine, tenant.name, work);
  if (runtime.pid === null) return learnPid(engine, tenant, runtime);
  const changed = followVerdict(engine, tenant, work);
  if (changed) return changed;
  if (runtime.descent) return walkDown(engine, tenant);
  return compare ? repairDrift(engine, tenant, work) : undefined;
};

/** Once per run of the tenant: the one process a tick may start. */
const learnPid = async (engine: Engine, tenant: Tenant, runtime: Runtime): Promise<void> => {
  runtime.pid = 0;
  runtime.pid = (await engine.ports.containers.initPid(tenant.name)) ?? 0;
  // a daemon that came back found it running: its own word on since when is too late
  runtime.startedAt = engine.ports.containers.startedAt(runtime.pid) ?? runtime.startedAt;
};
