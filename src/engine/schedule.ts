// The scheduler's part of a tick: what was sampled becomes a frame, the frame a decision, the decision acts.

import type { Signal } from '../domain/incidents.ts';
import type { Act, HouseFrame, TenantFrame } from '../domain/policy-types.ts';
import type { Tenant } from '../domain/tenant.ts';
import type { HostSample } from '../ports/host.ts';
import type { Engine } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { readExempt } from './exempt.ts';
import { buildTenantFrame } from './frames.ts';
import { recordEvent } from './reconcile.ts';
import { decideOn, rulesOf } from './scheduler.ts';

const frameOf = (engine: Engine, tenant: Tenant): TenantFrame => {
  const runtime = engine.runtimes.get(tenant.name);
  const { exempt } = rulesOf(engine.ports.registry.current, tenant);
  return buildTenantFrame(runtime.up, runtime.before, runtime.last, readExempt(engine, tenant.name, exempt));
};

const buildFrame = (engine: Engine, before: HostSample, now: HostSample): HouseFrame => {
  const { ports } = engine;
  return {
    at: Math.round(ports.clock.now()),
    dt: Math.max(0, Math.round(now.at - before.at)),
    hostCpuUsec: Math.max(0, now.busyUsec - before.busyUsec),
    memoryAvailable: now.memoryAvailable,
    memoryTotal: now.memoryTotal,
    hostMemoryFull: fullShare(before, now),
    tenants: Object.fromEntries(
      ports.registry.current.tenants
        .filter(({ phase }) => phase === 'ready')
        .map((tenant) => [tenant.name, frameOf(engine, tenant)]),
    ),
  };
};

/** Per mille of the interval in which all tasks of the host waited for memory; -1 without PSI. */
const fullShare = (before: HostSample, now: HostSample): number => {
  if (before.memoryFullUsec === null || now.memoryFullUsec === null || now.at <= before.at) return -1;
  return Math.min(1000, Math.max(0, Math.round((now.memoryFullUsec - before.memoryFullUsec) / (now.at - before.at))));
};

/** What an act did, or would have done. */
const actionOf = ({ kind, mode }: Act): string => (mode === 'watch' ? `only watched: would have been ${kind}` : kind);

const signalOf = (act: Act): Signal => ({
  tenant: act.tenant,
  kind: `${act.rule}-${act.resource}`,
  at: act.at,
  text: `${act.tenant} ${act.cause}`,
  action: actionOf(act),
  figures: act.figures,
});

const recordAct = (engine: Engine, act: Act, work: Work): void => {
  const { rule, kind, mode, resource, from, to, until, tenant, cause, figures } = act;
  recordEvent(engine.ports, work, {
    type: mode === 'enforce' ? 'rule-act' : 'rule-watch',
    tenant,
    text: mode === 'enforce' ? `${tenant}: ${cause}` : `${tenant}: ${cause} (watched only)`,
    data: { ...figures, rule, kind, resource, from, to, until: until === null ? null : new Date(until).toISOString() },
  });
};

/**
 * Decides on what was sampled since the last call.
 * @returns the acts, recorded already; those of mode `enforce` are still to be done
 */
export const schedule = (engine: Engine, work: Work): readonly Act[] => {
  const { scheduler, ports } = engine;
  const now = ports.host.sample(ports.clock.monotonic());
  const before = scheduler.hostBefore ?? now;
  scheduler.hostBefore = now;
  const acts = decideOn(engine, buildFrame(engine, before, now));
  for (const act of acts) recordAct(engine, act, work);
  engine.incidents.take(acts.map(signalOf));
  return acts;
};
