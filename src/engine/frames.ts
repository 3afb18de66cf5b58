// From two samples of a tenant to what the scheduler decides on: whole numbers, deltas, per mille. Pure.

import type { Charge } from '../domain/charge.ts';
import type { TenantFrame } from '../domain/policy-types.ts';
import { isNewEpoch, type Pressure, type Sample } from '../domain/usage.ts';

/** What a tick that is no tick of its own (a change between two of them) sees of a tenant. */
export const idleFrame = (up: TenantFrame['up'], last: Sample | null): TenantFrame => ({
  up,
  cpuUsec: 0,
  exemptUsec: 0,
  throttled: 0,
  memory: last?.memory ?? 0,
  memoryCache: last?.memoryCache ?? 0,
  cpuPressure: last?.pressure ? 0 : -1,
  memoryPressure: last?.pressure ? 0 : -1,
  memoryFull: last?.pressure ? 0 : -1,
  ioPressure: last?.pressure ? 0 : -1,
  memoryMaxHits: 0,
  oomKills: 0,
  ioBytes: 0,
  egressBytes: 0,
});

const grown = (before: number, after: number): number => Math.max(0, Math.round(after - before));

const perMille = (before: number, after: number, ms: number): number =>
  Math.min(1000, Math.round(grown(before, after) / ms));

const pressures = (
  before: Pressure | null,
  after: Pressure | null,
  ms: number,
): Pick<TenantFrame, 'cpuPressure' | 'memoryPressure' | 'memoryFull' | 'ioPressure'> => {
  if (!before || !after) return { cpuPressure: -1, memoryPressure: -1, memoryFull: -1, ioPressure: -1 };
  return {
    cpuPressure: perMille(before.cpuSomeUsec, after.cpuSomeUsec, ms),
    memoryPressure: perMille(before.memorySomeUsec, after.memorySomeUsec, ms),
    memoryFull: perMille(before.memoryFullUsec, after.memoryFullUsec, ms),
    ioPressure: perMille(before.ioSomeUsec, after.ioSomeUsec, ms),
  };
};

const NOTHING: Charge = { cpuUsec: 0, egressBytes: 0 };

/**
 * @param charge what was used since the last decision; it may be more than lies between the two samples
 * @param exemptUsec CPU of processes whose names the tenant's rules exempt
 */
export const buildTenantFrame = (
  up: TenantFrame['up'],
  { before, after }: { readonly before: Sample | null; readonly after: Sample | null },
  charge: Charge = NOTHING,
  exemptUsec = 0,
): TenantFrame => {
  const exempt = Math.min(charge.cpuUsec, Math.round(exemptUsec));
  const counted = { ...idleFrame(up, after), ...charge, exemptUsec: exempt };
  if (!before || !after || isNewEpoch(before, after)) return counted;
  const ms = after.at - before.at;
  const periods = after.periods - before.periods;
  return {
    ...counted,
    throttled:
      periods > 0 ? Math.min(1000, Math.round((grown(before.throttled, after.throttled) * 1000) / periods)) : 0,
    ...pressures(before.pressure, after.pressure, ms),
    memoryMaxHits: grown(before.memoryMaxHits, after.memoryMaxHits),
    oomKills: grown(before.oomKills, after.oomKills),
    ioBytes: grown(before.ioReadBytes + before.ioWriteBytes, after.ioReadBytes + after.ioWriteBytes),
  };
};
