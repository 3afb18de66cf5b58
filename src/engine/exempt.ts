// CPU of processes that do not feed the score: read only for tenants whose rules name some, and that use CPU at all.

import { countExemptCpu, takeLook } from '../domain/exempt-cpu.ts';
import type { Engine } from './engine.ts';
import { placeOf } from './observe.ts';

/** A tenant may have many more; those beyond feed the score. */
const MOST_READ = 256;
/** Below this use (microseconds since the last tick) a score does not rise in any case. */
const LEAST_USEC = 10_000;

/** @returns microseconds since the last call, by processes whose comm is in the list and by what those waited for */
export const readExempt = (engine: Engine, name: string, exempt: readonly string[]): number => {
  const runtime = engine.runtimes.get(name);
  const used = (runtime.last?.cpuUsec ?? 0) - (runtime.before?.cpuUsec ?? 0);
  if (exempt.length === 0 || !runtime.sampler || used < LEAST_USEC) {
    runtime.exempt = null;
    return 0;
  }
  const { cgroups, processes } = engine.ports;
  const now = takeLook(processes.read(cgroups.listPids(placeOf(engine.config, name)), MOST_READ));
  const before = runtime.exempt;
  runtime.exempt = now;
  return before ? countExemptCpu(before, now, exempt) : 0;
};
