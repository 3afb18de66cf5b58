// Facts about the host: what it can do (probed once) and what it has (slow inventory).

import type { CgroupVersion, Unenforceable } from './cgroups.ts';

export interface HostFacts {
  readonly hostname: string;
  readonly kernel: string;
  /** Another one after each start of the box (random(4)). */
  readonly bootId: string;
  readonly cpus: number;
  /** CPU list in the kernel's spelling. */
  readonly cpuList: string;
  readonly memory: number;
  readonly swap: number;
  readonly cgroup: CgroupVersion;
  readonly unenforceable: Unenforceable;
  /** systemd is process 1 and answers. */
  readonly systemd: boolean;
  readonly psi: boolean;
  /** lxcfs is mounted there, or null. */
  readonly lxcfs: string | null;
  readonly idmappedOverlay: boolean;
  readonly sysResource: boolean;
}

/** One line of `doctor`. UNKNOWN is not PASS. */
export interface Check {
  readonly id: string;
  readonly status: 'pass' | 'warn' | 'fail' | 'unknown';
  readonly summary: string;
  /** What to do about it; empty for pass. */
  readonly fix: string;
}

/** Slow figures for people: never read on the tick. */
export interface HostInventory {
  readonly manufacturer: string;
  readonly model: string;
  readonly cpu: string;
  readonly cores: number;
  readonly distro: string;
  readonly kernel: string;
  readonly memory: number;
  readonly filesystems: readonly {
    readonly mount: string;
    readonly type: string;
    readonly size: number;
    readonly used: number;
  }[];
}

/** Fast figures of the whole host for the top table, from /proc. */
export interface HostSample {
  readonly at: number;
  /** Microseconds of all CPUs together: capacity less idle and stolen time, by /proc/stat. */
  readonly busyUsec: number;
  readonly idleUsec: number;
  /** Part of idle: somebody waited for a disk. */
  readonly iowaitUsec: number;
  /** Neither busy nor idle: the hypervisor gave it to others. */
  readonly stolenUsec: number;
  /** Milliseconds since the box started, without the time it slept. */
  readonly upMs: number;
  readonly memoryTotal: number;
  readonly memoryAvailable: number;
  /** Bytes in swap. */
  readonly swapUsed: number;
  /** Microseconds in which all tasks waited for memory, since boot (/proc/pressure/memory, full); null without PSI. */
  readonly memoryFullUsec: number | null;
  /** The same with some task waiting, by resource. */
  readonly cpuSomeUsec: number | null;
  readonly memorySomeUsec: number | null;
  readonly ioSomeUsec: number | null;
}

/** What the whole host did since it started, asked for with each row of the history. null = the kernel does not tell. */
export interface HostTotals {
  /** Tasks there are now, the kernel's own among them: threads, as a group's pids are (proc_loadavg(5)). */
  readonly pids: number | null;
  /** Bytes and operations of its disks, each once: see linux/host-devices. */
  readonly ioReadBytes: number | null;
  readonly ioWriteBytes: number | null;
  readonly ioReadOps: number | null;
  readonly ioWriteOps: number | null;
  /** Bytes over its links to the outside; what tenants say to each other and to the host is not in them. */
  readonly netRxBytes: number | null;
  readonly netTxBytes: number | null;
  /** Processes killed for want of memory, in a tenant or not. */
  readonly oomKills: number | null;
}

/** The file system of the state folder, in bytes; null where it keeps no count of inodes. */
export interface StateDisk {
  readonly used: number;
  readonly size: number;
  readonly inodesUsed: number | null;
  readonly inodes: number | null;
}

export interface Host {
  readonly facts: HostFacts;
  sample(atMs: number): HostSample;
  totals(): HostTotals;
  inventory(): Promise<HostInventory>;
  check(): Promise<readonly Check[]>;
  /** Gives back memory of this process that only its start needed; at any time, in a few milliseconds. */
  releaseMemory(): void;
}
