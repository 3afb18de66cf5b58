// Frames, rules and configs for tests of the scheduler's decision: a house of two cores and 4 GiB without surprises.

import type {
  HouseConfig,
  HouseFrame,
  PolicyState,
  TenantConfig,
  TenantFrame,
  Verdict,
} from '../../src/domain/policy-types.ts';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.ts';
import { GiB } from '../../src/domain/units.ts';

/** A second of a whole core. */
export const CORE = 1_000_000;

/** 2026-03-02 00:00 UTC, a Monday. */
export const START = Date.UTC(2026, 2, 2);

export const makeTenantFrame = (over: Partial<TenantFrame> = {}): TenantFrame => ({
  up: 'running',
  cpuUsec: 0,
  exemptUsec: 0,
  throttled: 0,
  memory: 0,
  memoryCache: 0,
  cpuPressure: 0,
  memoryPressure: 0,
  memoryFull: 0,
  ioPressure: 0,
  memoryMaxHits: 0,
  oomKills: 0,
  ioBytes: 0,
  egressBytes: 0,
  ...over,
});

export const makeFrame = (
  tenants: Readonly<Record<string, Partial<TenantFrame>>>,
  over: Partial<Omit<HouseFrame, 'tenants'>> = {},
): HouseFrame => ({
  at: START,
  dt: 1000,
  hostCpuUsec: 0,
  memoryAvailable: 3 * GiB,
  memoryTotal: 4 * GiB,
  hostMemoryFull: 0,
  ...over,
  tenants: Object.fromEntries(Object.entries(tenants).map(([name, frame]) => [name, makeTenantFrame(frame)])),
});

export interface TenantSpec extends Partial<Omit<TenantConfig, 'rules'>> {
  readonly rules?: Partial<Rules>;
}

export const makeConfig = (
  tenants: Readonly<Record<string, TenantSpec>>,
  over: Partial<Omit<HouseConfig, 'tenants'>> = {},
): HouseConfig => ({
  house: { cpu: 2000, memory: 4 * GiB },
  cpus: 2,
  zone: 'UTC',
  ...over,
  tenants: Object.fromEntries(
    Object.entries(tenants).map(([name, { rules, ...config }]) => [
      name,
      { cpu: null, cpuWeight: 100, memory: null, ...config, rules: { ...DEFAULT_RULES, ...rules } },
    ]),
  ),
});

export const statesOf = (verdicts: Readonly<Record<string, Verdict>>): Record<string, PolicyState> =>
  Object.fromEntries(Object.entries(verdicts).map(([name, { state }]) => [name, state]));
