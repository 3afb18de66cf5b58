// Each kind of rule value as people write it, and back. Readers say why they refuse; bounds are in rule-bounds.

import { Problem } from './errors.ts';
import type { BudgetPeriod, BudgetRule, CreditRule, TimeWindow } from './rules.ts';
import { formatCpu, GiB, KiB, MiB, parseBytes, parseCpu, parseDuration, TiB } from './units.ts';

/** A value, or why the text is none. */
export type Read<T> = { readonly value: T } | { readonly why: string };

const read = <T>(value: T): Read<T> => ({ value });
const refuse = (why: string): { readonly why: string } => ({ why });

/** The readers of units throw; here their reason is wanted, the key is added by the caller. */
const tryRead = <T>(reader: () => T): Read<T> => {
  try {
    return read(reader());
  } catch (error) {
    if (error instanceof Problem) return refuse(String(error.data['why']));
    throw error;
  }
};

/** `0.5`, `50%`, `500m`; thousandths of a core. */
export const readCpu = (text: string): Read<number> => tryRead(() => parseCpu(text));

/** `1/3`, `30%`, `0.3`, `auto`. */
export const readShare = (text: string): Read<number | null> => {
  if (text === 'auto') return read(null);
  const [, over, under, amount, percent] = /^(?:(\d{1,5})\/(\d{1,5})|(\d{1,3}(?:\.\d{1,20})?)(%)?)$/.exec(text) ?? [];
  if (over !== undefined) {
    return Number(under) > 0 ? read(Number(over) / Number(under)) : refuse('it divides by zero');
  }
  if (amount === undefined) return refuse('a fraction, a percentage, a number up to 1, or auto is expected');
  return read(percent ? Number(amount) / 100 : Number(amount));
};

/** The largest denominator tried: parts of a house of as many tenants. */
const MOST_DENOMINATOR = 1000;

/** The shortest spelling that reads back as exactly this share. */
export const writeShare = (share: number | null): string => {
  if (share === null) return 'auto';
  const isSame = (text: string): boolean => {
    const back = readShare(text);
    return 'value' in back && back.value === share;
  };
  const percent = `${Number((share * 100).toFixed(3))}%`;
  if (isSame(percent)) return percent;
  for (let under = 2; under <= MOST_DENOMINATOR; under++) {
    const fraction = `${Math.round(share * under)}/${under}`;
    if (isSame(fraction)) return fraction;
  }
  return String(share);
};

/** `baseline=0.5,burst=2`, `none`. */
export const readCredits = (text: string): Read<CreditRule | null> => {
  if (text === 'none') return read(null);
  const [, first, a = '', second, b = ''] =
    /^(baseline|burst)=([^,=]{1,20}),(baseline|burst)=([^,=]{1,20})$/.exec(text) ?? [];
  if (first === undefined || first === second) return refuse('baseline=CPU,burst=CPU or none is expected');
  return tryRead(() => {
    const [baseline, burst] = first === 'baseline' ? [a, b] : [b, a];
    return { baseline: parseCpu(baseline), burst: parseCpu(burst) };
  });
};

export const writeCredits = (rule: CreditRule | null): string =>
  rule === null ? 'none' : `baseline=${formatCpu(rule.baseline)},burst=${formatCpu(rule.burst)}`;

/** `AMOUNT/PERIOD`, `none`. */
const readBudget = (
  text: string,
  what: string,
  readAmount: (text: string) => number | undefined,
): Read<BudgetRule | null> => {
  if (text === 'none') return read(null);
  const [, amountText = '', period] = /^([^/]{1,40})\/(hour|day|week|month)$/.exec(text) ?? [];
  const expected = `${what}/PERIOD is expected, PERIOD being hour, day, week or month; or none`;
  if (period === undefined) return refuse(expected);
  const amount = tryRead(() => readAmount(amountText));
  if ('why' in amount) return amount;
  return amount.value === undefined ? refuse(expected) : read({ amount: amount.value, period: period as BudgetPeriod });
};

const writeBudget = (rule: BudgetRule | null, writeAmount: (amount: number) => string): string =>
  rule === null ? 'none' : `${writeAmount(rule.amount)}/${rule.period}`;

/** Hours of CPU, `40h/week`; microseconds. */
export const readCpuBudget = (text: string): Read<BudgetRule | null> =>
  readBudget(text, 'TIME', (amount) => parseDuration(amount) * 1000);

/** CPU is counted in hours: 40h, not 1d16h. */
const CPU_UNITS: readonly (readonly [string, number])[] = [
  ['h', 3_600_000_000],
  ['m', 60_000_000],
  ['s', 1_000_000],
  ['ms', 1000],
];

/** Exact down to a millisecond: `40h`, `16m40s`. */
export const writeCpuTime = (usec: number): string => {
  let rest = usec;
  const parts = CPU_UNITS.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? `${count}${unit}` : '';
  });
  return parts.join('') || '0h';
};

export const writeCpuBudget = (rule: BudgetRule | null): string => writeBudget(rule, writeCpuTime);

/** Bytes held for hours, `200GBh/month`; byte-seconds. */
export const readMemoryBudget = (text: string): Read<BudgetRule | null> =>
  readBudget(text, 'SIZEh', (amount) =>
    amount.endsWith('h') ? parseBytes(amount.slice(0, -1), 'budget-memory') * 3600 : undefined,
  );

export const writeMemoryBudget = (rule: BudgetRule | null): string =>
  writeBudget(rule, (amount) => {
    const size = writeBytes(Math.round(amount / 3600));
    return `${size}${/[KMGT]$/.test(size) ? 'iB' : /\d$/.test(size) ? 'B' : ''}h`;
  });

/** Bytes sent, `500G/month`. */
export const readEgressBudget = (text: string): Read<BudgetRule | null> =>
  readBudget(text, 'SIZE', (amount) => parseBytes(amount, 'budget-egress'));

export const writeEgressBudget = (rule: BudgetRule | null): string => writeBudget(rule, writeBytes);

const SIZES: readonly (readonly [string, number])[] = [
  ['T', TiB],
  ['TB', 1e12],
  ['G', GiB],
  ['GB', 1e9],
  ['M', MiB],
  ['MB', 1e6],
  ['K', KiB],
  ['KB', 1e3],
];

/** Exact, unlike formatBytes: the largest unit that divides. */
export const writeBytes = (bytes: number): string => {
  const [unit, size] = SIZES.find(([, candidate]) => bytes >= candidate && bytes % candidate === 0) ?? ['', 1];
  return `${bytes / size}${unit}`;
};

/** `gcc,cc1,clang`, `none`. */
export const readNames = (text: string): Read<readonly string[]> =>
  read(text === 'none' ? [] : [...new Set(text.split(',').map((name) => name.trim()))]);

export const writeNames = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(','));

/** `nights: * 22-23,0-5 * * * cpu=max share=50%; exam: …`, `none`. */
export const readWindows = (text: string): Read<readonly TimeWindow[]> => {
  if (text === 'none') return read([]);
  const windows: TimeWindow[] = [];
  for (const part of text.replace(/;\s*$/, '').split(';')) {
    const window = readWindow(part.trim());
    if ('why' in window) return window;
    windows.push(window.value);
  }
  return read(windows);
};

const readWindow = (text: string): Read<TimeWindow> => {
  const [, name, rest = ''] = /^([^\s:]{1,40})\s*:\s*(.*)$/s.exec(text) ?? [];
  if (name === undefined) return refuse('NAME: MINUTE HOUR DAY MONTH WEEKDAY cpu=CPU share=SHARE is expected');
  const words = rest.split(/\s+/);
  const settings = words.slice(5);
  const window: { cpu?: number | null; share?: number } = {};
  for (const setting of settings) {
    const why = readSetting(setting, window);
    if (why) return refuse(`window ${name}: ${why}`);
  }
  return read({ name, when: words.slice(0, 5).join(' '), ...window });
};

/** Adds what a word such as `cpu=max` says, or says why not. */
const readSetting = (text: string, window: { cpu?: number | null; share?: number }): string | undefined => {
  const [, key, value = ''] = /^(cpu|share)=(.{1,40})$/.exec(text) ?? [];
  if (key === undefined) return `after the five fields of time, cpu=CPU or share=SHARE is expected, not "${text}"`;
  if (key in window) return `${key} is there twice`;
  if (key === 'cpu') {
    const cpu = value === 'max' ? read(null) : readCpu(value);
    if ('why' in cpu) return cpu.why;
    window.cpu = cpu.value;
    return undefined;
  }
  const share = readShare(value);
  if ('why' in share) return share.why;
  if (share.value === null) return 'auto is what holds outside of windows';
  window.share = share.value;
  return undefined;
};

export const writeWindows = (windows: readonly TimeWindow[]): string =>
  windows.length === 0 ? 'none' : windows.map(writeWindow).join('; ');

const writeWindow = ({ name, when, cpu, share }: TimeWindow): string =>
  [
    `${name}:`,
    when,
    ...(cpu === undefined ? [] : [`cpu=${cpu === null ? 'max' : formatCpu(cpu)}`]),
    ...(share === undefined ? [] : [`share=${writeShare(share)}`]),
  ].join(' ');
