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
import { DEFAULT_LIMITS } from '../src/domain/limits.ts';
import { buildPaths } from '../src/domain/paths.ts';
import type { Tenant } from '../src/domain/tenant.ts';
import { diffSamples } from '../src/domain/usage.ts';
import { createEngine, type Engine } from '../src/engine/engine.ts';
import type { Work } from '../src/engine/engine-ports.ts';
import { account } from '../src/engine/keep-books.ts';
import { KEPT_POINTS } from '../src/engine/points.ts';
import { markUp } from '../src/engine/runtime.ts';
import { schedule } from '../src/engine/schedule.ts';
import { detectHierarchies } from '../src/linux/cgroup/detect.ts';
import type { Clock } from '../src/ports/clock.ts';
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

const makeTenant = (name: string, slot: number): Tenant => ({
  name,
  id: slot.toString(16).padStart(12, '0'),
  slot,
  template: 'minimal',
  base: null,
  limits: DEFAULT_LIMITS,
  desired: 'running',
  phase: 'ready',
  restart: 'never',
  bestEffort: false,
  overcommit: true,
  plan: null,
  rules: {},
  createdAt: '2026-01-01T00:00:00.000Z',
  generation: 1,
});

const WORK: Work = {
  signal: new AbortController().signal,
  by: 'daemon',
  onStep: () => undefined,
  onProgress: () => undefined,
};

/** A quarter of an hour in less: what is decided and kept depends on the clock it is given. */
const createFastClock = (start: number): Clock & { second: number } => ({
  second: 0,
  now() {
    return start + this.second * 1000;
  },
  monotonic() {
    return this.second * 1000;
  },
  sleep: async () => undefined,
});

/** A second's sample of one tenant, as the tick takes and keeps it. */
const sampleOne = (engine: Engine, name: string, second: number): void => {
  const runtime = engine.runtimes.get(name);
  const read = runtime.sampler?.sample(second * 1000);
  if (!read) throw new Error(`the group of ${name} is gone`);
  const disk = { used: second, size: 5e9, inodesUsed: second, inodes: 1e6 };
  const link = runtime.link?.read();
  const sample = { ...read, netRxBytes: link?.rxBytes ?? null, netTxBytes: link?.txBytes ?? null, disk };
  const usage = runtime.last ? diffSamples(runtime.last, sample) : undefined;
  runtime.before = runtime.last;
  runtime.last = sample;
  runtime.usage = usage ?? null;
  if (usage) runtime.points.push(second * 1000, usage);
};

/** The daemon's own job does so every ten minutes. */
const RELEASE_SECONDS = 600;

/** What a tick does: a second of samples of all, then the decision, the record and the books. */
const fill = (engine: Engine, names: readonly string[], clock: { second: number }): void => {
  for (let second = 1; second <= KEPT_POINTS; second++) {
    clock.second = second;
    for (const name of names) sampleOne(engine, name, second);
    schedule(engine, WORK);
    engine.incidents.tick();
    account(engine);
    if (second % RELEASE_SECONDS === 0) engine.ports.host.releaseMemory();
  }
};

const measure = async (wired: Wired, places: Place[], instance: ReturnType<typeof buildInstance>): Promise<void> => {
  const { cgroups } = wired.ports;
  await cgroups.ensureHouse(instance.name, { cpu: 1000, memory: 2 ** 30 });
  const clock = createFastClock(Date.now());
  const names = Array.from({ length: TENANTS }, (_, i) => `t${i}`);
  await wired.ports.registry.save({ ...wired.ports.registry.current, tenants: names.map(makeTenant) });
  const engine = createEngine({ ...wired.ports, clock }, wired.config);
  wired.ports.host.releaseMemory(); // the daemon's jobs begin with it
  const before = readRss();
  for (const name of names) {
    const place = buildPlace(instance, name, false);
    places.push(place);
    makeGroups(place);
    const readers = { sampler: cgroups.openSampler(place), link: NO_LINK };
    markUp(engine.runtimes.get(name), 'running', readers, 0);
  }
  const title = (kept: number): string =>
    `a daemon's modules with ${TENANTS} invented tenants (real control groups; no processes, links or disks) and ${kept} samples of each (before: ${before.toFixed(1)} MB)`;
  fill(engine, names, clock);
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
