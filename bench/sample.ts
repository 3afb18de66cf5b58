// One sample of a tenant against the same preads in C, at 10, 100 and 1000 groups: ratio, and growth per tenant.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { buildInstance, buildPlace, type Place } from '../src/domain/instance.ts';
import { readFileLimit } from '../src/linux/cgroup/descriptors.ts';
import { detectHierarchies, type Hierarchies } from '../src/linux/cgroup/detect.ts';
import { openCgroups } from '../src/linux/cgroup/open.ts';
import type { CgroupSampler, Cgroups } from '../src/ports/cgroups.ts';

const ROOT = '/sys/fs/cgroup';
const SIZES = [10, 100, 1000];
/** Samples per size, spread over the groups: enough for a steady median, a few seconds in all. */
const SAMPLES = 10_000;
const WARM_UP = 2_000;
const TURNS = 5;
const GOAL = 1.5;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

const buildC = (folder: string): string | undefined => {
  const program = join(folder, 'sample');
  const made = spawnSync('cc', ['-O2', '-o', program, join(import.meta.dirname, 'sample.c')], { stdio: 'inherit' });
  return made.status === 0 ? program : undefined;
};

const enable = (folder: string): void => {
  const names = readFileSync(join(folder, 'cgroup.controllers'), 'utf8').trim().split(' ');
  for (const name of names) writeFileSync(join(folder, 'cgroup.subtree_control'), `+${name}`);
};

/** The groups that LXC makes for a tenant. */
const makeGroups = ({ folders, unified, version }: Hierarchies, place: Place): void => {
  for (const folder of new Set([...folders, ...(unified === undefined ? [] : [unified])]))
    for (const group of [place.root, place.payload, place.inner]) {
      mkdirSync(join(folder, group));
      if (version === 'v2' && group !== place.inner) enable(join(folder, group));
    }
};

/** The very files that a sampler holds open. */
const listOpenFiles = (cgroups: Cgroups, place: Place): string[] => {
  const sampler = cgroups.openSampler(place);
  const files = readOpenPaths(place.house);
  sampler.close();
  return files;
};

const readOpenPaths = (house: string): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.includes(`/${house}/`) ? [path] : [];
    } catch {
      return []; // the folder's own descriptor
    }
  });

/** Microseconds for one sample of one tenant: the median over rounds through all. */
const measure = (samplers: readonly CgroupSampler[], rounds: number): number => {
  const round = (): number => {
    const start = performance.now();
    for (const sampler of samplers) if (!sampler.sample(start)) throw new Error('a group is gone');
    return ((performance.now() - start) * 1000) / samplers.length;
  };
  for (let i = 0; i * samplers.length < WARM_UP; i++) round();
  return median(Array.from({ length: rounds }, round));
};

const measureC = (program: string, files: readonly string[], rounds: number, groups: number): number => {
  const result = spawnSync(program, [String(rounds)], { input: `${files.join('\n')}\n`, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(result.stderr);
  return Number(result.stdout) / 1000 / groups;
};

interface Row {
  readonly groups: number;
  readonly node: number;
  readonly c: number | undefined;
  readonly files: number;
  readonly rssKib: number;
}

const run = (cgroups: Cgroups, places: readonly Place[], built: string | undefined): Row => {
  const files = places.flatMap((place) => listOpenFiles(cgroups, place));
  const program = files.length < readFileLimit() - 64 ? built : undefined;
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const samplers = places.map((place) => cgroups.openSampler(place));
  try {
    const groups = places.length;
    const rounds = Math.max(20, Math.round(SAMPLES / groups));
    measure(samplers, 1);
    const rssKib = (process.memoryUsage.rss() - before) / 1024 / groups;
    // in turns, so that a busy moment of the machine hits both
    const turns = Array.from({ length: TURNS }, () => ({
      node: measure(samplers, rounds),
      c: program === undefined ? undefined : measureC(program, files, rounds, groups),
    }));
    const node = median(turns.map((turn) => turn.node));
    const c = program === undefined ? undefined : median(turns.map((turn) => turn.c ?? 0));
    return { groups, node, c, files: files.length / groups, rssKib };
  } finally {
    for (const sampler of samplers) sampler.close();
  }
};

const print = (row: Row): void => {
  const ratio =
    row.c === undefined
      ? 'no C to compare with (no compiler, or more files than descriptors)'
      : `${(row.node / row.c).toFixed(2)} x C (goal ${GOAL})`;
  const c = row.c === undefined ? '' : `, C ${row.c.toFixed(1)} us`;
  console.log(
    `${row.groups} groups: node ${row.node.toFixed(1)} us${c} per tenant, ${ratio}; ` +
      `${row.files.toFixed(0)} files, ${row.rssKib.toFixed(1)} KiB more per tenant`,
  );
};

/** What each kind of file costs in C: where the kernel itself takes the time. */
const printCosts = (program: string, cgroups: Cgroups, place: Place): void => {
  const files = listOpenFiles(cgroups, place);
  const costs = files.map((file): [string, number] => [
    file.slice(ROOT.length + 1).replace(`${place.root}/`, ''),
    measureC(program, [file], 5000, 1),
  ]);
  const total = costs.reduce((sum, [, cost]) => sum + cost, 0);
  const dear = costs.sort((a, b) => b[1] - a[1]).slice(0, 5);
  console.log(
    `dearest files in C, where the kernel itself takes the time, of ${total.toFixed(1)} us: ${dear.map(([file, us]) => `${file} ${us.toFixed(1)}`).join(', ')}`,
  );
};

const main = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantctl-bench-'));
  const instance = buildInstance(folder);
  const hierarchies = detectHierarchies(ROOT);
  const cgroups = openCgroups({ root: ROOT, systemd: false, device: null, swap: 0 });
  const places: Place[] = [];
  try {
    const program = buildC(folder);
    await cgroups.ensureHouse(instance.name, { cpu: 1000, memory: 2 ** 30 });
    for (const size of SIZES) {
      while (places.length < size) {
        const place = buildPlace(instance, `t${places.length}`, false);
        places.push(place);
        makeGroups(hierarchies, place);
      }
      print(run(cgroups, places, program));
    }
    const [first] = places;
    if (program !== undefined && first !== undefined) printCosts(program, cgroups, first);
  } finally {
    for (const place of places) await cgroups.remove(place);
    await cgroups.removeHouse(instance.name);
    rmSync(folder, { recursive: true, force: true });
  }
};

await main();
