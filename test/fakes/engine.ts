// An engine over fakes: a box in memory that outlives the daemon, and as many daemons on it as a test starts.

import { buildHouse, DEFAULT_RESERVE } from '../../src/domain/house.ts';
import { buildInstance, type Instance } from '../../src/domain/instance.ts';
import type { PolicyConstants } from '../../src/domain/policy-constants.ts';
import type { Registry } from '../../src/domain/tenant.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { EngineConfig, EnginePorts, Work } from '../../src/engine/engine-ports.ts';
import type { Unenforceable } from '../../src/ports/cgroups.ts';
import type { GrowMode } from '../../src/ports/rootfs.ts';
import { FakeCgroups } from './cgroups.ts';
import { createClock, type FakeClock } from './clock.ts';
import { createContainers, type FakeContainers } from './containers.ts';
import { createFaults, type FakeFaults } from './faults.ts';
import { createHistory, type FakeHistory } from './history.ts';
import { createHost, type FakeHost } from './host.ts';
import { createLog, type FakeLog } from './log.ts';
import { createNetwork, type FakeNetwork } from './network.ts';
import { createNotices, type FakeNotices } from './notices.ts';
import { createProcesses, type FakeProcesses } from './processes.ts';
import { type FakeRootfs, openFakeRootfs } from './rootfs.ts';
import { createEvents, createRegistry, type FakeEvents, type FakeRegistry } from './stores.ts';

export interface BoxOptions {
  readonly growMode?: GrowMode;
  readonly unenforceable?: Unenforceable;
  readonly systemd?: boolean;
  readonly registry?: Registry;
  readonly slots?: number;
  readonly constants?: PolicyConstants;
}

export interface Box {
  readonly instance: Instance;
  readonly cgroups: FakeCgroups;
  readonly containers: FakeContainers;
  readonly rootfs: FakeRootfs;
  readonly network: FakeNetwork;
  readonly host: FakeHost;
  readonly processes: FakeProcesses;
  readonly notices: FakeNotices;
  readonly history: FakeHistory;
  readonly registry: FakeRegistry;
  readonly events: FakeEvents;
  readonly clock: FakeClock;
  readonly log: FakeLog;
  readonly faults: FakeFaults;
  readonly ports: EnginePorts;
  readonly config: EngineConfig;
  /** A daemon that just started: it knows nothing but what is on the box. */
  boot(): Engine;
}

export interface FakeWork extends Work {
  readonly steps: string[];
  readonly progress: string[];
  cancel(reason?: Error): void;
}

export const createWork = (by = 'uid:0'): FakeWork => {
  const abort = new AbortController();
  const steps: string[] = [];
  const progress: string[] = [];
  return {
    by,
    steps,
    progress,
    signal: abort.signal,
    cancel: (reason = new Error('cancelled by the test')) => abort.abort(reason),
    onStep: ({ index, total, text }) => steps.push(`${index}/${total} ${text}`),
    onProgress: (text) => progress.push(text),
  };
};

const DISK_SPACE = 100 * 2 ** 30;

export const createBox = (options: BoxOptions = {}): Box => {
  const built = buildInstance('/fake/state');
  const instance = options.slots ? { ...built, slots: { ...built.slots, count: options.slots } } : built;
  const cgroups = new FakeCgroups(options.unenforceable ? { unenforceable: options.unenforceable } : {});
  const network = createNetwork(instance);
  const rootfs = openFakeRootfs({ growMode: options.growMode ?? 'live' });
  const host = createHost();
  const events = createEvents();
  const clock = createClock();
  const containers = createContainers({ cgroups, network, clock });
  const log = createLog();
  const faults = createFaults();
  const history = createHistory();
  const processes = createProcesses();
  const notices = createNotices();
  const registry = createRegistry(options.registry, faults);
  let ids = 0;
  const ports: EnginePorts = {
    cgroups,
    containers,
    rootfs,
    network,
    host,
    processes,
    notices,
    history,
    registry,
    events,
    clock,
    log,
    faults,
    newId: () => {
      ids += 1;
      return ids.toString(16).padStart(12, '0');
    },
    diskSpace: () => DISK_SPACE,
    stateDisk: () => ({ used: DISK_SPACE / 2, size: DISK_SPACE, inodesUsed: 500, inodes: 1000 }),
  };
  const config: EngineConfig = {
    instance,
    systemd: options.systemd ?? false,
    house: buildHouse(host.facts, DEFAULT_RESERVE),
    trashMs: 7 * 86_400_000,
    zone: 'UTC',
    ...(options.constants ? { constants: options.constants } : {}),
  };
  return {
    instance,
    cgroups,
    containers,
    rootfs,
    network,
    host,
    processes,
    notices,
    history,
    registry,
    events,
    clock,
    log,
    faults,
    ports,
    config,
    boot: () => createEngine(ports, config),
  };
};
