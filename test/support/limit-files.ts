// The kernel's files behind a tenant's limits, on v1 and v2, in the units of domain/limits; for reading and for drift.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Limit = 'cpu' | 'cpuWeight' | 'memory' | 'pids';

const ROOT = '/sys/fs/cgroup';
export const isV2 = (): boolean => existsSync(join(ROOT, 'cgroup.controllers'));

const V1: Readonly<Record<Limit, string>> = {
  cpu: 'cpu.cfs_quota_us',
  cpuWeight: 'cpu.shares',
  memory: 'memory.limit_in_bytes',
  pids: 'pids.max',
};
const V2: Readonly<Record<Limit, string>> = {
  cpu: 'cpu.max',
  cpuWeight: 'cpu.weight',
  memory: 'memory.max',
  pids: 'pids.max',
};

/** @param group relative to the hierarchy's root */
export const limitFile = (group: string, limit: Limit): string => {
  const file = (isV2() ? V2 : V1)[limit];
  return isV2() ? join(ROOT, group, file) : join(ROOT, file.slice(0, file.indexOf('.')), group, file);
};

/** As the kernel has it: thousandths of a core, bytes, a count; a weight as v1 shares or v2 weight; null for none. */
export const readLimit = (group: string, limit: Limit): number | null => {
  const [word = ''] = readFileSync(limitFile(group, limit), 'utf8').trim().split(' ');
  if (word === 'max' || word === '-1') return null;
  return limit === 'cpu' ? Number(word) / 100 : Number(word);
};

/** Somebody else writes the kernel's file. */
export const writeLimit = (group: string, limit: Limit, value: number): void => {
  const text = limit === 'cpu' ? value * 100 : value;
  writeFileSync(limitFile(group, limit), limit === 'cpu' && isV2() ? `${text} 100000` : String(text));
};

/** CPU time of a group so far, in microseconds, by the kernel's own count. */
export const readCpuUsec = (group: string): number => {
  if (!isV2()) return Number(readFileSync(join(ROOT, 'cpuacct', group, 'cpuacct.usage'), 'utf8')) / 1000;
  const text = readFileSync(join(ROOT, group, 'cpu.stat'), 'utf8');
  return Number(/^usage_usec (\d+)$/m.exec(text)?.[1]);
};

/** Memory charged to a group now, bytes, page cache included. */
export const readMemory = (group: string): number => {
  const path = isV2() ? join(ROOT, group, 'memory.current') : join(ROOT, 'memory', group, 'memory.usage_in_bytes');
  return Number(readFileSync(path, 'utf8'));
};

/**
 * Lets the house go before whatever else runs on the machine: what is measured between tenants is then theirs.
 * @param house relative to the hierarchy's root
 * @returns what makes it as it was
 */
export const favourHouse = (house: string): (() => void) => {
  const path = limitFile(house, 'cpuWeight');
  const before = readFileSync(path, 'utf8').trim();
  writeFileSync(path, isV2() ? '10000' : '262144'); // the most: cgroup-v2.rst; MAX_SHARES of kernel/sched
  return () => writeFileSync(path, before);
};
