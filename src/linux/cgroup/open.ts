// Chooses the control groups of this host, once at start.

import type { Cgroups } from '../../ports/cgroups.ts';
import { run } from '../exec.ts';
import { detectHierarchies } from './detect.ts';
import type { CgroupOptions } from './options.ts';
import { withSystemd } from './systemd.ts';
import { openV1 } from './v1.ts';
import { openV2 } from './v2.ts';

/** @throws Problem UNSUPPORTED when no cgroup filesystem is mounted at the root */
export const openCgroups = (options: CgroupOptions): Cgroups => {
  const hierarchies = detectHierarchies(options.root, options.version);
  const cgroups = hierarchies.version === 'v2' ? openV2(hierarchies, options) : openV1(hierarchies, options);
  return options.systemd ? withSystemd(cgroups, { ...options, run: options.run ?? run }) : cgroups;
};
