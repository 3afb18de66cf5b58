// The parent of all tenants on v1, in each hierarchy, and its ceiling.

import { join } from 'node:path';
import { Problem } from '../../domain/errors.ts';
import type { HouseCap } from '../../domain/house.ts';
import { readKernelFileIfAny, writeKernelFileLater } from '../files.ts';
import { fillCpusetV1 } from './cpuset-v1.ts';
import type { Hierarchies } from './detect.ts';
import { ensureValue } from './limit-files.ts';
import { setMemoryV1 } from './memory-v1.ts';
import { ensureFolder, type FolderCalls, visitFolders } from './tree.ts';
import { CPU_PERIOD_USEC } from './value-facts.ts';
import { formatQuota } from './values-v1.ts';

const isInvalid = (error: unknown): boolean => error instanceof Problem && error.data['errno'] === 'EINVAL';

/** Lifts quotas above the new ceiling, from the bottom: the kernel refuses a ceiling below one of them (EINVAL). */
const liftQuotas = async (house: string, quota: number): Promise<void> => {
  const high: string[] = [];
  visitFolders(house, {
    leave: (path) => {
      const file = join(String(path), 'cpu.cfs_quota_us');
      if (String(path) !== house && Number(readKernelFileIfAny(file) ?? -1) > quota) high.push(file);
    },
  });
  for (const file of high) await writeKernelFileLater(file, '-1');
};

const setQuota = async (house: string, cap: HouseCap): Promise<void> => {
  const file = join(house, 'cpu.cfs_quota_us');
  const quota = formatQuota(cap.cpu, null);
  await ensureValue(join(house, 'cpu.cfs_period_us'), String(CPU_PERIOD_USEC));
  try {
    await ensureValue(file, quota);
  } catch (error) {
    if (!isInvalid(error)) throw error;
    await liftQuotas(house, Number(quota));
    await ensureValue(file, quota);
  }
};

/** Before 5.11 a group counts its children only if asked to, before it has any. */
const setHierarchical = async (house: string): Promise<void> => {
  const file = join(house, 'memory.use_hierarchy');
  if (readKernelFileIfAny(file) === '0') await writeKernelFileLater(file, '1');
};

/** Above any disk: 2^60 bytes per second. */
const NO_THROTTLE = '1152921504606846976';

/**
 * Since 6.10 the kernel counts a disk's traffic per group only once a rule for that disk was set (a3166c51702b: throttling
 * is initialised at the first configuration). One that limits nothing is set and removed again.
 */
const startCounting = async (house: string, device: string): Promise<void> => {
  const file = join(house, 'blkio.throttle.read_bps_device');
  try {
    await writeKernelFileLater(file, `${device} ${NO_THROTTLE}`);
    await writeKernelFileLater(file, `${device} 0`);
  } catch {
    // figures only: without them input and output show as 0
  }
};

export interface HouseFacts {
  readonly folders: FolderCalls;
  readonly pageSize: number;
  readonly device: string | null;
}

export const ensureHouseV1 = async (
  hierarchies: Hierarchies,
  house: string,
  cap: HouseCap,
  how: HouseFacts,
): Promise<void> => {
  for (const folder of hierarchies.folders) ensureFolder(folder, house, how.folders);
  if (hierarchies.unified !== undefined) ensureFolder(hierarchies.unified, house, how.folders);
  const { controllers } = hierarchies;
  const [cpu, cpuset, memory, blkio] = ['cpu', 'cpuset', 'memory', 'blkio'].map((name) => controllers.get(name));
  if (cpuset !== undefined) await fillCpusetV1(cpuset, join(cpuset, house));
  if (blkio !== undefined && how.device !== null) await startCounting(join(blkio, house), how.device);
  if (cpu !== undefined) await setQuota(join(cpu, house), cap);
  if (memory !== undefined) {
    await setHierarchical(join(memory, house));
    await setMemoryV1(join(memory, house), { memory: cap.memory, withSwap: undefined }, how.pageSize);
  }
};
