// When the next tick is due: without drift, and without a burst of late ones after a pause. Pure.

export interface Beat {
  /** Number of the tick that is due next. */
  readonly tick: number;
  /** Milliseconds until then. */
  readonly waitMs: number;
  /** Ticks that were slept through. */
  readonly missed: number;
}

/**
 * Ticks lie at start + n * period for ever; a tick that is late by less than a period runs at once, whole missed periods
 * are counted and skipped.
 * @param lastTick number of the tick that ran last, -1 before the first
 */
export const planBeat = (start: number, period: number, lastTick: number, now: number): Beat => {
  const due = lastTick + 1;
  const current = Math.floor((now - start) / period);
  const tick = Math.max(due, current);
  return { tick, waitMs: Math.max(0, start + tick * period - now), missed: tick - due };
};
