// The verbs on cgroup v1, and on hybrid hosts, whose controllers are v1 ones.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from '../../domain/instance.ts';
import type { LiveLimits } from '../../domain/limits.ts';
import type { Cgroups, CgroupValue } from '../../ports/cgroups.ts';
import { readKernelFileIfAny } from '../files.ts';
import { readUnenforceableV1 } from './abilities-v1.ts';
import { confineV1, listDelegatedV1 } from './confine-v1.ts';
import { setCpusetV1 } from './cpuset-v1.ts';
import type { Hierarchies } from './detect.ts';
import { freezerFileV1, freezeV1, isFrozenV1, setFrozenV1, thawV1 } from './freeze-v1.ts';
import { ensureHouseV1 } from './house-v1.ts';
import { withInnerCpu } from './inner-cpu.ts';
import { killPids, killPlace } from './kill.ts';
import { ensureValue, findDifferences } from './limit-files.ts';
import { type MemoryGoal, reclaimV1, setMemoryV1 } from './memory-v1.ts';
import type { CgroupOptions } from './options.ts';
import { openSamplerV1 } from './sampler-v1.ts';
import { signalPids } from './signal.ts';
import { KERNEL_FOLDERS, listFolders, readPids, removeIfEmpty, removeTree, resolveInside } from './tree.ts';
import { buildLinesV1, buildValuesV1 } from './values-v1.ts';

const PAGE = 4096;

/** Bounds on the tree that a tenant may make in `unified`, where it is delegated. */
const UNIFIED_BOUNDS: readonly CgroupValue[] = [
  { limit: 'pids', node: 'payload', controller: 'unified', file: 'cgroup.max.descendants', value: '512' },
  { limit: 'pids', node: 'payload', controller: 'unified', file: 'cgroup.max.depth', value: '16' },
];

const goalOf = (values: readonly CgroupValue[]): MemoryGoal | undefined => {
  const numberOf = (file: string): number | undefined => {
    const value = values.find((candidate) => candidate.node === 'payload' && candidate.file === file)?.value;
    return value === undefined ? undefined : Number(value);
  };
  const memory = numberOf('memory.limit_in_bytes');
  return memory === undefined ? undefined : { memory, withSwap: numberOf('memory.memsw.limit_in_bytes') };
};

export const openV1 = (hierarchies: Hierarchies, options: CgroupOptions): Cgroups => {
  const folders = options.folders ?? KERNEL_FOLDERS;
  const pageSize = options.pageSize ?? PAGE;
  const unenforceable = readUnenforceableV1(hierarchies, options);
  const every = [...hierarchies.folders, ...(hierarchies.unified === undefined ? [] : [hierarchies.unified])];
  const cpuList = readKernelFileIfAny(join(hierarchies.controllers.get('cpuset') ?? '', 'cpuset.cpus')) ?? '';
  let houseCpu: number | null = null;

  const at = (controller: string, relative: string): string => {
    const folder = controller === 'unified' ? hierarchies.unified : hierarchies.controllers.get(controller);
    return resolveInside(folder ?? join(hierarchies.root, controller), relative);
  };
  /** The hierarchy whose groups stand for the tenant's processes: the tenant cannot leave it. */
  const main = hierarchies.controllers.has('freezer') ? 'freezer' : 'pids';
  const atMain = (relative: string): string => at(main, relative);
  const plan = (limits: LiveLimits): readonly CgroupValue[] => [
    ...buildValuesV1(limits, { device: options.device, pageSize, unenforceable, cpuList, houseCpu }),
    ...(hierarchies.unified === undefined ? [] : UNIFIED_BOUNDS),
  ];
  const pathOf =
    (place: Place) =>
    ({ controller, node, file }: CgroupValue): string =>
      join(at(controller, place[node]), file);

  const apply = async (place: Place, limits: LiveLimits): Promise<void> => {
    const values = plan(limits);
    await withInnerCpu('v1', at('cpu', place.inner), values, async () => {
      for (const value of values.filter(({ controller }) => controller !== 'memory' && controller !== 'cpuset'))
        await ensureValue(pathOf(place)(value), value.value);
    });
    const cpus = values.find(({ controller }) => controller === 'cpuset');
    if (cpus) await setCpusetV1(at('cpuset', place.payload), cpus.value);
    const soft = values.find(({ file }) => file === 'memory.soft_limit_in_bytes');
    if (soft) await ensureValue(pathOf(place)(soft), soft.value);
    for (const value of values.filter(({ controller, node }) => controller === 'memory' && node === 'root'))
      await ensureValue(pathOf(place)(value), value.value);
    const goal = goalOf(values);
    if (goal) await setMemoryV1(at('memory', place.payload), goal, pageSize);
  };
  const lowerMemory = (place: Place, target: number): Promise<number> =>
    setMemoryV1(at('memory', place.payload), { memory: target, withSwap: undefined }, pageSize);
  const killRound = async (folder: string): Promise<void> => {
    setFrozenV1(folder, 'FROZEN');
    killPids(folder);
    setFrozenV1(folder, 'THAWED'); // a frozen process dies only when it thaws
  };

  return {
    version: hierarchies.version,
    unenforceable,
    forcesMemory: false,
    killsFrozen: false,
    plan,
    configLines: (limits) => buildLinesV1(plan(limits), cpuList),
    ensureHouse: async (house, cap) => {
      await ensureHouseV1(hierarchies, house, cap, { folders, pageSize, device: options.device });
      houseCpu = cap.cpu;
    },
    removeHouse: async (house) => {
      for (const folder of every) removeIfEmpty(resolveInside(folder, house), folders);
    },
    apply,
    findDrift: (place, limits) =>
      existsSync(atMain(place.payload)) ? findDifferences(plan(limits), pathOf(place)) : [],
    lowerMemory,
    reclaim: (place) => reclaimV1(at('memory', place.payload)),
    listDelegated: (place) => listDelegatedV1(hierarchies, place.inner),
    confine: async (place) => confineV1(hierarchies, place.inner),
    openSampler: (place) => openSamplerV1(hierarchies, place, options.device),
    exists: (place) => every.some((folder) => existsSync(resolveInside(folder, place.root))),
    listPids: (place) => readPids(atMain(place.payload)),
    signalPids: async (place, pids, signal) => signalPids(atMain(place.payload), pids, signal),
    isFrozen: (place) => isFrozenV1([at('freezer', place.payload), at('freezer', place.inner)]),
    freezerFile: (place) => ({ path: freezerFileV1(at('freezer', place.payload)), frozen: 'FROZEN' }),
    freeze: (place) => freezeV1(at('freezer', place.payload)),
    thaw: (place) => thawV1([at('freezer', place.inner), at('freezer', place.payload)]),
    killAll: (place) => killPlace(atMain, place, killRound),
    remove: async (place) => {
      for (const folder of every) await removeTree(resolveInside(folder, place.root), folders);
    },
    list: (house) => [...new Set(every.flatMap((folder) => listFolders(resolveInside(folder, house))))].sort(),
  };
};
