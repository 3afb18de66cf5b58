// CPU of processes that do not feed the score: read only for tenants whose rules name some, and that use CPU at all.

import type { ProcessReading } from '../ports/processes.ts';
import type { Engine } from './engine.ts';
import { placeOf } from './observe.ts';

/** A tenant may have many more; those beyond feed the score. */
const MOST_READ = 256;
/** Below this use (microseconds since the last tick) a score does not rise in any case. */
const LEAST_USEC = 10_000;

const key = ({ pid, startTicks }: ProcessReading): string => `${pid}/${startTicks}`;

/** @returns microseconds since the last call, by processes whose comm is in the list */
export const readExempt = (engine: Engine, name: string, exempt: readonly string[]): number => {
  const runtime = engine.runtimes.get(name);
  const used = (runtime.last?.cpuUsec ?? 0) - (runtime.before?.cpuUsec ?? 0);
  if (exempt.length === 0 || !runtime.sampler || used < LEAST_USEC) {
    runtime.exempt = null;
    return 0;
  }
  const { cgroups, processes } = engine.ports;
  const read = processes.read(cgroups.listPids(placeOf(engine.config, name)), MOST_READ);
  const now = new Map(read.filter((one) => exempt.includes(one.name)).map((one) => [key(one), one.cpuUsec]));
  const before = runtime.exempt;
  runtime.exempt = now;
  if (!before) return 0;
  let total = 0;
  for (const [id, cpuUsec] of now) total += cpuUsec - (before.get(id) ?? 0);
  return Math.max(0, total);
};
