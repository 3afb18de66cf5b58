// Anything that can happen to a house of two: loads, rules, windows, changes by people, steps of the clock, ticks of any length.

import fc from 'fast-check';
import type { TenantFrame } from '../../src/domain/policy-types.ts';
import type { Mode, Rules, TimeWindow } from '../../src/domain/rules.ts';
import { GiB, MiB } from '../../src/domain/units.ts';
import { CORE, type TenantSpec } from './policy-values.ts';

type SecondOfTenant = Omit<TenantFrame, 'memoryCache' | 'oomKills'>;

/** One second of a tenant; a longer tick has as much of each second. */
const anyFrame: fc.Arbitrary<SecondOfTenant> = fc.record({
  cpuUsec: fc.integer({ min: 0, max: 2 * CORE }),
  exemptUsec: fc.constantFrom(0, 0, CORE),
  throttled: fc.constantFrom(0, 500),
  memory: fc.integer({ min: 0, max: 3 * GiB }),
  cpuPressure: fc.constantFrom(-1, 0, 500, 1000),
  memoryPressure: fc.constantFrom(-1, 0, 700),
  memoryFull: fc.constantFrom(-1, 0, 800),
  ioPressure: fc.constantFrom(-1, 0, 600),
  memoryMaxHits: fc.constantFrom(0, 500),
  ioBytes: fc.integer({ min: 0, max: 100 * MiB }),
  egressBytes: fc.integer({ min: 0, max: MiB }),
  up: fc.constantFrom<TenantFrame['up']>('running', 'running', 'running', 'frozen', 'stopped'),
});

/** What is counted in an interval of this length; levels and pressures stay as they are. */
export const inInterval = (frame: SecondOfTenant, dt: number): SecondOfTenant => {
  const of = (perSecond: number): number => Math.round((perSecond * dt) / 1000);
  const { cpuUsec, exemptUsec, memoryMaxHits, ioBytes, egressBytes } = frame;
  return {
    ...frame,
    cpuUsec: of(cpuUsec),
    exemptUsec: of(exemptUsec),
    memoryMaxHits: of(memoryMaxHits),
    ioBytes: of(ioBytes),
    egressBytes: of(egressBytes),
  };
};

const anyMode = fc.constantFrom<Mode>('off', 'watch', 'enforce', 'enforce');

/** Two in one list never say different things in one minute, and no two tenants' shares are above the whole. */
const anyWindows = fc.constantFrom<readonly TimeWindow[]>(
  [],
  [{ name: 'always', when: '* * * * *', cpu: 400, share: 0.3 }],
  [{ name: 'odd', when: '1-59/2 * * * *', cpu: 300, share: 0.45 }],
  [
    { name: 'even', when: '*/2 * * * *', cpu: null },
    { name: 'odd', when: '1-59/2 * * * *', cpu: 250 },
  ],
  [{ name: 'night', when: '* 0-1,22-23 * * *', cpu: 1500, share: 0.2 }],
);

const anyRules: fc.Arbitrary<Partial<Rules>> = fc.record({
  share: fc.constantFrom(null, null, 0.1, 0.5),
  shareMode: anyMode,
  scoreMode: anyMode,
  creditsMode: anyMode,
  budgetMode: anyMode,
  guardMode: anyMode,
  windowsMode: anyMode,
  ladderEnd: fc.constantFrom('repeat', 'freeze', 'stop'),
  credits: fc.constantFrom(null, { baseline: 200, burst: 1500 }, { baseline: 500, burst: 501 }),
  budgetCpu: fc.constantFrom(
    null,
    { amount: 2000 * CORE, period: 'day' as const },
    { amount: 300 * CORE, period: 'hour' as const },
  ),
  budgetMemory: fc.constantFrom(null, { amount: 2000 * GiB, period: 'day' as const }),
  budgetFloor: fc.constantFrom(10, 50, 200, 1000),
  windows: anyWindows,
});

/** A tenant as people set it. */
export const anySpec: fc.Arbitrary<TenantSpec> = fc.record({
  cpu: fc.constantFrom(null, 700, 100),
  memory: fc.constantFrom(null, GiB, 2 * GiB),
  rules: anyRules,
});

const SECOND = 1000;
const HOUR = 3_600_000;

/** A stretch of time in which the same goes on; it begins with what people and the clock did. */
export const anyStretch = fc.record({
  alice: anyFrame,
  bob: anyFrame,
  ticks: fc.integer({ min: 1, max: 200 }),
  /** Milliseconds; 0 is a decision between two ticks. */
  dt: fc.constantFrom(SECOND, SECOND, SECOND, SECOND, 0, 100, 2500, 15 * SECOND, 300 * SECOND),
  clock: fc.constantFrom(0, 0, 0, 0, -400, -30 * SECOND, 30 * SECOND, -2 * HOUR, 2 * HOUR, -24 * HOUR, 24 * HOUR),
  change: fc.option(fc.record({ alice: fc.option(anySpec), bob: fc.option(anySpec) }), { freq: 1 }),
  /** Credits that alice is given. */
  grant: fc.constantFrom(0, 0, 0, 0, 1, 30),
});
