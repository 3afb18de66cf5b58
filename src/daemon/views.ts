// From records and what is known of running tenants to what the API shows. Pure but for the figures it is handed.

import type { HistoryView, HostView, TemplateView, TenantState, TenantView, TrashView } from '../api/contract.ts';
import { address4, address6, ID_BLOCK, idBase, linkName } from '../domain/slots.ts';
import type { Registry, Tenant, TrashEntry } from '../domain/tenant.ts';
import { formatBytes } from '../domain/units.ts';
import { listUnenforced } from '../engine/check-request.ts';
import type { Engine } from '../engine/engine.ts';
import type { Runtime } from '../engine/runtime.ts';
import type { HostFacts, HostSample } from '../ports/host.ts';
import type { TemplateInfo } from '../ports/rootfs.ts';
import { buildScheduling } from './scheduling-views.ts';

const stateOf = (tenant: Tenant, runtime: Runtime): TenantState => {
  if (runtime.activity) return runtime.activity;
  if (tenant.phase === 'deleting') return 'deleting';
  if (tenant.phase !== 'ready') return 'creating';
  return runtime.failed && runtime.up === 'stopped' ? 'failed' : runtime.up;
};

const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const descentReason = ({ descent, reason }: Runtime): string => {
  if (!descent) return reason;
  if (!descent.told) return 'its memory limit is being lowered step by step';
  return `its memory limit is not reached: ${formatBytes(descent.current)} instead of ${formatBytes(descent.target)} is in force`;
};

export const buildTenantView = (engine: Engine, tenant: Tenant): TenantView => {
  const runtime = engine.runtimes.get(tenant.name);
  return {
    name: tenant.name,
    id: tenant.id,
    slot: tenant.slot,
    template: tenant.template,
    base: tenant.base,
    desired: tenant.desired,
    state: stateOf(tenant, runtime),
    reason: descentReason(runtime),
    limits: tenant.limits,
    unenforced: listUnenforced(tenant.limits, engine.ports),
    restart: tenant.restart,
    bestEffort: tenant.bestEffort,
    overcommit: tenant.overcommit,
    address4: address4(tenant.slot),
    address6: address6(tenant.slot),
    link: linkName(tenant.slot),
    firstId: idBase(tenant.slot),
    idCount: ID_BLOCK,
    createdAt: tenant.createdAt,
    startedAt: isoOf(runtime.startedAt),
    pid: runtime.pid || null,
    root: engine.ports.rootfs.rootPath(tenant),
    usage: runtime.usage,
    faults: { ...runtime.faults },
    generation: tenant.generation,
    scheduling: buildScheduling(engine, tenant),
  };
};

export const listTenantViews = (engine: Engine): TenantView[] =>
  engine.ports.registry.current.tenants
    .map((tenant) => buildTenantView(engine, tenant))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

const buildPressure = (before: HostSample, now: HostSample): HostView['pressure'] => {
  const usec = (now.at - before.at) * 1000;
  const share = (from: number | null, to: number | null): number | null =>
    from === null || to === null || usec <= 0 ? null : Math.min(1, Math.max(0, (to - from) / usec));
  const cpu = share(before.cpuSomeUsec, now.cpuSomeUsec);
  const memory = share(before.memorySomeUsec, now.memorySomeUsec);
  const io = share(before.ioSomeUsec, now.ioSomeUsec);
  return cpu === null || memory === null || io === null ? null : { cpu, memory, io };
};

export const buildHostView = (
  facts: HostFacts,
  house: { readonly cpu: number; readonly memory: number },
  samples: { readonly before: HostSample | undefined; readonly now: HostSample },
  tenants: readonly TenantView[],
): HostView => {
  const { before, now } = samples;
  const busy = before ? now.busyUsec - before.busyUsec : 0;
  const all = before ? busy + now.idleUsec - before.idleUsec : 0;
  const sum = (pick: (view: TenantView) => number): number => tenants.reduce((total, view) => total + pick(view), 0);
  return {
    hostname: facts.hostname,
    kernel: facts.kernel,
    cgroup: facts.cgroup,
    cpus: facts.cpus,
    cpu: all > 0 ? (busy / all) * facts.cpus * 1000 : 0,
    memoryTotal: now.memoryTotal,
    memoryUsed: now.memoryTotal - now.memoryAvailable,
    pressure: before ? buildPressure(before, now) : null,
    house: { cpu: house.cpu, memory: house.memory },
    tenants: {
      cpu: sum((v) => v.usage?.cpu ?? 0),
      memory: sum((v) => v.usage?.memory ?? 0),
      pids: sum((v) => v.usage?.pids ?? 0),
    },
  };
};

export const buildHistoryView = (name: string, runtime: Runtime): HistoryView => ({
  name,
  points: runtime.points.list().map(({ at, usage }) => ({ at: new Date(at).toISOString(), usage })),
});

export const buildTrashView = (entry: TrashEntry): TrashView => ({
  key: entry.key,
  name: entry.tenant.name,
  deletedAt: entry.deletedAt,
  expiresAt: entry.expiresAt,
  disk: entry.tenant.limits.disk,
});

export const buildTemplateViews = (templates: readonly TemplateInfo[], registry: Registry): TemplateView[] => {
  const owners = [...registry.tenants, ...registry.trash.map(({ tenant }) => tenant)];
  return templates.map((template) => ({
    name: template.name,
    summary: template.summary,
    bases: template.bases.map((base) => ({
      ...base,
      usedBy: owners.filter((tenant) => tenant.base?.digest === base.digest).map((tenant) => tenant.name),
    })),
  }));
};
