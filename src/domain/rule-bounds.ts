// Which values a rule may have. One place, for texts that people type and for the registry file.

import { readCron } from './cron.ts';
import type { BudgetRule, CreditRule, Mode, RuleKey, Rules, TimeWindow } from './rules.ts';

/** Shares below a thousandth would be the least weight the kernel knows: no share at all. */
export const LEAST_SHARE = 0.001;

/** cpu.max has a floor of 1 ms per 100 ms (cgroup-v2.rst). */
const LEAST_CPU = 10;

/** CONFIG_NR_CPUS of the largest kernels is 8192. */
const MOST_CPU = 8192 * 1000;

/** Windows of one tenant: as many as a person keeps in mind, and as bits of one number. */
const MOST_WINDOWS = 16;

/** Names in an exempt list. */
const MOST_EXEMPT = 64;

/** Byte-seconds of 1 PiB for an hour; up to there whole byte-hours survive the way to text and back. */
export const MOST_BYTE_SECONDS = 2 ** 50 * 3600;

const MODES: readonly Mode[] = ['off', 'watch', 'enforce'];
const PERIODS: readonly string[] = ['hour', 'day', 'week', 'month'];
const ENDS: readonly string[] = ['repeat', 'freeze', 'stop'];

type Why = string | undefined;

const whyNotMode = (mode: string): Why =>
  MODES.some((known) => known === mode) ? undefined : `${MODES.join(', ')} are the modes`;

const whyNotShare = (share: number): Why => {
  if (!(share >= LEAST_SHARE)) return `the least share is ${LEAST_SHARE * 100}%`;
  return share <= 1 ? undefined : 'it is more than the whole house';
};

const whyNotCpu = (cpu: number): Why => {
  if (!Number.isInteger(cpu)) return 'whole thousandths of a core are expected';
  if (cpu < LEAST_CPU) return `the least is ${LEAST_CPU / 1000} of a core`;
  return cpu <= MOST_CPU ? undefined : `the most is ${MOST_CPU / 1000} cores`;
};

const whyNotCredits = ({ baseline, burst }: CreditRule): Why => {
  const why = whyNotCpu(baseline) ?? whyNotCpu(burst);
  return why ?? (baseline > burst ? 'the baseline is above the burst' : undefined);
};

const whyNotBudget =
  (most: number, mostText: string) =>
  (rule: BudgetRule | null): Why => {
    if (rule === null) return undefined;
    if (!PERIODS.includes(rule.period)) return `${PERIODS.join(', ')} are the periods`;
    if (!(rule.amount > 0)) return 'a budget of nothing stops the tenant for good; use a limit, or: none';
    if (!Number.isInteger(rule.amount)) return 'a whole amount is expected';
    return rule.amount <= most ? undefined : `the most is ${mostText}`;
  };

/** comm of proc(5) has at most 15 bytes; a comma would end the name. */
const COMM = /^[\x21-\x2b\x2d-\x7e]{1,15}$/;

const whyNotExempt = (names: readonly string[]): Why => {
  if (names.includes('none')) return '"none" is no name';
  if (names.length > MOST_EXEMPT) return `${MOST_EXEMPT} names are the most`;
  if (!names.every((name) => COMM.test(name))) return 'names of processes have 1-15 visible ASCII characters';
  return new Set(names).size === names.length ? undefined : 'a name is there twice';
};

const whyNotWindow = ({ name, when, cpu, share }: TimeWindow): Why => {
  if (!/^[a-z0-9-]{1,20}$/.test(name)) return 'names of windows have 1-20 of a-z, 0-9 and "-"';
  const sets = readCron(when);
  if (typeof sets === 'string') return `window ${name}: ${sets}`;
  if (cpu === undefined && share === undefined) return `window ${name} sets neither cpu nor share`;
  const why = cpu === undefined || cpu === null ? undefined : whyNotCpu(cpu);
  const whyNot = why ?? (share === undefined ? undefined : whyNotShare(share));
  return whyNot === undefined ? undefined : `window ${name}: ${whyNot}`;
};

const whyNotWindows = (windows: readonly TimeWindow[]): Why => {
  if (windows.length > MOST_WINDOWS) return `${MOST_WINDOWS} windows are the most`;
  if (new Set(windows.map(({ name }) => name)).size < windows.length) return 'two windows have the same name';
  for (const window of windows) {
    const why = whyNotWindow(window);
    if (why) return why;
  }
  return undefined;
};

/** Why a value is not allowed for a key, or undefined when it is. Windows that contradict each other: findConflicts. */
export const WHY_NOT: { readonly [K in RuleKey]: (value: Rules[K]) => Why } = {
  share: (share) => (share === null ? undefined : whyNotShare(share)),
  shareMode: whyNotMode,
  credits: (rule) => (rule === null ? undefined : whyNotCredits(rule)),
  creditsMode: whyNotMode,
  budgetCpu: whyNotBudget(Number.MAX_SAFE_INTEGER, '2500000h'),
  budgetMemory: whyNotBudget(MOST_BYTE_SECONDS, '1024TiBh'),
  budgetEgress: whyNotBudget(Number.MAX_SAFE_INTEGER, '8191T'),
  budgetMode: whyNotMode,
  budgetFloor: whyNotCpu,
  scoreMode: whyNotMode,
  ladderEnd: (end) => (ENDS.includes(end) ? undefined : `${ENDS.join(', ')} are the ends`),
  exempt: whyNotExempt,
  guardMode: whyNotMode,
  windows: whyNotWindows,
  windowsMode: whyNotMode,
};
