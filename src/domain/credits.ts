// The bank of CPU credits: what is earned and spent, what cap follows from the balance, who gives to whom.
// The arithmetic is that of AWS T instances in standard mode: 1 credit = 1 vCPU for 1 minute, earned at the baseline,
// at most 24 hours of earnings, nothing to start with (EC2 user guide, "Key concepts for burstable instances").

import { problem } from './errors.ts';
import type { CreditRule } from './rules.ts';

/** Microseconds of vCPU in one credit. */
export const CREDIT_USEC = 60_000_000;

/** The least that may be typed: a thousandth of a credit. */
const LEAST_USEC = CREDIT_USEC / 1000;

/** A balance for the eye, in credits: rounded down, so that what is shown is there. */
export const shownCredits = (credits: number): number => Math.floor(credits * 10) / 10;

/** A bank holds what is earned in this time. */
const ACCRUAL_MS = 24 * 3_600_000;

/** Below what lasts this long at full burst the cap falls with the balance: "gradually", not in one step. */
export const RAMP_MS = 5 * 60_000;

/** The cap moves in steps of 5 % of what lies between baseline and burst, so that few writes reach the kernel. */
const STEPS = 20;

/** Thousandths of a core for a millisecond = microseconds of CPU. */
const usecOf = (millis: number, ms: number): number => millis * ms;

/** The most a bank can hold, microseconds of vCPU. */
export const mostCredits = ({ baseline }: CreditRule): number => usecOf(baseline, ACCRUAL_MS);

/** Credits earned in an hour, as people count them. */
export const creditsPerHour = ({ baseline }: CreditRule): number => usecOf(baseline, 3_600_000) / CREDIT_USEC;

/**
 * The balance after an interval. Earned and spent at once, so that use at the baseline leaves it as it is; never
 * below zero: what a cap let through too much is not owed.
 * @param balance microseconds of vCPU; null = the bank was opened just now, empty
 */
export const advanceCredits = (balance: number | null, rule: CreditRule, usedUsec: number, dtMs: number): number =>
  Math.min(mostCredits(rule), Math.max(0, (balance ?? 0) + usecOf(rule.baseline, dtMs) - usedUsec));

/**
 * The cap that follows from a balance: the burst while it lasts longer than the ramp, then falling in step with the
 * balance, the baseline at zero. It falls at once and rises only when the balance is a whole step further, so that a
 * load around the edge of a step moves nothing.
 * @param previousCap what this function said last; undefined = nothing yet
 * @param rampMs how long the last credits would last at full burst when the cap begins to fall
 * @returns thousandths of a core
 */
export const capOfCredits = (
  balance: number,
  rule: CreditRule,
  previousCap: number | undefined,
  rampMs = RAMP_MS,
): number => {
  const span = rule.burst - rule.baseline;
  if (span <= 0) return rule.burst;
  const steps = Math.min(STEPS, span); // a step is a thousandth of a core at least
  const reached = (balance / usecOf(span, rampMs)) * steps;
  const previous = previousCap === undefined ? steps : Math.round(((previousCap - rule.baseline) / span) * steps);
  const step = Math.max(Math.floor(reached - 1), Math.min(Math.floor(reached), previous));
  return rule.baseline + Math.round((span * Math.min(steps, Math.max(0, step))) / steps);
};

/**
 * When the bank is empty if the tenant goes on like this.
 * @param usageMillis thousandths of a core
 * @returns wall milliseconds; null = never, the balance does not fall
 */
export const forecastEmpty = (balance: number, rule: CreditRule, usageMillis: number, now: number): number | null => {
  const net = Math.min(usageMillis, rule.burst) - rule.baseline;
  return net > 0 ? now + Math.round(balance / net) : null;
};

/** A tenant's bank as `give` and `grant` see it. */
export interface Bank {
  readonly name: string;
  /** Microseconds of vCPU; null = not opened yet. */
  readonly balance: number | null;
  /** null = no credit rule. */
  readonly rule: CreditRule | null;
}

const ruleOf = ({ name, rule }: Bank): CreditRule => {
  if (!rule) throw problem('CREDITS_OFF', { name });
  return rule;
};

/**
 * New credits from the box, as many as the bank can hold.
 * @returns the balance after, and what was added
 * @throws Problem CREDITS_OFF
 */
export const grantCredits = (bank: Bank, amount: number): { readonly balance: number; readonly moved: number } => {
  const before = bank.balance ?? 0;
  const moved = Math.max(0, Math.min(amount, mostCredits(ruleOf(bank)) - before));
  return { balance: before + moved, moved };
};

/**
 * Moves credits from one bank to another; what the other cannot hold stays where it is, so that none is lost.
 * @returns both balances after, and what was moved
 * @throws Problem CREDITS_SELF, CREDITS_OFF, CREDITS_SHORT when the giver has less than that
 */
export const giveCredits = (
  giver: Bank,
  receiver: Bank,
  amount: number,
): { readonly giver: number; readonly receiver: number; readonly moved: number } => {
  if (giver.name === receiver.name) throw problem('CREDITS_SELF', { name: giver.name });
  ruleOf(giver);
  const has = giver.balance ?? 0;
  if (has < amount) {
    // so that what it has may be typed, and is less than what was asked for also where both are rounded
    const [low, high] = [Math.floor(has / LEAST_USEC), Math.ceil(amount / LEAST_USEC)];
    throw problem('CREDITS_SHORT', { name: giver.name, has: low / 1000, asked: high / 1000 });
  }
  const { balance, moved } = grantCredits(receiver, amount);
  return { giver: has - moved, receiver: balance, moved };
};
