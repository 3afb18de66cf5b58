// What the control groups need to know of the host; everything is a parameter.

import type { CgroupVersion } from '../../ports/cgroups.ts';
import type { run } from '../exec.ts';
import type { FolderCalls } from './tree.ts';

export interface CgroupOptions {
  /** Mount point, /sys/fs/cgroup. */
  readonly root: string;
  /** Only where a plain folder plays the kernel; found by statfs(2) otherwise. */
  readonly version?: CgroupVersion;
  /** systemd is process 1: slice and scopes belong to it. */
  readonly systemd: boolean;
  /** `major:minor` of the whole disk below the state folder; null when it has none of its own. */
  readonly device: string | null;
  /** Bytes of swap on the host. */
  readonly swap: number;
  /** Bytes of a page, 4096 when absent. */
  readonly pageSize?: number;
  readonly folders?: FolderCalls;
  readonly run?: typeof run;
}
