// Replays what was recorded through the decision: under the rules in force it gives exactly the recorded acts, under
// others what would have been.

import { Problem } from './errors.ts';
import { decideHouse } from './policy.ts';
import { applyCommand, forgetGone, type PolicyCommand, type States } from './policy-commands.ts';
import { DEFAULT_CONSTANTS, type PolicyConstants } from './policy-constants.ts';
import type { Act, HouseConfig, HouseFrame, PolicyState } from './policy-types.ts';

/** One entry of the recorded log, in the order in which the daemon saw it. */
export type LogEntry =
  | { readonly type: 'config'; readonly config: HouseConfig }
  | { readonly type: 'frame'; readonly frame: HouseFrame }
  | { readonly type: 'command'; readonly command: PolicyCommand };

/** A stretch of the log: from one start of the daemon, or one checkpoint, to the next. */
export interface LogChunk {
  /** What the scheduler remembered before the first entry; null = as the chunk before left it. */
  readonly states: States | null;
  /** In force before the first entry; absent = as the chunk before left it. */
  readonly config?: HouseConfig | undefined;
  readonly entries: readonly LogEntry[];
}

export interface ReplayOptions {
  readonly constants?: PolicyConstants;
  /** The rules to replay under instead of those that were in force; called for each recorded config. */
  readonly change?: (config: HouseConfig) => HouseConfig;
}

export interface Replay {
  readonly acts: readonly Act[];
  readonly ticks: number;
  /** Wall milliseconds of the earliest and the latest frame; null = there was none. */
  readonly from: number | null;
  readonly to: number | null;
  readonly states: States;
}

interface Progress {
  states: States;
  config: HouseConfig | null;
  readonly acts: Act[];
  ticks: number;
  from: number | null;
  to: number | null;
}

/** Gifts to oneself were once recorded, and moved nothing. */
const NOT_MOVED: readonly string[] = ['CREDITS_OFF', 'CREDITS_SHORT', 'CREDITS_SELF'];

/** A gift that cannot be made under other rules is not made; under the rules in force it was, or it is not in the log. */
const replayCommand = (progress: Progress, config: HouseConfig, command: PolicyCommand): void => {
  try {
    progress.states = applyCommand(progress.states, config, command).states;
  } catch (error) {
    if (!(error instanceof Problem && NOT_MOVED.includes(error.code))) throw error;
  }
};

const replayFrame = (progress: Progress, config: HouseConfig, frame: HouseFrame, constants: PolicyConstants): void => {
  const verdicts = decideHouse(frame, config, progress.states, constants);
  const states: Record<string, PolicyState> = { ...progress.states };
  for (const [name, { state, acts }] of Object.entries(verdicts)) {
    states[name] = state;
    progress.acts.push(...acts);
  }
  progress.states = states;
  progress.ticks += 1;
  progress.from = Math.min(progress.from ?? frame.at, frame.at);
  progress.to = Math.max(progress.to ?? frame.at, frame.at);
};

const replayEntry = (progress: Progress, entry: LogEntry, { constants, change }: ReplayOptions): void => {
  if (entry.type === 'config') {
    progress.config = change ? change(entry.config) : entry.config;
    progress.states = forgetGone(progress.states, entry.config);
    return;
  }
  const { config } = progress;
  if (!config) return;
  if (entry.type === 'command') replayCommand(progress, config, entry.command);
  else replayFrame(progress, config, entry.frame, constants ?? DEFAULT_CONSTANTS);
};

/**
 * Replays chunks in order. Under the rules in force each chunk begins with what was remembered then; under others only
 * the first does: what follows from other rules goes on from there.
 */
export const replay = (chunks: readonly LogChunk[], options: ReplayOptions = {}): Replay => {
  const progress: Progress = { states: {}, config: null, acts: [], ticks: 0, from: null, to: null };
  for (const { states, config, entries } of chunks) {
    if (states && (!options.change || progress.ticks === 0)) progress.states = states;
    if (config) replayEntry(progress, { type: 'config', config }, options);
    for (const entry of entries) replayEntry(progress, entry, options);
  }
  const { acts, ticks, from, to } = progress;
  return { acts, ticks, from, to, states: progress.states };
};

/** All of an act, in an order of its own: the record need not have kept that of the fields. */
const keyOf = (act: Act): string =>
  JSON.stringify(Object.entries({ ...act, figures: Object.entries(act.figures).sort() }).sort());

/** How many acts are in one of two lists only: 0 = the replay gave exactly what was recorded. */
export const countDifferences = (recorded: readonly Act[], replayed: readonly Act[]): number => {
  const left = new Map<string, number>();
  for (const act of recorded) left.set(keyOf(act), (left.get(keyOf(act)) ?? 0) + 1);
  let differences = 0;
  for (const act of replayed) {
    const key = keyOf(act);
    const count = left.get(key) ?? 0;
    if (count === 0) differences += 1;
    else left.set(key, count - 1);
  }
  for (const count of left.values()) differences += count;
  return differences;
};
