// The `scheduler` section of config.yaml: other numbers for the score, the ladder and the guard. Pure.

import * as z from 'zod';
import { problem } from '../domain/errors.ts';
import { DEFAULT_CONSTANTS, type PolicyConstants } from '../domain/policy-constants.ts';
import { parseDuration } from '../domain/units.ts';

const duration = z.string().max(32);

export const schedulerSchema = z.strictObject({
  'credit-ramp': duration.optional(),
  'turn-pause': duration.optional(),
  'score-fill': duration.optional(),
  'score-empty': duration.optional(),
  'penalty-times': z.array(duration).length(3).optional(),
  'penalty-end': duration.optional(),
  'penalty-forget': duration.optional(),
  'guard-stall': duration.optional(),
  'guard-step': duration.optional(),
});

type SchedulerInput = z.infer<typeof schedulerSchema>;

/** Shorter is not a time but a mistake: a tick is one second. So is what nobody would live to see the end of. */
const LEAST_MS = 1000;
const MOST_MS = 366 * 86_400_000;

const read = (text: string | undefined, fallback: number): number => {
  if (text === undefined) return fallback;
  const ms = parseDuration(text);
  if (ms < LEAST_MS || ms > MOST_MS) throw problem('DURATION_INVALID', { value: text, why: 'from 1s to 366d here' });
  return ms;
};

/** @throws Problem DURATION_INVALID */
export const buildConstants = (input: SchedulerInput): PolicyConstants => {
  const { score, ladder, guard } = DEFAULT_CONSTANTS;
  const times = input['penalty-times'];
  return {
    ...DEFAULT_CONSTANTS,
    turnMs: read(input['turn-pause'], DEFAULT_CONSTANTS.turnMs),
    creditRampMs: read(input['credit-ramp'], DEFAULT_CONSTANTS.creditRampMs),
    score: {
      ...score,
      fillMs: read(input['score-fill'], score.fillMs),
      emptyMs: read(input['score-empty'], score.emptyMs),
    },
    ladder: {
      tiers: ladder.tiers.map((tier, i) => ({ ...tier, ms: read(times?.[i], tier.ms) })),
      endMs: read(input['penalty-end'], ladder.endMs),
      forgetMs: read(input['penalty-forget'], ladder.forgetMs),
    },
    guard: {
      ...guard,
      stallMs: read(input['guard-stall'], guard.stallMs),
      stepMs: read(input['guard-step'], guard.stepMs),
    },
  };
};
