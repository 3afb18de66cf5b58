// What the kernel should hold for a tenant now: its own limits, less what the rules take away for the moment.

import type { Limits, LiveLimits } from '../domain/limits.ts';
import type { Effective } from '../domain/policy-types.ts';
import type { DesiredState, Tenant } from '../domain/tenant.ts';
import { findTenant } from './reconcile.ts';
import { type Deciding, decideNow } from './scheduler.ts';

/** A value that the caller changed for a step in between stands; what is as recorded follows the rules. */
const mergeLimits = (limits: Limits, recorded: Limits, effective: Effective): LiveLimits => ({
  ...limits,
  cpu: limits.cpu === recorded.cpu ? effective.cpu : limits.cpu,
  cpuWeight: limits.cpuWeight === recorded.cpuWeight ? effective.cpuWeight : limits.cpuWeight,
  memory: limits.memory === recorded.memory ? effective.memory : limits.memory,
  memoryLow: effective.memoryLow,
});

const effectiveOf = (engine: Deciding, name: string): Effective | undefined => {
  // a change of the registry changes shares and caps of everybody: decided anew before it is looked at
  if (engine.scheduler.decidedFor !== engine.ports.registry.current) decideNow(engine);
  return engine.scheduler.verdicts[name]?.effective;
};

export const liveLimits = (engine: Deciding, tenant: Tenant): LiveLimits => {
  const effective = effectiveOf(engine, tenant.name);
  const recorded = findTenant(engine.ports, tenant.name);
  return effective && recorded ? mergeLimits(tenant.limits, recorded.limits, effective) : tenant.limits;
};

const HELD: { readonly [K in Effective['hold']]: (desired: DesiredState) => DesiredState } = {
  none: (desired) => desired,
  frozen: (desired) => (desired === 'running' ? 'frozen' : desired),
  stopped: () => 'stopped',
};

/** A penalty that freezes or stops it now. */
export const holdOf = (
  engine: Deciding,
  name: string,
): { readonly hold: 'frozen' | 'stopped'; readonly until: number | null } | undefined => {
  const hold = effectiveOf(engine, name)?.hold ?? 'none';
  if (hold === 'none') return undefined;
  return { hold, until: engine.scheduler.verdicts[name]?.state.penalty?.until ?? null };
};

/** The tenant as it should be now: a penalty may hold it frozen or stopped; its recorded desired state stays. */
export const holdTenant = (engine: Deciding, tenant: Tenant): Tenant => {
  const effective = effectiveOf(engine, tenant.name);
  const desired = effective ? HELD[effective.hold](tenant.desired) : tenant.desired;
  return desired === tenant.desired ? tenant : { ...tenant, desired };
};
