// The scheduler's part of a tick: what was sampled becomes a frame, the frame a decision, the decision acts.

import { elapsedMs } from '../domain/accounting.ts';
import { isEnding } from '../domain/acts-in-force.ts';
import { type Charged, chargeSince } from '../domain/charge.ts';
import type { Signal } from '../domain/incidents.ts';
import type { Act, HouseFrame, TenantConfig, TenantFrame } from '../domain/policy-types.ts';
import type { Tenant } from '../domain/tenant.ts';
import type { HostSample } from '../ports/host.ts';
import type { Engine } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { readExempt } from './exempt.ts';
import { buildTenantFrame } from './frames.ts';
import { recordEvent } from './reconcile.ts';
import { decideOn, isActHeld, takeConfig } from './scheduler.ts';
import { withStall } from './stall.ts';

/** Where a tenant's counters stand now; undefined while it does not run. */
const readCharged = ({ ports, runtimes, scheduler }: Engine, { name }: Tenant): Charged | undefined => {
  const { last, sampler } = runtimes.get(name);
  if (!last || !sampler || !scheduler.hostBefore) return undefined;
  const boot = ports.host.facts.bootId;
  const epoch = `${boot}/${sampler.identity}`;
  return { epoch, boot, up: scheduler.hostBefore.upMs, cpuUsec: last.cpuUsec, egressBytes: last.netTxBytes };
};

const frameOf = (engine: Engine, tenant: Tenant, own: TenantConfig | undefined, dt: number): TenantFrame => {
  const { runtimes, scheduler, ports } = engine;
  const { up, before, last: after } = runtimes.get(tenant.name);
  const now = readCharged(engine, tenant);
  if (!now) return buildTenantFrame(up, { before: null, after });
  const charge = chargeSince(scheduler.charged.get(tenant.id) ?? null, now, ports.host.facts.cpus, dt);
  scheduler.charged.set(tenant.id, now);
  const exempt = readExempt(engine, tenant.name, own?.rules.exempt ?? []);
  return withStall(engine, tenant.name, own, buildTenantFrame(up, { before, after }, charge, exempt));
};

/** How long the box ran since an earlier daemon decided last; 0 when there was none. */
const missedMs = ({ scheduler, ports }: Engine, now: HostSample): number => {
  const moment = { boot: ports.host.facts.bootId, up: now.upMs };
  const lengths = scheduler.decidedBefore.map((last) => elapsedMs(last, moment));
  return lengths.length === 0 ? 0 : lengths.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
};

const buildFrame = (engine: Engine, before: HostSample | null, now: HostSample): HouseFrame => {
  const { ports } = engine;
  const dt = Math.max(0, Math.round(before ? now.at - before.at : missedMs(engine, now)));
  const { tenants: known } = takeConfig(engine);
  const tenants = ports.registry.current.tenants
    .filter(({ phase }) => phase === 'ready')
    .map((tenant) => [tenant.name, frameOf(engine, tenant, known[tenant.name], dt)] as const);
  const used = tenants.reduce((sum, [, { cpuUsec }]) => sum + cpuUsec, 0);
  return {
    at: Math.round(ports.clock.now()),
    dt,
    // nobody looked at the host before: of its use that of the tenants is known
    hostCpuUsec: before ? Math.max(0, now.busyUsec - before.busyUsec) : used,
    memoryAvailable: now.memoryAvailable,
    memoryTotal: now.memoryTotal,
    hostMemoryFull: before ? fullShare(before, now) : -1,
    tenants: Object.fromEntries(tenants),
  };
};

/** Per mille of the interval in which all tasks of the host waited for memory; -1 without PSI. */
const fullShare = (before: HostSample, now: HostSample): number => {
  if (before.memoryFullUsec === null || now.memoryFullUsec === null || now.at <= before.at) return -1;
  return Math.min(1000, Math.max(0, Math.round((now.memoryFullUsec - before.memoryFullUsec) / (now.at - before.at))));
};

/** What an act did, or would have done. */
const actionOf = ({ kind, mode }: Act): string => (mode === 'watch' ? `only watched: would have been ${kind}` : kind);

const signalOf = (engine: Engine, act: Act): Signal => {
  const kind = `${act.rule}-${act.resource}`;
  return {
    tenant: act.tenant,
    kind,
    at: act.at,
    text: `${act.tenant} ${act.cause}`,
    action: actionOf(act),
    figures: act.figures,
    ending: isEnding(act, isActHeld(engine.scheduler, act.tenant, kind)) ? act.cause : undefined,
  };
};

const recordAct = (engine: Engine, act: Act, work: Work): void => {
  const { rule, kind, mode, resource, from, to, until, tenant, cause, figures } = act;
  recordEvent(engine.ports, work, {
    type: mode === 'enforce' ? 'rule-act' : 'rule-watch',
    tenant,
    text: mode === 'enforce' ? `${tenant}: ${cause}` : `${tenant}: ${cause} (watched only)`,
    data: { ...figures, rule, kind, resource, from, to, until: until === null ? null : new Date(until).toISOString() },
  });
};

/** Decides on what was sampled since the last call. @returns the acts, not recorded yet */
export const decideFrame = (engine: Engine): readonly Act[] => {
  const { scheduler, ports } = engine;
  const now = ports.host.sample(ports.clock.monotonic());
  const before = scheduler.hostBefore;
  scheduler.hostBefore = now;
  return decideOn(engine, buildFrame(engine, before, now));
};

/** The same. @returns the acts, recorded already; those of mode `enforce` are still to be done */
export const schedule = (engine: Engine, work: Work): readonly Act[] => {
  const acts = decideFrame(engine);
  for (const act of acts) recordAct(engine, act, work);
  engine.incidents.take(acts.map((act) => signalOf(engine, act)));
  return acts;
};
