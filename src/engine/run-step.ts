// The only switch over steps: each kind is one call of a port.

import type { LiveLimits } from '../domain/limits.ts';
import type { StepKind } from '../domain/plan.ts';
import { type Tenant, trashKey } from '../domain/tenant.ts';
import type { EngineConfig, EnginePorts, Work } from './engine-ports.ts';
import { placeOf } from './observe.ts';

/** How long an init may take to power off before it is killed. */
const STOP_TIMEOUT_MS = 15_000;

interface StepContext {
  readonly ports: EnginePorts;
  readonly config: EngineConfig;
  readonly work: Work;
  readonly stopTimeoutMs?: number;
  readonly live: (tenant: Tenant) => LiveLimits;
}

/**
 * What LXC leaves to us when it has started a tenant. It does so alone when one reboots from inside, which a daemon that
 * was away never sees: its groups are the tenant's again, the link is another, limits are those of the last start.
 */
export const takeHold = async (
  tenant: Tenant,
  { ports: { cgroups, network }, config, live }: Pick<StepContext, 'ports' | 'config' | 'live'>,
): Promise<void> => {
  const place = placeOf(config, tenant.name);
  await cgroups.confine(place);
  // lxc.conf put them in force before init ran; this reads each back, and writes what LXC has no line for
  await cgroups.apply(place, live(tenant));
  await network.tuneLink(tenant.slot);
};

/** @returns the tenant, with its base once that is known */
export const runStep = async (kind: StepKind, tenant: Tenant, context: StepContext): Promise<Tenant> => {
  const { ports, config, work } = context;
  const { rootfs, cgroups, containers, network } = ports;
  const place = placeOf(config, tenant.name);
  switch (kind) {
    case 'ensure-base': {
      const base = await rootfs.ensureBase(tenant.template, { progress: work.onProgress, signal: work.signal });
      return { ...tenant, base };
    }
    case 'create-disk':
      await rootfs.createDisk(tenant);
      return tenant;
    case 'resize-disk':
      await rootfs.resizeDisk(tenant);
      return tenant;
    case 'mount':
      await rootfs.mount(tenant);
      return tenant;
    case 'write-identity':
      await rootfs.writeIdentity(tenant);
      return tenant;
    case 'start':
      await containers.start({
        tenant,
        place,
        root: rootfs.rootPath(tenant),
        cgroupLines: cgroups.configLines(context.live(tenant)),
        signal: work.signal,
      });
      await takeHold(tenant, context);
      return tenant;
    case 'apply-limits':
      await cgroups.apply(place, context.live(tenant));
      await containers.adopt({ ...tenant, limits: context.live(tenant) }, place);
      return tenant;
    case 'freeze':
      await cgroups.freeze(place);
      return tenant;
    case 'thaw':
      await cgroups.thaw(place);
      return tenant;
    case 'stop':
      await containers.stop(tenant.name, place, {
        timeoutMs: context.stopTimeoutMs ?? STOP_TIMEOUT_MS,
        signal: work.signal,
      });
      return tenant;
    case 'remove-cgroup':
      // a monitor that was killed leaves its tenant behind where that was frozen (cgroup v1)
      await cgroups.killAll(place);
      await cgroups.remove(place);
      return tenant;
    case 'remove-link':
      await network.removeLink(tenant.slot);
      return tenant;
    case 'unmount':
      await rootfs.unmount(tenant);
      return tenant;
    case 'move-to-trash':
      await containers.remove(tenant.name);
      await rootfs.moveToTrash(tenant, trashKey(tenant));
      return tenant;
    case 'restore-from-trash':
      await rootfs.restoreFromTrash(tenant, trashKey(tenant));
      return tenant;
    case 'delete-tenant':
      await containers.remove(tenant.name);
      await rootfs.removeTenant(tenant);
      return tenant;
  }
};
