// The stored log of decisions as a replay takes it, a chunk at a time: weeks of it need no memory.

import { decideHouse, sharesAt } from '../domain/policy.ts';
import type { PolicyCommand, States } from '../domain/policy-commands.ts';
import type { PolicyConstants } from '../domain/policy-constants.ts';
import type { HouseConfig, HouseFrame } from '../domain/policy-types.ts';
import { type LogChunk, type LogEntry, replay } from '../domain/replay.ts';
import type { WhyInput } from '../domain/why-view.ts';
import type { Clock } from '../ports/clock.ts';
import type { Command, DecisionChunk } from '../ports/history.ts';
import type { Engine } from './engine.ts';

const toCommand = ({ kind, tenant, data }: Command): PolicyCommand => {
  const amount = Number(data['amount'] ?? 0);
  if (kind === 'give') return { do: 'give', from: String(data['from']), tenant, amount };
  return kind === 'grant' ? { do: 'grant', tenant, amount } : { do: 'pardon', tenant };
};

/** By place, not by time: the clock may be set back between two frames. */
const isDue = (command: Command, frame: HouseFrame, place: number): boolean =>
  command.frame === undefined ? command.at <= frame.at : command.frame <= place;

/** Commands stand in front of the frame from which on they are in force. */
export const toLogChunk = ({ config, states, commands, frames }: DecisionChunk): LogChunk => {
  const waiting = [...commands];
  const entries = frames.flatMap((frame, place): LogEntry[] => {
    const due = waiting.filter((command) => isDue(command, frame, place));
    waiting.splice(0, due.length);
    return [...due.map((one) => ({ type: 'command', command: toCommand(one) }) as const), { type: 'frame', frame }];
  });
  return { states, config, entries };
};

/** A replay is work of the daemon: it stops for the tick, and for whoever asks, this often. */
const SLICE_MS = 20;

/** @returns to be awaited between two pieces of work */
export const createSlices = (clock: Clock, signal?: AbortSignal): (() => Promise<void>) => {
  let end = clock.monotonic() + SLICE_MS;
  return async () => {
    if (clock.monotonic() < end) return;
    await clock.sleep(1, signal);
    end = clock.monotonic() + SLICE_MS;
  };
};

/** Seconds around a moment that `why` looks at. */
const LOOK_MS = 10_000;

interface Look {
  states: States;
  /** The frame looked at, and what was remembered before it. */
  last: { readonly frame: HouseFrame; readonly config: HouseConfig; readonly before: States } | undefined;
  readonly recent: HouseFrame[];
}

/** Takes in a chunk, entry by entry, up to the moment. */
const lookAt = (look: Look, chunk: DecisionChunk, at: number, constants: PolicyConstants): void => {
  const { config } = chunk;
  look.states = chunk.states ?? look.states;
  for (const entry of toLogChunk(chunk).entries) {
    const frame = entry.type === 'frame' ? entry.frame : null;
    if (frame && frame.at > at) return;
    if (frame) look.last = { frame, config, before: look.states };
    look.states = replay([{ states: look.states, config, entries: [entry] }], { constants }).states;
    if (frame && frame.dt > 0 && frame.at > at - LOOK_MS) look.recent.push(frame);
  }
};

/** What is needed to say why, as it was at a moment; undefined when nothing was measured then. */
export const readMoment = async (engine: Engine, name: string, at: number): Promise<WhyInput | undefined> => {
  const { constants } = engine.scheduler;
  const slice = createSlices(engine.ports.clock);
  const look: Look = { states: {}, last: undefined, recent: [] };
  for (const chunk of engine.ports.history.readDecisions(at - LOOK_MS, at + 1)) {
    lookAt(look, chunk, at, constants);
    await slice();
  }
  const { last, recent } = look;
  if (!last || recent.length === 0) return undefined;
  const { frame, config, before } = last;
  const verdict = decideHouse(frame, config, before, constants)[name];
  if (!verdict) return undefined;
  return { name, frames: recent, config, shares: sharesAt(config, frame.at), verdict, constants };
};
