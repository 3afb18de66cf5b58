// What the scheduler decided and did since the last batch, until the history has it.

import type { Act, HouseConfig, HouseFrame, PolicyState } from '../domain/policy-types.ts';
import type { Batch, Command, DecisionChunk, OfTenant, StoredState } from '../ports/history.ts';

/** How far back a replay may have to begin at most, milliseconds. */
const STATES_EVERY = 3_600_000;

/**
 * A minute of ticks, or as many changes by people as a script makes in a second: then they are written without waiting for
 * the batch. While the disk is full nothing leaves: they go, and a replay has a gap.
 */
const MOST_FRAMES = 60;
/** More than a day of a box whose scheduler acts once a minute. */
const MOST_ACTS = 2000;

interface Growing extends DecisionChunk {
  readonly commands: Command[];
  readonly frames: HouseFrame[];
}

export class Outbox {
  #chunks: Growing[] = [];
  #acts: OfTenant<Act>[] = [];
  #commands: Command[] = [];
  #states = new Map<string, StoredState>();
  /** When states were last put in front of a chunk; undefined = a replay has nothing to begin from. */
  #statesAt: number | undefined;
  readonly #write: () => void;

  /** @param write writes what waits and calls clear(); when it cannot, nothing happens */
  constructor(write: () => void = () => undefined) {
    this.#write = write;
  }

  /**
   * To be called before the frame is decided.
   * @param config the same object as long as nothing changed
   * @param states by name, as they are before this frame; asked for now and then
   */
  addFrame(config: HouseConfig, frame: HouseFrame, states: () => Readonly<Record<string, PolicyState>>): void {
    this.#makeRoom();
    const last = this.#chunks.at(-1);
    const needsStates = this.#statesAt === undefined || Math.abs(frame.at - this.#statesAt) >= STATES_EVERY;
    // what people did is in the states already
    const commands = needsStates ? [] : this.#commands;
    this.#commands = [];
    if (last && last.config === config && !needsStates) {
      last.commands.push(...commands.map((command) => ({ ...command, frame: last.frames.length })));
      last.frames.push(frame);
      return;
    }
    const numbered = commands.map((command) => ({ ...command, frame: 0 }));
    this.#chunks.push({ config, states: needsStates ? states() : null, commands: numbered, frames: [frame] });
    if (needsStates) this.#statesAt = frame.at;
  }

  /** All frames that are here are decided: their acts and states are, too. */
  #makeRoom(): void {
    const isFull = (): boolean => this.#chunks.reduce((sum, { frames }) => sum + frames.length, 0) >= MOST_FRAMES;
    if (!isFull()) return;
    this.#write();
    if (!isFull()) return;
    this.#chunks = [];
    this.#statesAt = undefined;
  }

  /** The states were replaced: what was decided from the former ones leads to none of what follows. */
  beginAnew(): void {
    this.#chunks = [];
    this.#states = new Map();
    this.#statesAt = undefined;
  }

  /** A state came from elsewhere than from the frames: a replay goes on from what is known before the next one. */
  needStates(): void {
    this.#statesAt = undefined;
  }

  /** What is to be written of a tenant; undefined = the history has it, or nobody. */
  stateOf(tenantId: string): StoredState | undefined {
    return this.#states.get(tenantId);
  }

  /** In force for the next frame. */
  addCommand(command: Command): void {
    this.#commands.push(command);
  }

  addAct(tenantId: string, act: Act): void {
    this.#acts.push({ tenantId, value: act });
    if (this.#acts.length > MOST_ACTS) this.#acts.shift();
  }

  setState(tenantId: string, state: StoredState): void {
    this.#states.set(tenantId, state);
  }

  forgetTenant(tenantId: string): void {
    this.#states.delete(tenantId);
    this.#acts = this.#acts.filter((act) => act.tenantId !== tenantId);
  }

  /** All that is waiting; it stays until clear(). */
  peek(): Pick<Batch, 'states' | 'decisions' | 'acts'> {
    return {
      states: [...this.#states].map(([tenantId, value]) => ({ tenantId, value })),
      decisions: this.#chunks,
      acts: this.#acts,
    };
  }

  /** What was last peeked at is written. */
  clear(): void {
    this.#chunks = [];
    this.#acts = [];
    this.#states = new Map();
  }
}
