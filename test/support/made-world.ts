// A box whose counters follow from the time alone: any process that looks at it sees the same.

import type { Reading } from '../../src/engine/account.ts';
import type { HostSample, HostTotals, StateDisk } from '../../src/ports/host.ts';
import { makeSample } from '../domain/tenant-values.ts';

export const CPUS = 2;
export const BOOT = 'made-boot';
export const START = Date.parse('2026-06-01T10:00:00Z');
/** Milliseconds of this world in one of ours: a batch is due each 5 ms. */
export const SPEED = 2000;

/** Share of a core, by tenant. */
export const STEADY = { alice: 0.7, bob: 0.4 } as const;
const RESTARTING = 0.3;
/** Milliseconds after which carol is restarted. */
const RUN_MS = 97_000;
const SYSTEM = 0.1;

const usec = (share: number, ms: number): number => Math.round(share * ms * 1000);

const reading = (tenantId: string, run: number, share: number, ms: number, up: number): Reading => {
  const cpuUsec = usec(share, ms);
  return { tenantId, epoch: `${BOOT}/${run}`, sample: makeSample({ at: up, cpuUsec, ioReadBytes: cpuUsec, pids: 3 }) };
};

/** @param up milliseconds since it began */
export const lookAt = (
  up: number,
): { readonly now: number; readonly host: HostSample; readonly readings: Reading[] } => {
  const busyUsec = usec(STEADY.alice + STEADY.bob + RESTARTING + SYSTEM, up);
  const host = {
    at: up,
    upMs: up,
    busyUsec,
    idleUsec: usec(CPUS, up) - busyUsec,
    iowaitUsec: 0,
    stolenUsec: 0,
    memoryTotal: 4096,
    memoryAvailable: 2048,
    swapUsed: 0,
    memoryFullUsec: null,
    cpuSomeUsec: null,
    memorySomeUsec: null,
    ioSomeUsec: null,
  };
  const readings = [
    ...Object.entries(STEADY).map(([name, share]) => reading(name, 1, share, up, up)),
    reading('carol', Math.floor(up / RUN_MS), RESTARTING, up % RUN_MS, up),
  ];
  return { now: START + up, host, readings };
};

export const DISK: StateDisk = { used: 1, size: 2, inodesUsed: 3, inodes: 4 };

/** @param up milliseconds since it began */
export const totalsAt = (up: number): HostTotals => ({
  pids: 100,
  ioReadBytes: Math.floor(up * 512),
  ioWriteBytes: Math.floor(up * 1024),
  ioReadOps: Math.floor(up),
  ioWriteOps: Math.floor(up * 2),
  netRxBytes: Math.floor(up * 1500),
  netTxBytes: Math.floor(up * 64),
  oomKills: Math.floor(up / 5000),
});

/** The most that carol can have used: what she used unwatched before a restart is nobody's. */
export const mostOfCarol = (up: number): number => usec(RESTARTING, up);
