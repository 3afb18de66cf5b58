// `tenantctl daemon`: takes the lock, wires, serves, heals, ticks; ends in order and leaves tenants running.

import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { API_VERSION, PROGRAM_VERSION } from '../api/version.ts';
import { problem } from '../domain/errors.ts';
import { buildPaths, type Paths } from '../domain/paths.ts';
import { createEngine, type Engine } from '../engine/engine.ts';
import type { Work } from '../engine/engine-ports.ts';
import { healAll, healCut } from '../engine/heal.ts';
import { leaveGround } from '../engine/leave-ground.ts';
import { recordEvent } from '../engine/reconcile.ts';
import { resume, takeBack } from '../engine/resume.ts';
import type { HostSample } from '../ports/host.ts';
import { EventHub } from './event-stream.ts';
import { createFaults } from './faults.ts';
import { startJobs } from './jobs.ts';
import { createLog } from './log.ts';
import { runLoop, TICK_MS } from './loop.ts';
import { readGroupId } from './peers.ts';
import { listen } from './server.ts';
import type { Service } from './service.ts';
import { readPeer, takeLock, type Wired, wire } from './wire.ts';

/** What is under way may still finish its step; then connections are cut. */
const DRAIN_MS = 5_000;

/** Modes of the run folder: members of the group may reach the socket, nobody else sees that it is there. */
const prepareRun = (paths: Paths, group: number | null): void => {
  mkdirSync(paths.run, { recursive: true, mode: 0o750 });
  chmodSync(paths.run, 0o750);
  chownSync(paths.run, 0, group ?? 0);
};

/** Two samples a second apart, refreshed by whoever asks. */
const createHostSamples = (wired: Wired): Service['hostSamples'] => {
  const { host, clock } = wired.ports;
  let before: HostSample | undefined;
  let now = host.sample(clock.monotonic());
  return () => {
    const at = clock.monotonic();
    if (at - now.at >= TICK_MS / 2) {
      before = now;
      now = host.sample(at);
    }
    return { before, now };
  };
};

const buildService = async (
  wired: Wired,
  engine: Engine,
  hub: EventHub,
  stop: AbortController,
  state: string,
): Promise<Service> => {
  const { ports, config } = wired;
  const engineVersion = await ports.containers.version();
  return {
    engine,
    hub,
    stop: stop.signal,
    shutDown: () => stop.abort(problem('DAEMON_STOPPING')),
    hostSamples: createHostSamples(wired),
    version: {
      apiVersion: API_VERSION,
      version: PROGRAM_VERSION,
      node: process.version,
      engine: engineVersion,
      pid: process.pid,
      instance: config.instance.name,
      state,
      startedAt: new Date(ports.clock.now()).toISOString(),
      lastSeq: ports.events.lastSeq,
    },
  };
};

const stopOnSignals = (stop: AbortController): void => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort(problem('DAEMON_STOPPING')));
  process.on('SIGHUP', () => undefined);
};

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
  });

/**
 * Runs until SIGTERM, SIGINT or the shutdown call.
 * @param argv what follows `daemon`: `--use-backup`, `--log-level LEVEL`
 * @returns the exit status
 * @throws Problem DAEMON_RUNNING, STATE_CORRUPT, STATE_NEWER, CONFIG_INVALID, NEEDS_ROOT
 */
export const runDaemon = async (argv: readonly string[]): Promise<number> => {
  if (process.getuid?.() !== 0) throw problem('NEEDS_ROOT', { what: 'the daemon', command: 'daemon' });
  process.umask(0o022);
  const level = argv.includes('--log-level') ? (argv[argv.indexOf('--log-level') + 1] ?? 'info') : 'info';
  const log = createLog(level);
  const paths = buildPaths(process.env);
  takeLock(paths);
  const stop = new AbortController();
  stopOnSignals(stop);
  const faults = createFaults(process.env['TENANTCTL_FAULT'], () => process.kill(process.pid, 'SIGKILL'));
  const hub = new EventHub();
  const late: { engine?: Engine } = {};
  const onHistory = (): void => late.engine && takeBack(late.engine);
  const wired = await wire({ paths, log, faults, hub, useBackup: argv.includes('--use-backup'), onHistory });
  const engine = createEngine(wired.ports, wired.config);
  late.engine = engine;
  const work: Work = { signal: stop.signal, by: 'daemon', onStep: () => undefined, onProgress: () => undefined };
  const service = await buildService(wired, engine, hub, stop, paths.state);
  const group = readGroupId();
  prepareRun(paths, group);
  await resume(engine, work);
  await healCut(engine, work);
  const server = await listen(service, { socket: paths.socket, group, peerOf: readPeer, log });
  recordEvent(wired.ports, work, {
    type: 'daemon-started',
    tenant: null,
    text: `tenantctl ${PROGRAM_VERSION} started`,
    data: { pid: process.pid },
  });
  log.info('ready', { socket: paths.socket, instance: wired.config.instance.name });
  const stopJobs = await startJobs(engine, wired.settings, stop.signal);
  const healing = healAll(engine, work)
    .then(({ retried }) => retried)
    .catch((error: unknown) => log.error('healing failed', { error: String(error) }));
  await runLoop(engine, work);
  await healing;
  await stopJobs();
  await closeServer(server);
  await leaveGround(engine);
  recordEvent(wired.ports, work, {
    type: 'daemon-stopping',
    tenant: null,
    text: 'the daemon stopped; tenants go on running',
    data: {},
  });
  engine.incidents.finish();
  engine.accountant.finish(engine.ports.clock.now());
  engine.runtimes.closeAll();
  wired.close();
  return 0;
};
