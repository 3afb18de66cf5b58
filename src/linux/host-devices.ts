// Which disks and links of the box count in its totals, so that no byte counts twice or stays out.

import { existsSync, readdirSync } from 'node:fs';
import { readKernelFileIfAny } from './files.ts';

/**
 * `hardware`: the box's own, or its hypervisor's. `substitute`: counts where there is no hardware at all, for the box is
 * itself a container. `none`: what passes it passes another one too, or nothing outside.
 */
type Kind = 'hardware' | 'substitute' | 'none';

/** Looks at each device once, when it is first seen; a name that was gone is looked at anew. */
class Devices {
  readonly #look: (name: string) => Kind;
  #kinds: ReadonlyMap<string, Kind> = new Map();

  constructor(look: (name: string) => Kind) {
    this.#look = look;
  }

  /** Those of the names that count. */
  pick(names: readonly string[]): string[] {
    const kinds = new Map(names.map((name) => [name, this.#kinds.get(name) ?? this.#look(name)]));
    this.#kinds = kinds;
    const hardware = names.filter((name) => kinds.get(name) === 'hardware');
    return hardware.length > 0 ? hardware : names.filter((name) => kinds.get(name) === 'substitute');
  }
}

/** Memory that plays a disk, and files that do: what reaches a disk is counted there. */
const NO_DISK = /^(?:loop|ram|zram)\d/;

const hasEntries = (folder: string): boolean => {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
};

/**
 * Whole disks have a folder in /sys/block, partitions have none; the link `device` leads to the hardware, and what is
 * stacked on others (dm, md, bcache) has none but names them in `slaves` (Documentation/ABI/stable/sysfs-block).
 */
const lookAtDisk = (sys: string, name: string): Kind => {
  // a slash in a name is a ! in sysfs (drivers/base/core.c, cciss/c0d0)
  const folder = `${sys}/block/${name.replaceAll('/', '!')}`;
  if (NO_DISK.test(name) || !existsSync(folder)) return 'none';
  if (existsSync(`${folder}/device`)) return 'hardware';
  return hasEntries(`${folder}/slaves`) ? 'none' : 'substitute';
};

/** nvme0c1n1 is one path to nvme0n1 (drivers/nvme/host/multipath.c). */
const NVME_PATH = /^(nvme\d+)c\d+(n\d+)$/;

/**
 * A disk with native NVMe multipath is in /proc/diskstats beside its paths. They count in all kernels, the disk itself only
 * in newer ones (github.com/sysstat/sysstat/issues/341, github.com/Atoptool/atop/pull/157).
 */
const leaveOutHeads = (names: readonly string[]): string[] => {
  const heads = new Set(names.map((name) => NVME_PATH.exec(name)).map((path) => path && `${path[1]}${path[2]}`));
  return names.filter((name) => !heads.has(name));
};

/** The host's side of a tenant's link (domain/slots, linkName), of any instance. */
const OUR_LINK = /^tct\d+$/;

/**
 * A link without hardware that hangs on another one, as the eth0 of a container does on what is outside: `iflink` is then
 * not its own index (Documentation/ABI/testing/sysfs-class-net). Ports of a bridge are ends of other containers, and a
 * VLAN hangs on a link that counts itself.
 */
const isOuterEnd = (folder: string): boolean => {
  const uevent = readKernelFileIfAny(`${folder}/uevent`) ?? '';
  const index = /^IFINDEX=(\d+)$/m.exec(uevent)?.[1];
  const other = readKernelFileIfAny(`${folder}/iflink`);
  if (index === undefined || other === undefined || other === index) return false;
  return !existsSync(`${folder}/brport`) && !/^DEVTYPE=vlan$/m.test(uevent);
};

/**
 * Bridges, bonds, VLANs and tunnels pass their bytes on to a link with hardware. One with hardware whose master has some too
 * is a part of it: a virtual function under the link of Hyper-V or virtio, which counts for both (drivers/net/hyperv,
 * netvsc_get_stats64; drivers/net/net_failover.c).
 */
const lookAtLink = (sys: string, name: string): Kind => {
  const folder = `${sys}/class/net/${name}`;
  if (name === 'lo' || OUR_LINK.test(name)) return 'none';
  if (existsSync(`${folder}/device`)) return existsSync(`${folder}/master/device`) ? 'none' : 'hardware';
  return isOuterEnd(folder) ? 'substitute' : 'none';
};

export type Choose = (names: readonly string[]) => string[];

/** @returns those of the names in /proc/diskstats that count */
export const openDisks = (sys: string): Choose => {
  const devices = new Devices((name) => lookAtDisk(sys, name));
  return (names) => leaveOutHeads(devices.pick(names));
};

/** @returns those of the names in /proc/net/dev that count */
export const openUplinks = (sys: string): Choose => {
  const devices = new Devices((name) => lookAtLink(sys, name));
  return (names) => devices.pick(names);
};
