// The slow inventory of the machine for people, by the package systeminformation; cached, never on the tick.

import type { Clock } from '../ports/clock.ts';
import type { HostFacts, HostInventory } from '../ports/host.ts';
import { readDistro } from './probe.ts';

export interface InventoryOptions {
  readonly facts: HostFacts;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Mounts below it belong to tenants and are left out. */
  readonly stateFolder: string;
  readonly osRelease?: string;
}

/** Hardware does not change, only the fill of disks does. */
const CACHE_MS = 5 * 60_000;

/** Mounts of one device (bind mounts) are one row: the first, which is the shortest path. */
const onePerDevice = <T extends { readonly fs: string; readonly mount: string }>(rows: readonly T[]): T[] => {
  const seen = new Set<string>();
  return [...rows]
    .sort((a, b) => a.mount.length - b.mount.length || a.mount.localeCompare(b.mount))
    .filter(({ fs }) => !seen.has(fs) && seen.add(fs));
};

/**
 * Calls only static readers of the package; nothing of a tenant is an argument. Its osInfo() is not used: it runs
 * `hostname -f` synchronously, which asks DNS and would hold up the daemon.
 */
const readInventory = async ({ facts, stateFolder, osRelease }: InventoryOptions): Promise<HostInventory> => {
  const { default: machine } = await import('systeminformation');
  const [system, cpu, memory, filesystems] = await Promise.all([
    machine.system(),
    machine.cpu(),
    machine.mem(),
    machine.fsSize(),
  ]);
  return {
    manufacturer: system.manufacturer,
    model: system.model,
    cpu: `${cpu.manufacturer} ${cpu.brand}`.trim(),
    cores: facts.cpus,
    distro: readDistro(osRelease ?? '/etc/os-release'),
    kernel: facts.kernel,
    memory: memory.total,
    filesystems: onePerDevice(filesystems.filter(({ mount }) => !mount.startsWith(`${stateFolder}/`))).map(
      ({ mount, type, size, used }) => ({ mount, type, size, used }),
    ),
  };
};

/** A reader that asks the machine at most once in five minutes; callers at the same time share one look. */
export const openInventory = (options: InventoryOptions): (() => Promise<HostInventory>) => {
  let cached: { readonly at: number; readonly value: Promise<HostInventory> } | undefined;
  return () => {
    const now = options.clock.monotonic();
    if (cached && now - cached.at < CACHE_MS) return cached.value;
    const value = readInventory(options);
    cached = { at: now, value };
    value.catch(() => {
      cached = undefined; // a failure is not kept
    });
    return value;
  };
};
