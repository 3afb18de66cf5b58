// The rules a tenant lives by: their keys, their values, their defaults. Times in milliseconds, CPU in thousandths of a core.

/** `watch` records what `enforce` would have done, and does nothing. */
export type Mode = 'off' | 'watch' | 'enforce';

/** A bank of CPU: 1 credit = 1 vCPU-minute (the arithmetic of AWS T instances). */
export interface CreditRule {
  /** Thousandths of a core earned all the time. */
  readonly baseline: number;
  /** Thousandths of a core allowed while there are credits. */
  readonly burst: number;
}

export type BudgetPeriod = 'hour' | 'day' | 'week' | 'month';

/** So much per calendar period in the box's time zone. */
export interface BudgetRule {
  /** cpu: microseconds of CPU; memory: byte-seconds; egress: bytes. */
  readonly amount: number;
  readonly period: BudgetPeriod;
}

/** Minutes in which a share or a cap differs. */
export interface TimeWindow {
  /** a-z, 0-9 and "-". */
  readonly name: string;
  /** Five fields as in crontab(5); a minute is inside when all five match (also both day fields). */
  readonly when: string;
  /** Thousandths of a core, null = no cap; absent = as outside the window. */
  readonly cpu?: number | null | undefined;
  /** Part of the house, 0..1; absent = as outside. */
  readonly share?: number | undefined;
}

/** What follows when the last tier of penalties was served and it happens again. */
export type LadderEnd = 'repeat' | 'freeze' | 'stop';

export interface Rules {
  /** Part of the house, 0..1; null = an equal part of what the shares of others leave. */
  readonly share: number | null;
  readonly shareMode: Mode;
  readonly credits: CreditRule | null;
  readonly creditsMode: Mode;
  readonly budgetCpu: BudgetRule | null;
  readonly budgetMemory: BudgetRule | null;
  readonly budgetEgress: BudgetRule | null;
  readonly budgetMode: Mode;
  /** Where the ramp of a spent budget ends: thousandths of a core. */
  readonly budgetFloor: number;
  readonly scoreMode: Mode;
  readonly ladderEnd: LadderEnd;
  /** Names of processes (comm, proc(5)) whose CPU does not feed the score. */
  readonly exempt: readonly string[];
  readonly guardMode: Mode;
  readonly windows: readonly TimeWindow[];
  readonly windowsMode: Mode;
}

export type RuleKey = keyof Rules;

/** Keys that a plan or a tenant sets; the others come from the layer below. */
export type RuleSet = { readonly [K in RuleKey]?: Rules[K] | undefined };

export interface Plan {
  readonly name: string;
  readonly rules: RuleSet;
}

/** Where an effective value came from. */
export type RuleOrigin = 'default' | 'plan' | 'tenant';

/** Shares and the guard act from the start; the score only tells until somebody switches it on. */
export const DEFAULT_RULES: Rules = {
  share: null,
  shareMode: 'enforce',
  credits: null,
  creditsMode: 'enforce',
  budgetCpu: null,
  budgetMemory: null,
  budgetEgress: null,
  budgetMode: 'enforce',
  budgetFloor: 50, // a shell and a log-in stay usable
  scoreMode: 'watch',
  ladderEnd: 'repeat',
  exempt: [],
  guardMode: 'enforce',
  windows: [],
  windowsMode: 'enforce',
};

/** Keys whose values differ; what one does not set is told apart from what it sets to the default. */
export const diffRules = (a: RuleSet, b: RuleSet): RuleKey[] => {
  const keys = Object.keys(DEFAULT_RULES) as RuleKey[];
  return keys.filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));
};
