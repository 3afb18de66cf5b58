// The first decision of a daemon: what tenants used while no daemon watched is charged to them, before anything else is decided.

import { toProblem } from '../domain/errors.ts';
import { believe, type Engine } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { sampleTenant } from './sampling.ts';
import { decideFrame } from './schedule.ts';

/**
 * What an earlier daemon remembered, when the history comes back under a daemon that had to begin without: a penalty is
 * not escaped by a full disk. What was used meanwhile stays uncharged.
 */
export const takeBack = ({ ports, scheduler, incidents }: Engine): void => {
  scheduler.takeBack(ports.history.readStates());
  incidents.takeBack();
};

/**
 * To be called once, before healing: a decision in between would find the time that passed gone.
 * What it decides is recorded and done with the first tick. A tenant that cannot be looked at is looked at by the healing.
 */
export const resume = async (engine: Engine, work: Work): Promise<void> => {
  const { ports, scheduler, runtimes } = engine;
  try {
    const running = await ports.containers.listRunning();
    for (const tenant of ports.registry.current.tenants) {
      if (tenant.phase !== 'ready' || !running.has(tenant.name)) continue;
      believe(engine, tenant, true);
      sampleTenant(engine, tenant, work);
    }
    scheduler.pending = [...decideFrame(engine)];
    // a penalty that stops may end before the first tick, and nobody else would remember that it held
    for (const [name, { effective }] of Object.entries(scheduler.verdicts))
      runtimes.get(name).heldStopped = effective.hold === 'stopped';
    // of a time that nobody watched nothing can be said
    scheduler.recent = [];
  } catch (error) {
    ports.log.error('what passed while no daemon ran could not be charged', { error: toProblem(error).message });
  }
};
