// The walk down to a memory limit below the present use: reclaim, lower, look again; a blind write would kill at once.

import type { Limits } from '../domain/limits.ts';
import type { Tenant } from '../domain/tenant.ts';
import { formatBytes } from '../domain/units.ts';
import type { Engine } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { liveLimits } from './live-limits.ts';
import { placeOf } from './observe.ts';
import { recordEvent } from './reconcile.ts';
import type { Runtime } from './runtime.ts';

/** How long a tenant may take to give memory back before the limit is written all the same. */
const DESCENT_MS = 60_000;

/** By the last sample: page cache counts too, since it has to be reclaimed first. */
export const isBelowUse = (engine: Engine, tenant: Tenant): boolean => {
  const { last } = engine.runtimes.get(tenant.name);
  const { memory } = liveLimits(engine, tenant);
  return memory !== null && last !== null && last.memory + last.memoryCache > memory;
};

export const beginDescent = async (engine: Engine, tenant: Tenant, work: Pick<Work, 'by'>): Promise<void> => {
  const target = liveLimits(engine, tenant).memory;
  if (target === null) return;
  const runtime = engine.runtimes.get(tenant.name);
  runtime.descent = {
    target,
    deadline: engine.ports.clock.monotonic() + DESCENT_MS,
    current: runtime.last?.memory ?? target,
    running: false,
  };
  await walkDown(engine, tenant);
  if (!runtime.descent) return;
  recordEvent(engine.ports, work, {
    type: 'memory-descent',
    tenant: tenant.name,
    text: `${tenant.name} uses more than its new memory limit of ${formatBytes(target)}: it is lowered step by step for at most ${DESCENT_MS / 1000} s`,
    data: { target, current: runtime.descent.current },
  });
};

/** One step; called by each tick until the target is in force. */
export const walkDown = async (engine: Engine, tenant: Tenant): Promise<void> => {
  const runtime = engine.runtimes.get(tenant.name);
  const { descent } = runtime;
  if (!descent || descent.running) return;
  descent.running = true;
  const place = placeOf(engine.config, tenant.name);
  try {
    const late = engine.ports.clock.monotonic() > descent.deadline;
    descent.current = await engine.ports.cgroups.lowerMemory(place, descent.target, { force: late });
    // v1 refuses a limit below what cannot be reclaimed (EBUSY), forced or not: the walk goes on
    if (descent.current > descent.target) return;
    await engine.ports.cgroups.apply(place, liveLimits(engine, tenant));
    runtime.descent = null;
  } finally {
    descent.running = false;
  }
};

/** The limits that are in force while a walk down is under way. */
export const limitsInForce = (tenant: Tenant, runtime: Runtime): Limits =>
  runtime.descent ? { ...tenant.limits, memory: runtime.descent.current } : tenant.limits;
