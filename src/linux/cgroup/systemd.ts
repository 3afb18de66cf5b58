// What belongs to systemd where it runs: the slice's ceiling and the scopes. Hand writes there do not survive a reload.

import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { HouseCap } from '../../domain/house.ts';
import type { Cgroups } from '../../ports/cgroups.ts';
import type { run } from '../exec.ts';
import { waitUntil } from './wait.ts';

/** systemctl's status for a unit that is not loaded (man 1 systemctl, LSB). */
const NOT_LOADED = 5;
const SCOPE_TIMEOUT_MS = 3000;

/** Properties of the slice (systemd.resource-control(5)); CPUQuota is a percentage of one CPU. */
export const buildSliceProperties = (cap: HouseCap): readonly string[] => [
  `CPUQuota=${Number((cap.cpu / 10).toFixed(2))}%`,
  `MemoryMax=${cap.memory}`,
];

export interface SystemdOptions {
  readonly root: string;
  readonly run: typeof run;
}

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
