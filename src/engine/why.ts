// `why`: what holds a tenant back now, or held it back at a time.

import { problem } from '../domain/errors.ts';
import { explainWhy } from '../domain/why.ts';
import type { WhyCause } from '../domain/why-losses.ts';
import type { WhyInput } from '../domain/why-view.ts';
import { writeDecisions } from './decision-log.ts';
import type { Engine } from './engine.ts';
import { readMoment } from './replay-log.ts';
import { decideNow } from './scheduler.ts';

export interface Explained {
  readonly name: string;
  readonly at: string;
  readonly cause: WhyCause;
  readonly neighbour: string | null;
  readonly sentence: string;
  readonly figures: readonly { readonly name: string; readonly value: string }[];
}

const lookNow = (engine: Engine, name: string): WhyInput | undefined => {
  const { scheduler, ports } = engine;
  if (scheduler.decidedFor !== ports.registry.current) decideNow(engine);
  const { config, recent, shares } = scheduler;
  const verdict = scheduler.verdicts[name];
  if (!config || !verdict || recent.length === 0) return undefined;
  return { name, frames: recent, config, shares, verdict, constants: scheduler.constants };
};

/**
 * @param at wall milliseconds, null = now
 * @throws Problem NOT_MEASURED when nothing is known of that time
 */
export const explainTenant = async (engine: Engine, name: string, at: number | null): Promise<Explained> => {
  const moment = at ?? engine.ports.clock.now();
  if (at !== null) writeDecisions(engine);
  const input = at === null ? lookNow(engine, name) : await readMoment(engine, name, at);
  const iso = new Date(moment).toISOString();
  if (!input) throw problem('NOT_MEASURED', { name, at: iso });
  return { name, at: iso, ...explainWhy(input) };
};
