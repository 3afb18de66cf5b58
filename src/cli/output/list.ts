// The table of `tenantctl ls`. Pure.

import type { TenantView } from '../../api/contract.ts';
import { formatUse, stateCell, upTime } from './cells.ts';
import type { Paint } from './style.ts';
import { type Column, renderTable } from './table.ts';

export interface ListOptions {
  readonly now: number;
  readonly width: number;
  readonly paint: Paint;
}

const buildColumns = (now: number): readonly Column<TenantView>[] => [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'STATE', cell: stateCell },
  { title: 'CPU', right: true, cell: (tenant) => formatUse(tenant, 'cpu') },
  { title: 'MEMORY', right: true, cell: (tenant) => formatUse(tenant, 'memory') },
  { title: 'DISK', right: true, priority: 2, cell: (tenant) => formatUse(tenant, 'disk') },
  { title: 'PIDS', right: true, priority: 4, cell: (tenant) => formatUse(tenant, 'pids') },
  { title: 'ADDRESS', priority: 3, cell: ({ address4 }) => address4 },
  { title: 'UP', right: true, priority: 5, cell: (tenant) => upTime(tenant, now) },
];

export const WISH_NOTE = '* a wish only: this host cannot enforce it; the reason: tenantctl show NAME\n';

export const renderList = (tenants: readonly TenantView[], { now, width, paint }: ListOptions): string => {
  const table = renderTable(buildColumns(now), tenants, { width, paint });
  const shown = ['cpu', 'memory', 'disk', 'pids'];
  const hasWish = tenants.some(({ unenforced }) => unenforced.some(({ limit }) => shown.includes(limit)));
  const others = tenants.filter(({ unenforced }) => unenforced.some(({ limit }) => !shown.includes(limit)));
  const hidden = others.map(
    ({ name, unenforced }) =>
      `${name}: ${unenforced
        .map(({ limit }) => limit)
        .filter((limit) => !shown.includes(limit))
        .join(', ')} ${paint('warn', 'not enforced')} here; the reason: tenantctl show ${name}\n`,
  );
  return table + (hasWish ? WISH_NOTE : '') + hidden.join('');
};
