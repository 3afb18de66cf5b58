// The memory stall of a tenant where the kernel does not tell it: its tasks are looked at, if its counters give cause to.

import type { TenantConfig, TenantFrame } from '../domain/policy-types.ts';
import { isAtLimit, memoryLimitOf } from '../domain/score.ts';
import { estimateFull, hasRefaults } from '../domain/stall.ts';
import { isNewEpoch } from '../domain/usage.ts';
import type { Engine } from './engine.ts';
import { placeOf } from './observe.ts';

/** Of a tenant that stalls nearly the first task is busy; one that idles with more is not looked through. */
const MOST_TASKS = 256;

/** The frame with an estimate of `memoryFull` where PSI does not give it. */
export const withStall = (
  { config, ports, runtimes, scheduler }: Engine,
  name: string,
  own: TenantConfig | undefined,
  frame: TenantFrame,
): TenantFrame => {
  const { before, last: after } = runtimes.get(name);
  if (frame.memoryFull >= 0 || frame.up !== 'running' || !own || !before || !after) return frame;
  if (isNewEpoch(before, after)) return frame;
  const limit = memoryLimitOf(own, Object.hasOwn(scheduler.states, name) ? scheduler.states[name] : undefined);
  const isSuspect = hasRefaults(before, after) && isAtLimit(frame.memory, limit, scheduler.constants.score);
  const isBusy = isSuspect && ports.processes.isBusy(ports.cgroups.listPids(placeOf(config, name)), MOST_TASKS);
  return { ...frame, memoryFull: isBusy ? estimateFull(before, after) : 0 };
};
