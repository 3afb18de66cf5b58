// Once a second: sample every tenant, decide, act, repair drift, notice deaths. Synchronous but for what it begins.

import { detectHits, findHits } from '../domain/hits.ts';
import type { Act } from '../domain/policy-types.ts';
import type { Tenant } from '../domain/tenant.ts';
import { diffSamples, type Usage } from '../domain/usage.ts';
import { checkDeath } from './deaths.ts';
import { writeDecisions } from './decision-log.ts';
import { walkDown } from './descent.ts';
import type { Engine } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { followVerdict, releaseStopped } from './follow-verdict.ts';
import { account } from './keep-books.ts';
import { liveLimits } from './live-limits.ts';
import { performAct } from './perform-act.ts';
import { recordEvent } from './reconcile.ts';
import { repairDrift } from './repair-drift.ts';
import type { Runtime } from './runtime.ts';
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
  try {
    const acts = schedule(engine, work);
    engine.incidents.tick();
    if (acts.length > 0) writeDecisions(engine);
    account(engine);
    engine.told.tick(engine, acts);
    return acts;
  } catch (error) {
    engine.ports.log.error('the scheduler failed', { error: error instanceof Error ? error.stack : String(error) });
    return [];
  }
};

const sampleAll = (engine: Engine, tickNumber: number, work: Work): Alive[] => {
  const { tenants } = engine.ports.registry.current;
  const stride = Math.max(1, Math.ceil(tenants.length / DRIFT_CHECKS_PER_TICK));
  return tenants.flatMap((tenant, index) => {
    const runtime = engine.runtimes.get(tenant.name);
    if (tenant.phase !== 'ready' || !runtime.sampler) return [];
    const alive = sampleTenant(engine, tenant, runtime, work);
    return { tenant, alive, compare: index % stride === tickNumber % stride };
  });
};

/** Work on one tenant that fails is told and does not keep the others. */
const guarded = (engine: Engine, name: string, act: () => Promise<unknown> | undefined): Promise<unknown>[] => {
  const begun = act();
  return begun ? [begun.catch((error: unknown) => report(engine, name, error))] : [];
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

/** @returns false when nothing of the tenant is left to sample */
const sampleTenant = (engine: Engine, tenant: Tenant, runtime: Runtime, work: Work): boolean => {
  const { ports } = engine;
  const now = ports.clock.monotonic();
  const read = runtime.sampler?.sample(now);
  if (!read || read.pids === 0) return false;
  const link = runtime.link?.read();
  const sample = {
    ...read,
    netRxBytes: link?.rxBytes ?? null,
    netTxBytes: link?.txBytes ?? null,
    disk: ports.rootfs.diskUsage(tenant) ?? null,
  };
  const usage = runtime.last ? diffSamples(runtime.last, sample) : undefined;
  runtime.before = runtime.last;
  runtime.last = sample;
  if (usage) keep(engine, tenant, runtime, usage, now, work);
  return true;
};

const keep = (engine: Engine, tenant: Tenant, runtime: Runtime, usage: Usage, now: number, work: Work): void => {
  const { ports } = engine;
  runtime.usage = usage;
  runtime.points.push(ports.clock.now(), usage);
  runtime.faults.throttledPeriods += usage.throttledPeriods;
  runtime.faults.oomKills += usage.oomKills;
  runtime.faults.memoryMaxHits += usage.memoryMaxHits;
  runtime.faults.forksRefused += usage.forksRefused;
  const live = liveLimits(engine, tenant);
  const { hits, state } = detectHits(runtime.hits, usage, live, now);
  runtime.hits = state;
  for (const { type, text, data } of hits)
    recordEvent(ports, work, { type, tenant: tenant.name, text: `${tenant.name} ${text}`, data });
  const at = Math.round(ports.clock.now());
  engine.incidents.take(
    findHits(usage, live).map(({ type, text, data }) => ({
      tenant: tenant.name,
      kind: type,
      at,
      text: `${tenant.name} ${text}`,
      action: '',
      figures: data,
    })),
  );
};
