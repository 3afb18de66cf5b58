// The walk down to a memory limit below the present use: reclaim, lower, look again; a blind write would kill at once.

import type { Limits } from '../domain/limits.ts';
import type { Tenant } from '../domain/tenant.ts';
import { formatBytes } from '../domain/units.ts';
import type { Engine } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { liveLimits } from './live-limits.ts';
import { placeOf } from './observe.ts';
import { recordEvent } from './reconcile.ts';
import type { Descent, Runtime } from './runtime.ts';

/** How long a tenant may take to give memory back before a limit that a person set is written all the same. */
const DESCENT_MS = 60_000;

/** By the last sample: page cache counts too, since it has to be reclaimed first. */
export const isBelowUse = (engine: Engine, tenant: Tenant): boolean => {
  const { last } = engine.runtimes.get(tenant.name);
  const { memory } = liveLimits(engine, tenant);
  return memory !== null && last !== null && last.memory + last.memoryCache > memory;
};

/**
 * What a person asked for is written in the end, where the kernel takes it; what a rule takes for a time kills nobody,
 * and is reached as memory is given back.
 */
const isForced = ({ ports }: Engine, { limits }: Tenant, target: number): boolean =>
  ports.cgroups.forcesMemory && target === limits.memory;

export const beginDescent = async (engine: Engine, tenant: Tenant, work: Pick<Work, 'by'>): Promise<void> => {
  const target = liveLimits(engine, tenant).memory;
  if (target === null) return;
  const runtime = engine.runtimes.get(tenant.name);
  runtime.descent = {
    target,
    deadline: engine.ports.clock.monotonic() + DESCENT_MS,
    current: runtime.last?.memory ?? target,
    running: false,
    told: false,
  };
  await walkDown(engine, tenant);
  if (!runtime.descent) return;
  const how = isForced(engine, tenant, target)
    ? `for at most ${DESCENT_MS / 1000} s`
    : 'as far as memory is given back';
  recordEvent(engine.ports, work, {
    type: 'memory-descent',
    tenant: tenant.name,
    text: `${tenant.name} uses more than its new memory limit of ${formatBytes(target)}: it is lowered step by step ${how}`,
    data: { target, current: runtime.descent.current },
  });
};

/** The rules want another limit while a walk is under way: it goes on to that one, and its time does not begin anew. */
export const redirectDescent = (engine: Engine, tenant: Tenant): void => {
  const runtime = engine.runtimes.get(tenant.name);
  const { memory } = liveLimits(engine, tenant);
  if (!runtime.descent || runtime.descent.target === memory) return;
  if (memory !== null && isBelowUse(engine, tenant)) runtime.descent.target = memory;
  else runtime.descent = null;
};

const tellNotReached = ({ ports }: Engine, { name }: Tenant, { target, current }: Descent): void =>
  recordEvent(
    ports,
    { by: 'daemon' },
    {
      type: 'memory-not-reached',
      tenant: name,
      text: `${name} gave too little memory back in ${DESCENT_MS / 1000} s: its limit of ${formatBytes(target)} is not reached, ${formatBytes(current)} is in force; it is lowered as memory is given back`,
      data: { target, current },
    },
  );

/** One step; called by each tick until the target is in force. */
export const walkDown = async (engine: Engine, tenant: Tenant): Promise<void> => {
  const runtime = engine.runtimes.get(tenant.name);
  const { descent } = runtime;
  if (!descent || descent.running) return;
  descent.running = true;
  const place = placeOf(engine.config, tenant.name);
  try {
    const late = engine.ports.clock.monotonic() > descent.deadline;
    const own = tenant.limits.memory;
    // a rule may want less than the person's limit: that one is still due at the deadline
    const force = late && own !== null && descent.current > own && isForced(engine, tenant, own);
    descent.current = await engine.ports.cgroups.lowerMemory(place, force ? own : descent.target, { force });
    // v1 refuses a limit below what cannot be reclaimed (EBUSY): the walk goes on
    if (descent.current > descent.target) {
      if (late && !descent.told) tellNotReached(engine, tenant, descent);
      descent.told = late;
      return;
    }
    await engine.ports.cgroups.apply(place, liveLimits(engine, tenant));
    if (runtime.descent === descent) runtime.descent = null;
  } finally {
    descent.running = false;
  }
};

/** The limits that are in force while a walk down is under way. */
export const limitsInForce = (tenant: Tenant, runtime: Runtime): Limits =>
  runtime.descent ? { ...tenant.limits, memory: runtime.descent.current } : tenant.limits;
