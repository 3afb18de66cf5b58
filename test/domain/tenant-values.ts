// A tenant as most tests want it; each names what differs.

import { DEFAULT_LIMITS, type Limits } from '../../src/domain/limits.ts';
import type { Tenant } from '../../src/domain/tenant.ts';
import type { Sample, Usage } from '../../src/domain/usage.ts';

export const makeTenant = (change: Partial<Omit<Tenant, 'limits'>> & { limits?: Partial<Limits> } = {}): Tenant => ({
  name: 'alice',
  id: '0123456789ab',
  slot: 0,
  template: 'minimal',
  base: { template: 'minimal', digest: 'aaaaaaaaaaaaaaaaaaaa' },
  desired: 'running',
  phase: 'ready',
  restart: 'on-failure',
  bestEffort: false,
  overcommit: false,
  plan: null,
  rules: {},
  createdAt: '2026-01-01T00:00:00.000Z',
  generation: 1,
  ...change,
  limits: { ...DEFAULT_LIMITS, ...change.limits },
});

export const makeSample = (change: Partial<Sample> = {}): Sample => ({
  at: 0,
  cpuUsec: 0,
  cpuUserUsec: 0,
  cpuSystemUsec: 0,
  periods: 0,
  throttled: 0,
  throttledUsec: 0,
  memory: 0,
  memoryCache: 0,
  swap: 0,
  memoryMaxHits: 0,
  oomKills: 0,
  pids: 1,
  forksRefused: 0,
  ioReadBytes: 0,
  ioWriteBytes: 0,
  ioReadOps: 0,
  ioWriteOps: 0,
  netRxBytes: null,
  netTxBytes: null,
  pressure: null,
  disk: null,
  ...change,
});

export const makeUsage = (change: Partial<Usage> = {}): Usage => ({
  seconds: 1,
  cpu: 0,
  throttledShare: 0,
  memory: 0,
  memoryCache: 0,
  swap: 0,
  pids: 1,
  ioReadBps: 0,
  ioWriteBps: 0,
  netRxBps: null,
  netTxBps: null,
  pressure: null,
  disk: null,
  oomKills: 0,
  memoryMaxHits: 0,
  forksRefused: 0,
  throttledPeriods: 0,
  ...change,
});
