// Sizes, amounts of CPU and durations: text <-> numbers. Binary units, as in systemd.resource-control(5) and lxc.

import { problem } from './errors.ts';

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
export const TiB = 1024 * GiB;

const BINARY: Readonly<Record<string, number>> = { '': 1, B: 1, K: KiB, M: MiB, G: GiB, T: TiB, P: 1024 * TiB };
const DECIMAL: Readonly<Record<string, number>> = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, PB: 1e15 };

/**
 * Reads a size in bytes: `512M`, `1.5G`, `512MiB` are binary, `500MB` is decimal, a bare number is bytes.
 * @returns whole bytes
 * @throws Problem SIZE_INVALID naming the field
 */
export const parseBytes = (text: string | number, field: string): number => {
  const value = String(text).trim();
  const match = /^(\d{1,16}(?:\.\d{1,6})?|\.\d{1,6})\s*([A-Za-z]{0,3})$/.exec(value);
  if (!match) throw problem('SIZE_INVALID', { field, value, why: 'a number and a unit are expected' });
  const unit = (match[2] ?? '').toUpperCase();
  const factor = DECIMAL[unit] ?? BINARY[unit.replace(/IB$/, '')];
  if (factor === undefined) throw problem('SIZE_INVALID', { field, value, why: `unknown unit "${match[2]}"` });
  const bytes = Math.round(Number(match[1]) * factor);
  if (!Number.isSafeInteger(bytes)) throw problem('SIZE_INVALID', { field, value, why: 'it is too large' });
  return bytes;
};

/** Shortest exact-looking form: 512M, 1.5G, 0. Rounded to one decimal when not exact. */
export const formatBytes = (bytes: number): string => {
  const units: readonly [number, string][] = [
    [TiB, 'T'],
    [GiB, 'G'],
    [MiB, 'M'],
    [KiB, 'K'],
  ];
  for (const [size, unit] of units) {
    if (Math.abs(bytes) >= size) return `${Number((bytes / size).toFixed(bytes % size === 0 ? 0 : 1))}${unit}`;
  }
  return String(Math.round(bytes));
};

/**
 * Reads an amount of CPU: cores `1`, `0.5`; percent of one core `150%`; thousandths `500m`.
 * @returns thousandths of a core, at least 10 (cpu.max has a 1 ms floor of quota per 100 ms period: cgroup-v2.rst)
 * @throws Problem CPU_INVALID
 */
export const parseCpu = (text: string | number): number => {
  const value = String(text).trim();
  const match = /^(\d{1,6}(?:\.\d{1,4})?|\.\d{1,4})(%|m)?$/.exec(value);
  if (!match) throw problem('CPU_INVALID', { value, why: 'a number is expected' });
  const amount = Number(match[1]);
  const millis = Math.round(match[2] === '%' ? amount * 10 : match[2] === 'm' ? amount : amount * 1000);
  if (millis < 10) throw problem('CPU_INVALID', { value, why: 'the least is 0.01 of a core' });
  return millis;
};

/** 1500 -> "1.5". */
export const formatCpu = (millis: number): string => String(Number((millis / 1000).toFixed(3)));

const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 };

/**
 * Reads a duration such as `90s`, `1h30m`, `7d`.
 * @returns milliseconds
 * @throws Problem DURATION_INVALID
 */
export const parseDuration = (text: string): number => {
  const value = text.trim();
  if (!/^(\d{1,9}(ms|[smhdw]))+$/.test(value))
    throw problem('DURATION_INVALID', { value, why: 'a number and s, m, h or d are expected' });
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+)(ms|[smhdw])/g))
    total += Number(amount) * (DURATIONS[unit ?? ''] ?? 0);
  return total;
};

/** 5400000 -> "1h30m"; two units at most; "0s" for nothing. */
export const formatDuration = (ms: number): string => {
  let rest = Math.max(0, Math.round(ms / 1000));
  const parts: string[] = [];
  for (const [unit, size] of [
    ['d', 86400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0) parts.push(`${n}${unit}`);
  }
  return parts.slice(0, 2).join('') || '0s';
};

/**
 * Reads a CPU list as in cpuset.cpus (cgroup-v2.rst): `0`, `0-1,3`.
 * @returns sorted CPU numbers without repeats
 * @throws Problem CPUSET_INVALID
 */
export const parseCpuset = (text: string): number[] => {
  const value = text.trim();
  if (!/^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$/.test(value)) {
    throw problem('CPUSET_INVALID', { value, why: 'a list of CPU numbers is expected' });
  }
  const cpus = new Set<number>();
  for (const part of value.split(',')) {
    const [from = 0, to = from] = part.split('-').map(Number);
    if (to < from) throw problem('CPUSET_INVALID', { value, why: `the range ${part} runs backwards` });
    for (let cpu = from; cpu <= to; cpu++) cpus.add(cpu);
  }
  return [...cpus].sort((a, b) => a - b);
};

/** [0,1,3] -> "0-1,3", the kernel's own spelling. */
export const formatCpuset = (cpus: readonly number[]): string => {
  const runs: [number, number][] = [];
  for (const cpu of cpus) {
    const last = runs.at(-1);
    if (last && last[1] === cpu - 1) last[1] = cpu;
    else runs.push([cpu, cpu]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
};
