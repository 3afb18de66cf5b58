// The daemon's heart: a tick a second, with slower chores on some of them.

import type { Engine } from '../engine/engine.ts';
import type { Work } from '../engine/engine-ports.ts';
import { keepLinks } from '../engine/links.ts';
import { recordEvent } from '../engine/reconcile.ts';
import { runTick } from '../engine/tick.ts';
import { planBeat } from './beat.ts';

export const TICK_MS = 1000;
/** A flushed table or a deleted link is back within this many ticks; the look costs one nft process. */
const RULES_EVERY = 10;

/** Runs until the signal; resolves when the last begun repair has ended. */
export const runLoop = async (engine: Engine, work: Work): Promise<void> => {
  const { clock, log } = engine.ports;
  const start = clock.monotonic();
  const begun = new Set<Promise<unknown>>();
  let last = -1;
  while (!work.signal.aborted) {
    const beat = planBeat(start, TICK_MS, last, clock.monotonic());
    if (beat.missed > 0) log.warn('ticks were missed', { missed: beat.missed });
    await clock.sleep(beat.waitMs, work.signal).catch(() => undefined);
    if (work.signal.aborted) break;
    last = beat.tick;
    for (const promise of tick(engine, beat.tick, work)) track(begun, promise);
  }
  await Promise.all(begun);
};

const track = (begun: Set<Promise<unknown>>, promise: Promise<unknown>): void => {
  begun.add(promise);
  promise.finally(() => begun.delete(promise));
};

const tick = (engine: Engine, number: number, work: Work): Promise<unknown>[] => {
  try {
    const repairs = runTick(engine, number, work);
    return number % RULES_EVERY === 0 ? [...repairs, keepNetwork(engine, work)] : repairs;
  } catch (error) {
    engine.ports.log.error('a tick failed', { error: String(error) });
    return [];
  }
};

const keepNetwork = async (engine: Engine, work: Work): Promise<void> => {
  await keepRules(engine, work);
  await keepLinks(engine, work).catch((error: unknown) =>
    engine.ports.log.error('the links could not be checked', { error: String(error) }),
  );
};

/** Somebody may flush the host's rules (a firewall reload does): tenants must not reach each other meanwhile. */
const keepRules = async (engine: Engine, work: Work): Promise<void> => {
  const { network, log } = engine.ports;
  try {
    if (await network.checkIsolation()) return;
    await network.ensureIsolation();
    recordEvent(engine.ports, work, {
      type: 'rules-repaired',
      tenant: null,
      text: 'the isolation rules were gone and are written again',
      data: {},
    });
  } catch (error) {
    log.error('the isolation rules could not be checked', { error: String(error) });
  }
};
