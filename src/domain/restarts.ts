// When a tenant that died is started again. Pure: deaths and clock in, a verdict out.

import type { RestartPolicy } from './tenant.ts';

/** At most so many tries in a minute (the rule Incus users know: boot.autorestart). */
export const MAX_TRIES = 10;
const TRIES_WINDOW_MS = 60_000;
/** First pause; doubles with each death inside the window. */
const FIRST_PAUSE_MS = 250;
/**
 * The ten pauses take 16 s of the window. What is left, 4 s for each start and death, is enough on a slow machine
 * (with 5 s and 33 s it was not in user-mode-linux beside other work): else a crash at once would never be the last.
 */
const LONGEST_PAUSE_MS = 2_000;

export interface Death {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly orderly: boolean;
}

export type RestartVerdict =
  | { readonly act: 'restart'; readonly inMs: number; readonly attempt: number }
  | { readonly act: 'stay-down'; readonly why: string }
  | { readonly act: 'give-up'; readonly why: string };

/**
 * @param deaths all deaths so far, oldest first, the present one last
 * @param now monotonic milliseconds
 */
export const decideRestart = (policy: RestartPolicy, deaths: readonly Death[], now: number): RestartVerdict => {
  const last = deaths.at(-1);
  if (!last || policy === 'never') return { act: 'stay-down', why: 'its restart policy is never' };
  if (policy === 'on-failure' && last.orderly) return { act: 'stay-down', why: 'it powered itself off' };
  const recent = deaths.filter((death) => now - death.at < TRIES_WINDOW_MS).length;
  if (recent > MAX_TRIES) return { act: 'give-up', why: `it died ${recent} times within a minute` };
  const inMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (recent - 1));
  return { act: 'restart', inMs, attempt: recent };
};
