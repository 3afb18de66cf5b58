// The house: what all tenants together may use, and whether what was promised to each still fits.

import { problem } from './errors.ts';
import type { Tenant } from './tenant.ts';
import { formatBytes, formatCpu, MiB } from './units.ts';

/** Ceiling over all tenants together. */
export interface HouseCap {
  /** Thousandths of a core. */
  readonly cpu: number;
  readonly memory: number;
}

export interface Reserve {
  /** Share of the host's CPU kept for the host itself, 0..1. */
  readonly cpuShare: number;
  readonly memory: number;
}

/** 5 % of CPU and 256 MiB: enough for sshd, the daemon and an admin's shell when every tenant is at its worst. */
export const DEFAULT_RESERVE: Reserve = { cpuShare: 0.05, memory: 256 * MiB };

/** A host smaller than this share of memory left for tenants is not worth sharing. */
const LEAST_HOUSE_MEMORY = 64 * MiB;

export const buildHouse = (host: { readonly cpus: number; readonly memory: number }, reserve: Reserve): HouseCap => ({
  cpu: Math.max(10, Math.floor(host.cpus * 1000 * (1 - reserve.cpuShare))),
  memory: Math.max(LEAST_HOUSE_MEMORY, host.memory - reserve.memory),
});

/** What a tenant was promised: its cpu, memory and disk limits; a limit it does not have promises nothing. */
const promised = (tenants: readonly Tenant[], pick: (tenant: Tenant) => number | null): number =>
  tenants.reduce((sum, tenant) => sum + (pick(tenant) ?? 0), 0);

/**
 * Refuses a tenant whose promises do not fit beside those of the others.
 * @param before the tenant as it was: what does not grow is not asked again, so that lowering is always possible
 * @throws Problem OVERCOMMIT (unless the tenant accepts sharing), HOST_TOO_SMALL for what the host does not have at all
 */
export const checkHouse = (
  tenant: Tenant,
  others: readonly Tenant[],
  house: HouseCap,
  host: { readonly cpus: number; readonly memory: number; readonly diskSpace: number },
  before?: Tenant,
): void => {
  const { cpu, memory } = tenant.limits;
  if (cpu !== null && cpu > host.cpus * 1000) {
    throw problem('HOST_TOO_SMALL', {
      resource: 'cpu',
      asked: formatCpu(cpu),
      has: host.cpus,
      example: formatCpu(house.cpu),
    });
  }
  if (memory !== null && memory > host.memory) {
    throw problem('HOST_TOO_SMALL', {
      resource: 'memory',
      asked: formatBytes(memory),
      has: formatBytes(host.memory),
      example: '512M',
    });
  }
  if (tenant.overcommit) return;
  const check = (resource: 'cpu' | 'memory' | 'disk', most: number, format: (n: number) => string): void => {
    const asked = tenant.limits[resource] ?? 0;
    const already = promised(others, (other) => other.limits[resource]);
    if (asked <= (before?.limits[resource] ?? 0) || asked + already <= most) return;
    throw problem('OVERCOMMIT', {
      resource,
      name: tenant.name,
      asked: format(asked),
      promised: format(already),
      house: format(most),
    });
  };
  check('cpu', house.cpu, formatCpu);
  check('memory', house.memory, formatBytes);
  check('disk', host.diskSpace, formatBytes);
};
