// Once a second: sample every tenant, repair drift, notice deaths, record limit hits. Synchronous but for repairs.

import { detectHits } from '../domain/hits.ts';
import type { Tenant } from '../domain/tenant.ts';
import { diffSamples, type Usage } from '../domain/usage.ts';
import type { Drift } from '../ports/cgroups.ts';
import { checkDeath } from './deaths.ts';
import { beginDescent, isBelowUse, walkDown } from './descent.ts';
import type { Engine } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { placeOf } from './observe.ts';
import { findTenant, recordEvent } from './reconcile.ts';
import type { Runtime } from './runtime.ts';

/** Reads of all limits cost more than a sample: with many tenants each is compared every so many ticks. */
const DRIFT_CHECKS_PER_TICK = 50;

/** @returns work that was begun and not awaited, for tests and for a clean end */
export const runTick = (engine: Engine, tickNumber: number, work: Work): Promise<void>[] => {
  const { tenants } = engine.ports.registry.current;
  const stride = Math.max(1, Math.ceil(tenants.length / DRIFT_CHECKS_PER_TICK));
  return tenants.flatMap((tenant, index) => {
    if (tenant.phase !== 'ready') return [];
    const compare = index % stride === tickNumber % stride;
    const begun = tickTenant(engine, tenant, compare, work);
    return begun ? [begun.catch((error: unknown) => report(engine, tenant, error))] : [];
  });
};

const report = (engine: Engine, tenant: Tenant, error: unknown): void =>
  engine.ports.log.warn('a repair failed', {
    tenant: tenant.name,
    error: error instanceof Error ? error.message : String(error),
  });

const tickTenant = (engine: Engine, tenant: Tenant, compare: boolean, work: Work): Promise<void> | undefined => {
  const runtime = engine.runtimes.get(tenant.name);
  const isBusy = engine.locks.holder(tenant.name) !== undefined;
  if (!runtime.sampler) return undefined;
  const alive = sampleTenant(engine, tenant, runtime, work);
  if (isBusy) return undefined;
  if (!alive) return checkDeath(engine, tenant.name, work);
  if (runtime.pid === null) return learnPid(engine, tenant, runtime);
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
  const { hits, state } = detectHits(runtime.hits, usage, tenant.limits, now);
  runtime.hits = state;
  for (const hit of hits) {
    recordEvent(ports, work, {
      type: hit.type,
      tenant: tenant.name,
      text: `${tenant.name} ${hit.text}`,
      data: hit.data,
    });
  }
};

const repairDrift = (engine: Engine, tenant: Tenant, work: Work): Promise<void> | undefined => {
  const place = placeOf(engine.config, tenant.name);
  const drift = engine.ports.cgroups.findDrift(place, tenant.limits);
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
  if (!memory) return engine.ports.cgroups.apply(place, tenant.limits);
  await beginDescent(engine, tenant, { by: 'daemon' });
};
