// What a year of one tenant leaves in the history: rows, decisions, acts and incidents of a lively one.

import { HOST_ZERO } from '../../src/domain/accounting.ts';
import type { Batch, History } from '../../src/ports/history.ts';
import { makeHostRow, makeRow } from '../domain/usage-rows.ts';
import { makeAct, makeConfig, makeFrame, makeState, makeTenantFrame } from '../store/decision-values.ts';

const DAY_MS = 86_400_000;
export const YEAR_END = Date.parse('2027-01-01T00:00:00Z');
const ID = '0123456789ab';

/** Numbers that look like chance and are the same each time (Numerical Recipes' generator). */
const createNoise = (): ((most: number) => number) => {
  let state = 1;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
};

/** Stretches of the year by how long a batch stands for: what is older than a row is kept for is not worth more of them. */
const STRETCHES = [
  { days: 365, batchMs: 3_600_000, frames: false },
  { days: 31, batchMs: 60_000, frames: false },
  { days: 8, batchMs: 10_000, frames: true },
] as const;

const makeBatch = (at: number, ms: number, noise: (most: number) => number, frames: boolean): Batch => {
  const seconds = ms / 1000;
  const count = (perSecond: number): number => noise(perSecond * seconds * 2);
  const row = makeRow({
    ms,
    cpuUsec: count(700_000),
    cpuUserUsec: count(500_000),
    cpuSystemUsec: count(200_000),
    throttledUsec: count(100_000),
    periods: 10 * seconds,
    throttled: count(3),
    ioReadBytes: count(1_000_000),
    ioWriteBytes: count(500_000),
    ioReadOps: count(100),
    ioWriteOps: count(50),
    netRxBytes: count(2_000_000),
    netTxBytes: count(300_000),
    cpuSomeUsec: count(200_000),
    memorySomeUsec: count(1000),
    memoryFullUsec: count(500),
    ioSomeUsec: count(50_000),
    ioFullUsec: count(20_000),
    memory: 2 ** 29 + noise(2 ** 28),
    memoryCache: 2 ** 28 + noise(2 ** 27),
    memoryPeak: 2 ** 29 + noise(2 ** 29),
    pidsMilli: 40_000 + noise(20_000),
    pidsPeak: 60 + noise(20),
    cpuPeak: noise(2000),
    swap: noise(2 ** 20) * 4096,
    diskUsed: 2 ** 32 + noise(2 ** 30),
    diskSize: 2 ** 33,
    inodesUsed: 100_000 + noise(1000),
    inodes: 524_288,
  });
  const isRare = noise(2000) < Math.min(2000, seconds / 3);
  return {
    at,
    rows: [{ tenantId: ID, value: row }],
    host: makeHostRow({
      ms,
      tenantsUsec: count(700_000),
      systemUsec: count(50_000),
      idleUsec: count(1_000_000),
      ioReadBytes: count(4_000_000),
      ioWriteBytes: count(2_000_000),
      ioReadOps: count(200),
      ioWriteOps: count(100),
      netRxBytes: count(5_000_000),
      netTxBytes: count(1_000_000),
      oomKills: noise(2),
      pidsPeak: 200 + noise(100),
      inodesUsed: 400_000 + noise(1000),
      inodes: 6_553_600,
    }),
    counters: [],
    hostCounters: {
      boot: 'b',
      up: 0,
      counters: { ...HOST_ZERO, busyUsec: 0, idleUsec: 0, iowaitUsec: 0, stolenUsec: 0 },
    },
    states: [{ tenantId: ID, value: makeState(noise(1e9)) }],
    decisions: frames
      ? [
          {
            config: CONFIG,
            states: at % 3_600_000 === 0 ? { alice: makeState(1) } : null,
            commands: [],
            frames: makeFrames(at, noise),
          },
        ]
      : [],
    acts: isRare
      ? [{ tenantId: ID, value: makeAct(at, { figures: { credits: 0.5, used: noise(1e6), baseline: 500 } }) }]
      : [],
  };
};

const CONFIG = makeConfig();

const makeFrames = (at: number, noise: (most: number) => number) =>
  Array.from({ length: 10 }, (_, i) =>
    makeFrame(at + i * 1000 + noise(5), {
      dt: 998 + noise(5),
      hostCpuUsec: 700_000 + noise(300_000),
      memoryAvailable: 2 ** 31 + noise(2 ** 14) * 4096,
      hostMemoryFull: noise(3),
      tenants: {
        alice: makeTenantFrame({
          cpuUsec: 500_000 + noise(400_000),
          throttled: noise(300),
          memory: 2 ** 29 + noise(2 ** 12) * 4096,
          memoryCache: 2 ** 28 + noise(2 ** 10) * 4096,
          cpuPressure: noise(300),
          memoryPressure: noise(5),
          memoryFull: 0,
          ioPressure: noise(50),
          ioBytes: noise(500) * 4096,
          egressBytes: noise(500_000),
        }),
      },
    }),
  );

const openIncidents = (history: History, at: number): void => {
  const id = history.openIncident({
    tenantId: ID,
    tenant: 'alice',
    kind: 'cpu-throttled',
    openedAt: at,
    lastAt: at,
    count: 3,
    summary: 'alice was throttled in 40 % of its periods for 30 s',
    action: 'none was needed',
    outcome: '',
    evidence: {
      processes: Array.from({ length: 8 }, (_, i) => ({
        name: `worker-${i}`,
        pid: 4000 + i,
        cpuUsec: 1e6,
        memoryDelta: 1e6,
        memory: 2 ** 24,
      })),
      pressure: { cpu: 0.4, memory: 0, io: 0.01 },
      neighbours: Array.from({ length: 5 }, (_, i) => ({ name: `neighbour-${i}`, cpu: 300, memory: 2 ** 28 })),
      figures: { throttled: 40, limit: 500 },
    },
  });
  history.closeIncident(id, at + 300_000, 'it ended by itself');
};

/**
 * Writes it by the port's own means, pruned as it goes.
 * @param part of the days of each stretch and of the times rows are kept for; 1 = the whole year
 * @returns batches written
 */
export const writeTenantYear = (history: History, part: number): number => {
  const noise = createNoise();
  let batches = 0;
  for (const [i, { days, batchMs, frames }] of STRETCHES.entries()) {
    const from = YEAR_END - Math.round(days * part) * DAY_MS;
    const until = YEAR_END - Math.round((STRETCHES[i + 1]?.days ?? 0) * part) * DAY_MS;
    for (let at = from; at < until; at += batchMs) {
      history.writeBatch(makeBatch(at, batchMs, noise, frames));
      history.prune(at);
      batches += 1;
      // five a day
      if (at % (DAY_MS / 5) === 0) openIncidents(history, at);
    }
  }
  return batches;
};
