// Writes what was decided and on what: in batches, and at once when something was done, so that a replay finds it all.

import { toProblem } from '../domain/errors.ts';
import type { Act, PolicyState } from '../domain/policy-types.ts';
import type { Command, DecisionChunk, OfTenant } from '../ports/history.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { Deciding, Logged } from './scheduler.ts';

/** A kill loses no more than this of the scores, and of what a replay is fed with; acts are written at once. */
const BATCH_MS = 10_000;
/** A replay begins at a snapshot of all states: at most so much before what it is asked for. */
const SNAPSHOT_MS = 3_600_000;

interface Logging extends Deciding {
  readonly ports: Deciding['ports'] & Pick<EnginePorts, 'history' | 'log'>;
}

export class DecisionLog {
  #acts: Act[] = [];
  #commands: Command[] = [];
  /** Monotonic milliseconds. */
  #writtenAt = Number.NEGATIVE_INFINITY;
  #snapshotAt = Number.NEGATIVE_INFINITY;

  note(command: Command): void {
    this.#commands.push(command);
  }

  /** Once a tick, with the acts of it. */
  tick(engine: Logging, acts: readonly Act[]): void {
    this.#acts.push(...acts);
    const now = engine.ports.clock.monotonic();
    if (this.#acts.length === 0 && now - this.#writtenAt < BATCH_MS) return;
    this.write(engine);
  }

  /** What fails to be written is written with the next batch. */
  write(engine: Logging): void {
    const { ports, scheduler } = engine;
    const now = ports.clock.monotonic();
    const logged = scheduler.log;
    const chunks = buildChunks(logged, this.#commands, now - this.#snapshotAt >= SNAPSHOT_MS);
    try {
      ports.history.writePolicy({
        states: statesOf(engine),
        decisions: chunks,
        acts: this.#acts.flatMap((act) => ofTenant(engine, act.tenant, act)),
      });
    } catch (error) {
      ports.log.error('decisions could not be written', { error: toProblem(error).message });
      this.#writtenAt = now; // the next try is a batch away, not a tick
      return;
    }
    if (chunks[0]?.states) this.#snapshotAt = now;
    this.#writtenAt = now;
    this.#acts = [];
    this.#commands = [];
    scheduler.log = [];
  }
}

const ofTenant = <T>({ scheduler }: Deciding, name: string, value: T): OfTenant<T>[] => {
  const tenantId = scheduler.ids[name];
  return tenantId === undefined ? [] : [{ tenantId, value }];
};

const statesOf = (engine: Deciding): OfTenant<PolicyState>[] =>
  Object.entries(engine.scheduler.states).flatMap(([name, state]) => ofTenant(engine, name, state));

/** Consecutive frames under one configuration; the first chunk brings the states it began with where a snapshot is due. */
const buildChunks = (logged: readonly Logged[], commands: readonly Command[], snapshot: boolean): DecisionChunk[] => {
  const chunks: { config: Logged['config']; states: Logged['before']; frames: Logged['frame'][] }[] = [];
  for (const { frame, config, before } of logged) {
    const last = chunks.at(-1);
    if (last?.config === config) last.frames.push(frame);
    else chunks.push({ config, states: chunks.length === 0 && snapshot ? before : null, frames: [frame] });
  }
  return chunks.map((chunk, index) => ({ ...chunk, commands: index === 0 ? commands : [] }));
};
