// Resident memory of a daemon's parts that sample 1000 tenants: real control groups, real samplers, 15 minutes kept.
//
// A daemon with 1000 real tenants does not fit a test machine (disks, processes); these are its own modules, wired as
// it wires them, and its own runtimes, filled as its tick fills them.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '../src/daemon/log.ts';
import '../src/daemon/main.ts';
import { EventHub } from '../src/daemon/event-stream.ts';
import { type Wired, wire } from '../src/daemon/wire.ts';
import { buildInstance, buildPlace, type Place } from '../src/domain/instance.ts';
import { buildPaths } from '../src/domain/paths.ts';
import { diffSamples } from '../src/domain/usage.ts';
import { createEngine, type Engine } from '../src/engine/engine.ts';
import { KEPT_POINTS } from '../src/engine/points.ts';
import { markUp } from '../src/engine/runtime.ts';
import { detectHierarchies } from '../src/linux/cgroup/detect.ts';
import { formatAmount } from './stats.ts';

const TENANTS = 1000;
const MOST_MB = 150;
const ROOT = '/sys/fs/cgroup';

const enable = (folder: string): void => {
  const names = readFileSync(join(folder, 'cgroup.controllers'), 'utf8').trim().split(' ');
  for (const name of names) writeFileSync(join(folder, 'cgroup.subtree_control'), `+${name}`);
};

/** The groups that LXC makes for a tenant. */
const makeGroups = (place: Place): void => {
  const { folders, unified, version } = detectHierarchies(ROOT);
  for (const folder of new Set([...folders, ...(unified === undefined ? [] : [unified])]))
    for (const group of [place.root, place.payload, place.inner]) {
      mkdirSync(join(folder, group));
      if (version === 'v2' && group !== place.inner) enable(join(folder, group));
    }
};

const readRss = (): number =>
  (Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024) / 1e6;

/** A thousand veth pairs would be the machine's network for this while. */
const NO_LINK = { read: () => undefined, close: () => undefined };

/** What a tick does for each tenant, a second of samples at a time. */
const fill = (engine: Engine, names: readonly string[]): void => {
  for (let second = 1; second <= KEPT_POINTS; second++)
    for (const name of names) {
      const runtime = engine.runtimes.get(name);
      const read = runtime.sampler?.sample(second * 1000);
      if (!read) throw new Error(`the group of ${name} is gone`);
      const disk = { used: second, size: 5e9, inodesUsed: second, inodes: 1e6 };
      const link = runtime.link?.read();
      const sample = { ...read, netRxBytes: link?.rxBytes ?? null, netTxBytes: link?.txBytes ?? null, disk };
      const usage = runtime.last ? diffSamples(runtime.last, sample) : undefined;
      runtime.last = sample;
      if (usage) runtime.points.push(second * 1000, usage);
    }
};

const measure = async (wired: Wired, places: Place[], instance: ReturnType<typeof buildInstance>): Promise<void> => {
  const { cgroups } = wired.ports;
  await cgroups.ensureHouse(instance.name, { cpu: 1000, memory: 2 ** 30 });
  const engine = createEngine(wired.ports, wired.config);
  wired.ports.host.releaseMemory(); // the daemon's jobs begin with it
  const before = readRss();
  const names = Array.from({ length: TENANTS }, (_, i) => `t${i}`);
  for (const name of names) {
    const place = buildPlace(instance, name, false);
    places.push(place);
    makeGroups(place);
    const readers = { sampler: cgroups.openSampler(place), link: NO_LINK };
    markUp(engine.runtimes.get(name), 'running', readers, 0);
  }
  const title = (kept: number): string =>
    `a daemon's modules with ${TENANTS} sampled tenants and ${kept} samples of each (before: ${before.toFixed(1)} MB)`;
  fill(engine, names);
  console.log(formatAmount(title(KEPT_POINTS), readRss(), MOST_MB, 'MB'));
  engine.runtimes.closeAll();
};

const main = async (): Promise<void> => {
  const base = mkdtempSync('/var/tmp/tenantctl-bench-');
  const paths = buildPaths({
    TENANTCTL_STATE: join(base, 'state'),
    TENANTCTL_RUN: join(base, 'run'),
    TENANTCTL_CONFIG: join(base, 'config.yaml'),
  });
  mkdirSync(paths.state, { recursive: true, mode: 0o711 });
  const instance = buildInstance(paths.state);
  const wired = await wire({
    paths,
    log: createLog('error'),
    faults: { reach: async () => undefined },
    hub: new EventHub(),
    useBackup: false,
    onHistory: () => undefined,
  });
  const places: Place[] = [];
  try {
    await measure(wired, places, instance);
  } finally {
    for (const place of places) await wired.ports.cgroups.remove(place);
    await wired.ports.cgroups.removeHouse(instance.name);
    wired.close();
    rmSync(base, { recursive: true, force: true });
  }
};

await main();
