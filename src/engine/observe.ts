// What is on the host now for one tenant.

import { buildPlace, type Place } from '../domain/instance.ts';
import type { LiveLimits } from '../domain/limits.ts';
import type { Observed } from '../domain/plan.ts';
import type { Tenant } from '../domain/tenant.ts';
import type { ContainerState } from '../ports/containers.ts';
import type { EngineConfig, EnginePorts } from './engine-ports.ts';

export const placeOf = (config: EngineConfig, name: string): Place => buildPlace(config.instance, name, config.systemd);

const CONTAINER: { readonly [K in ContainerState]: Observed['container'] } = {
  stopped: 'stopped',
  running: 'running',
  frozen: 'frozen',
  starting: 'unclear',
  stopping: 'unclear',
  aborting: 'unclear',
  unknown: 'unclear',
};

interface ObserveOptions {
  readonly ports: Pick<EnginePorts, 'cgroups' | 'containers' | 'rootfs' | 'network'>;
  readonly config: EngineConfig;
  readonly live: (tenant: Tenant) => LiveLimits;
}

export const observeTenant = async (tenant: Tenant, { ports, config, live }: ObserveOptions): Promise<Observed> => {
  const place = placeOf(config, tenant.name);
  const [files, state, links] = await Promise.all([
    ports.rootfs.observe(tenant),
    ports.containers.state(tenant.name, place),
    ports.network.listLinks(),
  ]);
  const container = CONTAINER[state];
  const isUp = container === 'running' || container === 'frozen';
  return {
    base: files.base,
    disk: files.disk,
    mounted: files.mounted,
    leftovers: files.leftovers,
    container,
    cgroup: ports.cgroups.exists(place),
    link: links.includes(tenant.slot),
    drift: isUp && ports.cgroups.findDrift(place, live(tenant)).length > 0,
  };
};
