// What belongs to systemd where it runs: the slice's ceiling and the scopes. Hand writes there do not survive a reload.

import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { HouseCap } from '../../domain/house.ts';
import type { Place } from '../../domain/instance.ts';
import type { LiveLimits } from '../../domain/limits.ts';
import type { Cgroups, CgroupValue } from '../../ports/cgroups.ts';
import type { run } from '../exec.ts';
import { waitUntil } from './wait.ts';

/** systemctl's status for a unit that is not loaded (man 1 systemctl, LSB). */
const NOT_LOADED = 5;
const SCOPE_TIMEOUT_MS = 3000;
/** systemd answers before it has written: a queue of its own comes in between (manager_dispatch_cgroup_realize_queue). */
const WRITTEN_TIMEOUT_MS = 2000;

/** Kernel file -> property (systemd.resource-control(5)); CPUShares is the one that v1 takes without a rounding of its own. */
const SCOPE_PROPERTIES: Readonly<Record<string, string>> = {
  'cpu.weight': 'CPUWeight',
  'cpu.shares': 'CPUShares',
  'memory.low': 'MemoryLow',
};

/** Properties of the slice (systemd.resource-control(5)); CPUQuota is a percentage of one CPU. */
const buildSliceProperties = (cap: HouseCap): readonly string[] => [
  `CPUQuota=${Number((cap.cpu / 10).toFixed(2))}%`,
  `MemoryMax=${cap.memory}`,
];

export interface SystemdOptions {
  readonly root: string;
  readonly run: typeof run;
}

/** Values of the scope that the kernel does not have. */
const findUnset = (cgroups: Cgroups, place: Place, limits: LiveLimits): readonly CgroupValue[] => {
  const drift = new Set(cgroups.findDrift(place, limits).map(({ path }) => path));
  const isUnset = ({ file }: CgroupValue): boolean =>
    [...drift].some((path) => path.endsWith(`/${place.root}/${file}`));
  return cgroups.plan(limits).filter((value) => value.node === 'root' && isUnset(value));
};

/**
 * Asks systemd for what differs on the scope, and waits until it is written. A property it does not know is left to the
 * caller's own write, which lasts until the next reload; then the drift check comes here again.
 */
const setScope = async (cgroups: Cgroups, place: Place, limits: LiveLimits, systemctl: typeof run): Promise<void> => {
  const properties = findUnset(cgroups, place, limits).map(({ file, value }) => `${SCOPE_PROPERTIES[file]}=${value}`);
  if (properties.length === 0) return;
  const args = ['set-property', '--runtime', basename(place.root), ...properties];
  await systemctl('systemctl', args, { okStatus: [0, 1] });
  await waitUntil(() => findUnset(cgroups, place, limits).length === 0, WRITTEN_TIMEOUT_MS);
};

/** The same verbs with systemd as the owner of house and scopes; limits on `payload` stay hand-made. */
export const withSystemd = (cgroups: Cgroups, options: SystemdOptions): Cgroups => ({
  ...cgroups,
  // --runtime: a drop-in below /run that survives daemon-reload and leaves nothing after a reboot; the daemon sets it again
  ensureHouse: async (house, cap) => {
    await options.run('systemctl', ['set-property', '--runtime', house, ...buildSliceProperties(cap)]);
    await options.run('systemctl', ['start', house]);
  },
  removeHouse: async (house) => {
    await options.run('systemctl', ['stop', house], { okStatus: [0, NOT_LOADED] });
    await options.run('systemctl', ['revert', house], { okStatus: [0, 1] });
  },
  apply: async (place, limits) => {
    await setScope(cgroups, place, limits, options.run);
    await cgroups.apply(place, limits);
  },
  remove: async (place) => {
    await cgroups.remove({ ...place, root: place.payload });
    await cgroups.remove({ ...place, root: place.monitor });
    const scope = join(options.root, place.root);
    // an empty scope ends by itself; one that failed or was never filled does not
    if (await waitUntil(() => !existsSync(scope), SCOPE_TIMEOUT_MS)) return;
    await options.run('systemctl', ['stop', basename(place.root)], { okStatus: [0, NOT_LOADED] });
    await options.run('systemctl', ['reset-failed', basename(place.root)], { okStatus: [0, 1, NOT_LOADED] });
  },
});
