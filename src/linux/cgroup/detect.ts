// Which control groups the kernel offers: told by the type of the filesystems, not by which files exist.

import { lstatSync, readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { problem } from '../../domain/errors.ts';
import type { CgroupVersion } from '../../ports/cgroups.ts';

/** include/uapi/linux/magic.h */
const CGROUP2_MAGIC = 0x63677270;
const CGROUP1_MAGIC = 0x27e0eb;
const TMPFS_MAGIC = 0x01021994;

export interface Hierarchies {
  readonly version: CgroupVersion;
  readonly root: string;
  /** v1 controller -> its folder; `cpu` and `cpuacct` may share one. Empty on v2. */
  readonly controllers: ReadonlyMap<string, string>;
  /** Every v1 hierarchy once, `systemd` and other named ones among them; on v2 only the root. */
  readonly folders: readonly string[];
  /** The cgroup2 hierarchy: the root itself on v2, `unified` on hybrid hosts. */
  readonly unified: string | undefined;
}

/** Name of the v1 hierarchy that has no controller and that systemd uses (man 7 cgroups, "named hierarchies"). */
export const NAMED_SYSTEMD = 'systemd';

const filesystemType = (path: string): number | undefined => {
  try {
    return statfsSync(path).type;
  } catch {
    return undefined;
  }
};

const detectVersion = (root: string): CgroupVersion => {
  const type = filesystemType(root);
  if (type === CGROUP2_MAGIC) return 'v2';
  if (type !== TMPFS_MAGIC && type !== CGROUP1_MAGIC)
    throw problem('UNSUPPORTED', { what: 'control groups', why: `no cgroup filesystem is mounted at ${root}` });
  return filesystemType(join(root, 'unified')) === CGROUP2_MAGIC ? 'hybrid' : 'v1';
};

/**
 * Looks at the mounted hierarchies.
 * @param version given where a plain folder plays the kernel, found by statfs(2) otherwise
 * @throws Problem UNSUPPORTED
 */
export const detectHierarchies = (root: string, version: CgroupVersion = detectVersion(root)): Hierarchies => {
  if (version === 'v2') return { version, root, controllers: new Map(), folders: [root], unified: root };
  const controllers = new Map<string, string>();
  const folders: string[] = [];
  for (const name of readdirSync(root).sort()) {
    const folder = join(root, name);
    // links such as cpu -> cpu,cpuacct name a hierarchy twice
    if (name === 'unified' || !lstatSync(folder).isDirectory()) continue;
    folders.push(folder);
    for (const controller of name.split(',')) controllers.set(controller, folder);
  }
  return { version, root, controllers, folders, unified: version === 'hybrid' ? join(root, 'unified') : undefined };
};
