// Configurations, frames, states and acts of the scheduler as most tests of storage want them.

import type { Act, HouseConfig, HouseFrame, PolicyState, TenantFrame } from '../../src/domain/policy-types.ts';
import { DEFAULT_RULES } from '../../src/domain/rules.ts';

export const makeConfig = (cpu: number | null = null): HouseConfig => ({
  house: { cpu: 1800, memory: 2 ** 31 },
  cpus: 2,
  zone: 'Europe/Berlin',
  tenants: { alice: { rules: DEFAULT_RULES, cpu, cpuWeight: 100, memory: null } },
});

export const makeTenantFrame = (change: Partial<TenantFrame> = {}): TenantFrame => ({
  up: 'running',
  cpuUsec: 0,
  exemptUsec: 0,
  throttled: 0,
  memory: 0,
  memoryCache: 0,
  cpuPressure: -1,
  memoryPressure: -1,
  memoryFull: -1,
  ioPressure: -1,
  memoryMaxHits: 0,
  oomKills: 0,
  ioBytes: 0,
  egressBytes: 0,
  ...change,
});

export const makeFrame = (at: number, change: Partial<HouseFrame> = {}): HouseFrame => ({
  at,
  dt: 1000,
  hostCpuUsec: 0,
  memoryAvailable: 2 ** 31,
  memoryTotal: 2 ** 32,
  hostMemoryFull: -1,
  tenants: { alice: makeTenantFrame() },
  ...change,
});

export const makeState = (credits: number): PolicyState => ({
  credits,
  budgets: {},
  score: { cpu: 0, memory: 0, io: 0 },
  occurrences: 0,
  forgetAt: null,
  penalty: null,
  guard: { stalledSince: null, stage: 'calm', stageAt: null, kills: 0 },
  decided: { caps: {}, memoryCaps: {}, weight: 100, lastAct: {} },
});

export const makeAct = (at: number, change: Partial<Act> = {}): Act => ({
  at,
  tenant: 'alice',
  rule: 'credits',
  kind: 'lower',
  mode: 'enforce',
  resource: 'cpu',
  from: 2000,
  to: 500,
  until: null,
  cause: 'its credits are spent',
  figures: { credits: 0 },
  ...change,
});
