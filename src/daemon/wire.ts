// The only file that names linux/ and store/: builds the ports of one instance from paths and configuration.

import { randomBytes } from 'node:crypto';
import { existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, statfsSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { problem } from '../domain/errors.ts';
import { buildHouse } from '../domain/house.ts';
import { buildInstance } from '../domain/instance.ts';
import type { Paths } from '../domain/paths.ts';
import type { EngineConfig, EnginePorts } from '../engine/engine-ports.ts';
import { recordEvent } from '../engine/reconcile.ts';
import { findBlockDevice } from '../linux/block-device.ts';
import { openCgroups } from '../linux/cgroup/open.ts';
import { openHost } from '../linux/host.ts';
import { openHostSettings } from '../linux/host-settings.ts';
import { findProfile } from '../linux/lxc/apparmor.ts';
import { openContainers } from '../linux/lxc/containers.ts';
import { openNetwork } from '../linux/network/open.ts';
import { openNotices } from '../linux/notices.ts';
import { parseMeminfo, probeHost } from '../linux/probe.ts';
import { openProcesses } from '../linux/processes.ts';
import { openRootfs } from '../linux/rootfs/rootfs.ts';
import { peerCredentials, tryLock } from '../linux/syscalls.ts';
import type { Clock } from '../ports/clock.ts';
import type { Faults } from '../ports/faults.ts';
import type { History } from '../ports/history.ts';
import type { StateDisk } from '../ports/host.ts';
import type { Log } from '../ports/log.ts';
import type { EventStore } from '../ports/store.ts';
import { openEvents } from '../store/events.ts';
import { openHistory } from '../store/history.ts';
import { openPatiently } from '../store/patient-history.ts';
import { openRegistry } from '../store/registry.ts';
import { systemClock } from './clock.ts';
import { type DaemonConfig, readConfig } from './config.ts';
import type { EventHub } from './event-stream.ts';
import type { Peer } from './peers.ts';

export interface Wired {
  readonly ports: EnginePorts;
  readonly config: EngineConfig;
  readonly settings: DaemonConfig;
  readonly close: () => void;
}

export interface WireOptions {
  readonly paths: Paths;
  readonly log: Log;
  readonly faults: Faults;
  readonly hub: EventHub;
  readonly useBackup: boolean;
  /** A history that could not be opened at the start was opened now. */
  readonly onHistory: () => void;
}

const DAY_MS = 86_400_000;

/**
 * One daemon per state folder: a lock the kernel drops when the process dies, however it dies (flock(2)).
 * @throws Problem DAEMON_RUNNING with the holder's process id
 */
export const takeLock = (paths: Paths): void => {
  mkdirSync(paths.state, { recursive: true, mode: 0o711 });
  const path = join(paths.state, 'daemon.lock');
  const fd = openSync(path, 'a+', 0o600);
  if (!tryLock(fd))
    throw problem('DAEMON_RUNNING', { pid: readFileSync(path, 'utf8').trim() || '?', state: paths.state });
  ftruncateSync(fd, 0);
  writeSync(fd, `${process.pid}\n`);
};

/** The kernel's word on who is at the other end (SO_PEERCRED, unix(7)). */
export const readPeer = (socket: Socket): Peer | undefined => {
  const { fd } = (socket as unknown as { _handle?: { fd: number } })._handle ?? {};
  return fd === undefined || fd < 0 ? undefined : peerCredentials(fd);
};

/** Followers of the event stream hear of each event as it is kept. */
const withHub = (store: EventStore, hub: EventHub): EventStore => ({
  get lastSeq() {
    return store.lastSeq;
  },
  append: (event) => {
    const kept = store.append(event);
    hub.notify();
    return kept;
  },
  read: (since, max) => store.read(since, max),
  prune: (before) => store.prune(before),
  close: () => store.close(),
});

interface UsagePorts {
  readonly events: EventStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly onFound: () => void;
}

/** Whatever becomes of the history is told, and keeps no daemon from its tenants. */
const openUsage = (path: string, { onFound, ...ports }: UsagePorts): History => {
  const tell = (type: 'history-renewed' | 'history-missing' | 'history-found', text: string): void => {
    ports.log.error(text, { path });
    recordEvent(ports, { by: 'daemon' }, { type, tenant: null, text, data: { path } });
  };
  return openPatiently({
    clock: ports.clock,
    open: () =>
      openHistory({
        path,
        now: ports.clock.now,
        onSetAside: (aside, why) =>
          tell('history-renewed', `the history was damaged (${why}) and begun anew; the old file is ${aside}`),
      }),
    onMissing: ({ message }) =>
      tell('history-missing', `there is no history for now: ${message}; credits, budgets and penalties begin anew`),
    onFound: () => {
      tell('history-found', 'the history is there again, with what was remembered in it');
      onFound();
    },
  });
};

/** @throws Problem STATE_CORRUPT, STATE_NEWER, CONFIG_INVALID, UNSUPPORTED */
export const wire = async ({ paths, log, faults, hub, useBackup, onHistory }: WireOptions): Promise<Wired> => {
  const settings = await readConfig(paths.config);
  const instance = buildInstance(paths.state);
  const clock = systemClock;
  const registry = openRegistry(join(paths.state, 'registry.json'), useBackup);
  const events = withHub(openEvents(join(paths.state, 'history.db')), hub);
  const history = openUsage(join(paths.state, 'usage.db'), { events, clock, log, onFound: onHistory });
  const systemd = existsSync('/run/systemd/system');
  const swap = parseMeminfo(readFileSync('/proc/meminfo', 'utf8'))('SwapTotal');
  const cgroups = openCgroups({ root: '/sys/fs/cgroup', systemd, device: findBlockDevice(paths.state), swap });
  const hostSettings = openHostSettings(paths.run, '/proc');
  const network = await openNetwork({ instance, log, settings: hostSettings });
  const facts = probeHost({ cgroups });
  const house = buildHouse(facts, settings.reserve);
  const host = openHost({ cgroups, stateFolder: paths.state, network, clock, house });
  const rootfs = await openRootfs({ state: paths.state, instance, facts, clock, faults });
  const containers = openContainers({
    state: paths.state,
    run: paths.run,
    instance,
    systemd,
    sysResource: facts.sysResource,
    lxcfs: facts.lxcfs,
    apparmor: findProfile('/sys/kernel/security'),
    cgroups,
    settings: hostSettings,
    cpus: facts.cpus,
    clock,
    proc: '/proc',
  });
  const ports: EnginePorts = {
    cgroups,
    containers,
    rootfs,
    network,
    host,
    history,
    processes: openProcesses('/proc'),
    notices: openNotices(join(paths.state, 'tenants')),
    registry,
    events,
    clock,
    log,
    faults,
    newId: () => randomBytes(6).toString('hex'),
    diskSpace: () => readDiskSpace(paths.state),
    stateDisk: () => readDisk(paths.state),
  };
  return {
    ports,
    config: {
      instance,
      systemd,
      house,
      trashMs: settings.trashDays * DAY_MS,
      zone: settings.timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
      constants: settings.constants,
    },
    settings,
    close: () => [host.close(), events.close(), history.close()],
  };
};

const readDisk = (folder: string): StateDisk => {
  const { blocks, bfree, bsize, files, ffree } = statfsSync(folder);
  // btrfs makes inodes as it needs them and says 0 of 0 (statfs(2), fs/btrfs/super.c)
  const inodes = files > 0 ? { inodesUsed: files - ffree, inodes: files } : { inodesUsed: null, inodes: null };
  return { used: (blocks - bfree) * bsize, size: blocks * bsize, ...inodes };
};

/** The file system's whole size: disks are promises on it, whoever fills it today. */
const readDiskSpace = (folder: string): number => {
  const { blocks, bsize } = statfsSync(folder);
  return blocks * bsize;
};
