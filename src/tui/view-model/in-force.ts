// The limits that hold at the moment: a tenant's own, or what a rule puts in their place. Pure.

import type { TenantView } from '../../api/contract.ts';
import { capInForce } from '../../api/holds.ts';
import type { Glyphs } from '../theme.ts';

export interface InForce {
  /** null: no limit but the house. */
  readonly cap: number | null;
  /** Against the tenant's own limit; a window in time may also raise it. */
  readonly by: 'own' | 'lowered' | 'raised';
}

/** Thousandths of a core, or bytes. */
export const limitInForce = (tenant: TenantView, resource: 'cpu' | 'memory'): InForce => {
  const own = tenant.limits[resource];
  const cap = capInForce(tenant, resource);
  if (cap === own) return { cap, by: 'own' };
  return { cap, by: cap !== null && (own === null || cap < own) ? 'lowered' : 'raised' };
};

/** How a limit that is not the tenant's own is told. */
export type Signs = Pick<Glyphs, 'unknown' | 'up' | 'down'>;

/** "0.3▼": the limit in force, and that a rule put it below the own one. */
export const inForceText = ({ cap, by }: InForce, show: (cap: number) => string, { up, down }: Signs): string =>
  `${cap === null ? 'max' : show(cap)}${{ own: '', lowered: down, raised: up }[by]}`;
