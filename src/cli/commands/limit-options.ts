// The options that name limits, shared by add and set, and how they become a request.

import type { AddRequest } from '../../api/contract.ts';
import { LIMIT_FLAGS, type LimitName, parseLimits } from '../../domain/limits.ts';
import type { Input, OptionDef } from '../definition.ts';
import { textOption } from '../definition.ts';

export const LIMIT_OPTIONS: readonly OptionDef[] = [
  { long: 'cpu', value: 'CORES', summary: 'most CPU it may use: cores (1, 0.5), percent of one core (150%) or "max"' },
  { long: 'cpu-weight', value: 'N', summary: 'share when CPUs are scarce, 1 to 10000; 100 is normal' },
  { long: 'memory', value: 'SIZE', summary: 'most memory, for example 512M or 2G, or "max"' },
  { long: 'swap', value: 'SIZE', summary: 'most swap on top of memory; 0 for none' },
  { long: 'disk', value: 'SIZE', summary: 'size of its own disk, for example 5G' },
  { long: 'pids', value: 'N', summary: 'most processes and threads, or "max"' },
  { long: 'io-read', value: 'SIZE', summary: 'bytes read from the disk per second, for example 50M' },
  { long: 'io-write', value: 'SIZE', summary: 'bytes written to the disk per second, for example 50M' },
  { long: 'cpuset', value: 'LIST', summary: 'CPUs it may run on, for example 0 or 0-1,3' },
];

export const POLICY_OPTIONS: readonly OptionDef[] = [
  {
    long: 'restart-policy',
    value: 'WHEN',
    summary: 'start it again when its init ends: always, on-failure or never',
    choices: ['always', 'on-failure', 'never'],
  },
  { long: 'best-effort', summary: 'accept limits that this host cannot enforce, as wishes' },
  { long: 'overcommit', summary: 'accept more promises than the box can keep at once' },
];

type LimitsRequest = NonNullable<AddRequest['limits']>;

/**
 * Only what was typed; checked here as well, so that a mistake is told before a daemon is needed.
 * @throws Problem SIZE_INVALID, SIZE_RANGE, NUMBER_RANGE, CPU_INVALID, CPUSET_INVALID
 */
export const readLimits = (input: Input): LimitsRequest | undefined => {
  const limits: Partial<Record<LimitName, string>> = {};
  for (const [name, flag] of Object.entries(LIMIT_FLAGS) as [LimitName, string][]) {
    const value = textOption(input, flag);
    if (value !== undefined) limits[name] = value;
  }
  if (Object.keys(limits).length === 0) return undefined;
  parseLimits(limits);
  return limits;
};

type Policy = Pick<AddRequest, 'restart' | 'bestEffort' | 'overcommit'>;

export const readPolicy = (input: Input): Policy => {
  const restart = textOption(input, 'restart-policy') as Policy['restart'];
  return {
    ...(restart === undefined ? {} : { restart }),
    ...(input.options['best-effort'] === true ? { bestEffort: true } : {}),
    ...(input.options['overcommit'] === true ? { overcommit: true } : {}),
  };
};
