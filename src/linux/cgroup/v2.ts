// The verbs on cgroup v2.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from '../../domain/instance.ts';
import type { LiveLimits } from '../../domain/limits.ts';
import type { Cgroups, CgroupValue } from '../../ports/cgroups.ts';
import { readUnenforceableV2 } from './abilities-v2.ts';
import type { Hierarchies } from './detect.ts';
import { freezeV2, isFrozenV2, thawV2 } from './freeze-v2.ts';
import { ensureHouseV2 } from './house-v2.ts';
import { withInnerCpu } from './inner-cpu.ts';
import { killPlaceV2 } from './kill-v2.ts';
import { ensureValue, findDifferences } from './limit-files.ts';
import { forceMemoryV2, lowerMemoryV2, reclaimV2 } from './memory-v2.ts';
import type { CgroupOptions } from './options.ts';
import { openSamplerV2 } from './sampler-v2.ts';
import { signalPids } from './signal.ts';
import { KERNEL_FOLDERS, listFolders, readPids, removeIfEmpty, removeTree, resolveInside } from './tree.ts';
import type { ValueFacts } from './value-facts.ts';
import { buildLinesV2, buildValuesV2 } from './values-v2.ts';

const PAGE = 4096;

export const openV2 = (hierarchies: Hierarchies, options: CgroupOptions): Cgroups => {
  const { root } = hierarchies;
  const folders = options.folders ?? KERNEL_FOLDERS;
  const unenforceable = readUnenforceableV2(options);
  const facts: ValueFacts = { device: options.device, pageSize: options.pageSize ?? PAGE, unenforceable };
  const at = (relative: string): string => resolveInside(root, relative);
  const pathOf =
    (place: Place) =>
    ({ node, file }: CgroupValue): string =>
      join(at(place[node]), file);
  const plan = (limits: LiveLimits): readonly CgroupValue[] => buildValuesV2(limits, facts);

  /** The tenant's own group has no memory files where that controller is not delegated: payload then counts all. */
  const planFor = (place: Place, limits: LiveLimits): readonly CgroupValue[] =>
    plan(limits).filter((value) => value.node !== 'inner' || existsSync(pathOf(place)(value)));

  const applyValue = async (place: Place, wanted: CgroupValue): Promise<void> => {
    const { file, value } = wanted;
    if (file === 'memory.max' && value !== 'max') await lowerMemoryV2(at(place.payload), Number(value), facts.pageSize);
    else await ensureValue(pathOf(place)(wanted), value);
  };

  return {
    version: hierarchies.version,
    unenforceable,
    forcesMemory: true,
    killsFrozen: true,
    plan,
    configLines: (limits) => buildLinesV2(plan(limits), options.swap > 0),
    ensureHouse: (house, cap) => ensureHouseV2(root, house, cap, { folders, pageSize: facts.pageSize }),
    removeHouse: async (house) => removeIfEmpty(at(house), folders),
    apply: async (place, limits) => {
      const values = planFor(place, limits);
      await withInnerCpu('v2', at(place.inner), values, async () => {
        for (const value of values) await applyValue(place, value);
      });
    },
    findDrift: (place, limits) =>
      existsSync(at(place.payload)) ? findDifferences(planFor(place, limits), pathOf(place)) : [],
    lowerMemory: (place, target, { force = false } = {}) =>
      (force ? forceMemoryV2 : lowerMemoryV2)(at(place.payload), target, facts.pageSize),
    reclaim: (place, bytes) => reclaimV2(at(place.payload), bytes),
    // the kernel hands out only what is safe to delegate (/sys/kernel/cgroup/delegate), and LXC gives no more
    listDelegated: () => [],
    confine: async () => undefined,
    openSampler: (place) => openSamplerV2(at(place.payload), options.device),
    exists: (place) => existsSync(at(place.root)),
    listPids: (place) => readPids(at(place.payload)),
    signalPids: async (place, pids, signal) => signalPids(at(place.payload), pids, signal),
    isFrozen: (place) => isFrozenV2(at(place.payload), at(place.inner)),
    freezerFile: (place) => ({ path: join(at(place.payload), 'cgroup.freeze'), frozen: '1' }),
    freeze: (place) => freezeV2(at(place.payload)),
    thaw: (place) => thawV2([at(place.inner), at(place.payload)]),
    killAll: (place) => killPlaceV2(at, place),
    remove: (place) => removeTree(at(place.root), folders),
    list: (house) => listFolders(at(house)),
  };
};
