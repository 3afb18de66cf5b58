// One look at each tenant that runs: its counters, the rates since the last look, what it ran into.

import { detectHits, findHits } from '../domain/hits.ts';
import type { Tenant } from '../domain/tenant.ts';
import { diffSamples, type Sample, type Usage } from '../domain/usage.ts';
import type { Engine } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { liveLimits } from './live-limits.ts';
import { recordEvent } from './reconcile.ts';
import type { Runtime } from './runtime.ts';

/** @returns false when nothing of the tenant is left to sample */
export const sampleTenant = (engine: Engine, tenant: Tenant, work: Work): boolean => {
  const { ports } = engine;
  const runtime = engine.runtimes.get(tenant.name);
  const now = ports.clock.monotonic();
  const read = runtime.sampler?.sample(now);
  // what was seen twice already is not seen a third time
  if (!read) runtime.before = runtime.last;
  if (!read) return false;
  const sample = completeSample(engine, tenant, runtime, read);
  const usage = runtime.last ? diffSamples(runtime.last, sample) : undefined;
  runtime.before = runtime.last;
  runtime.last = sample;
  if (usage && read.pids > 0) keep(engine, tenant, runtime, usage, now, work);
  // the counters of a group without processes are its last ones
  return read.pids > 0;
};

const completeSample = (
  { ports }: Engine,
  tenant: Tenant,
  runtime: Runtime,
  read: Omit<Sample, 'netRxBytes' | 'netTxBytes' | 'disk'>,
): Sample => {
  const link = runtime.link?.read();
  return {
    ...read,
    netRxBytes: link?.rxBytes ?? null,
    netTxBytes: link?.txBytes ?? null,
    disk: ports.rootfs.diskUsage(tenant) ?? null,
  };
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
