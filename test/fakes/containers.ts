// Containers in memory, on top of the fake control groups and links: LXC's ways, good and bad.

import { problem } from '../../src/domain/errors.ts';
import { linkName } from '../../src/domain/slots.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Containers, StartRequest } from '../../src/ports/containers.ts';
import type { FakeCgroups } from './cgroups.ts';
import type { FakeNetwork } from './network.ts';

interface Running {
  readonly request: StartRequest;
  readonly pid: number;
  readonly startedAt: number;
}

export interface FakeContainers extends Containers {
  readonly running: ReadonlyMap<string, Running>;
  readonly calls: readonly string[];
  /** Time-out of the last stop. */
  readonly lastStopMs: number | undefined;
  /** The next start fails as LXC's does: with groups left behind. */
  failNextStart(why: string): void;
  /** Every start fails until further notice. */
  failStarts(why: string | null): void;
  /** Init ends by itself; groups stay, the link goes with its namespace. */
  die(name: string, end?: { orderly: boolean; text: string }): void;
  /** A reboot from inside: LXC's monitor goes through its own start, with what was asked for then. */
  reboot(name: string): void;
  /** The monitor answers nothing useful. */
  confuse(name: string): void;
  /** The box was switched off: nothing runs, no group and no link is left. */
  powerCut(): void;
}

export const createContainers = (ground: {
  cgroups: FakeCgroups;
  network: FakeNetwork;
  clock: Pick<Clock, 'now'>;
}): FakeContainers => {
  const { cgroups, network, clock } = ground;
  const running = new Map<string, Running>();
  const confused = new Set<string>();
  const ends = new Map<string, { orderly: boolean; text: string }>();
  const calls: string[] = [];
  let failOnce: string | null = null;
  let failAll: string | null = null;
  let lastStopMs: number | undefined;

  const start = async (request: StartRequest): Promise<void> => {
    const { tenant, place } = request;
    calls.push(`start ${tenant.name}`);
    request.signal.throwIfAborted();
    const leftover = cgroups.exists(place) || (await network.listLinks()).includes(tenant.slot);
    if (running.has(tenant.name) || leftover)
      throw problem('START_FAILED', { name: tenant.name, why: `File exists (${linkName(tenant.slot)})` });
    cgroups.create(place, request.cgroupLines);
    const why = failOnce ?? failAll;
    failOnce = null;
    if (why !== null) {
      cgroups.empty(place);
      throw problem('START_FAILED', { name: tenant.name, why });
    }
    network.addLink(tenant.slot);
    const [pid = 0] = cgroups.listPids(place);
    running.set(tenant.name, { request, pid, startedAt: clock.now() });
  };

  const end = (name: string): void => {
    const known = running.get(name);
    running.delete(name);
    confused.delete(name);
    if (!known) return;
    cgroups.empty(known.request.place);
    if (cgroups.exists(known.request.place)) cgroups.setUse(known.request.place, { pids: 0 });
    network.dropLink(known.request.tenant.slot);
  };

  return {
    running,
    calls,
    get lastStopMs() {
      return lastStopMs;
    },
    failNextStart: (why) => {
      failOnce = why;
    },
    failStarts: (why) => {
      failAll = why;
    },
    die: (name, how = { orderly: false, text: 'signal 9' }) => {
      ends.set(name, how);
      end(name);
    },
    reboot: (name) => {
      const known = running.get(name);
      if (!known) return;
      const { tenant, place, cgroupLines } = known.request;
      cgroups.create(place, cgroupLines);
      const [pid = 0] = cgroups.listPids(place);
      network.dropLink(tenant.slot);
      network.addLink(tenant.slot);
      running.set(name, { ...known, pid, startedAt: clock.now() });
    },
    confuse: (name) => {
      confused.add(name);
    },
    powerCut: () => {
      for (const name of [...running.keys()]) end(name);
      cgroups.groups.clear();
    },
    start,
    adopt: async ({ name }) => {
      calls.push(`adopt ${name}`);
    },
    stop: async (name, _place, { timeoutMs, signal }) => {
      calls.push(`stop ${name}`);
      signal.throwIfAborted();
      lastStopMs = timeoutMs;
      ends.set(name, { orderly: true, text: 'exit 0' });
      end(name);
    },
    state: async (name, place) => {
      if (confused.has(name)) return 'unknown';
      if (!running.has(name)) return 'stopped';
      return cgroups.isFrozen(place) ? 'frozen' : 'running';
    },
    initPid: async (name) => running.get(name)?.pid,
    startedAt: (pid) => [...running.values()].find((one) => one.pid === pid)?.startedAt,
    listRunning: async () => new Set(running.keys()),
    readLog: async (name, run, maxBytes) => (run === 'this' ? `console of ${name}`.slice(0, maxBytes) : ''),
    lastEnd: async (name) => ends.get(name) ?? { orderly: false, text: 'unknown' },
    remove: async (name) => {
      calls.push(`remove ${name}`);
    },
    version: async () => 'lxc 5.0.2',
  };
};
