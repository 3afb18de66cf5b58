// The table of `tenantctl ls`. Pure.

import type { TenantView } from '../../api/contract.ts';
import { escapeLine } from '../../reports/escape.ts';
import { formatUse, limitFlag, stateCell, upTime } from './cells.ts';
import { markCell } from './mark.ts';
import type { Paint } from './style.ts';
import { type Column, renderTable } from './table.ts';

export interface ListOptions {
  readonly now: number;
  readonly width: number;
  readonly paint: Paint;
}

/** Only while somebody is held: most boxes have room for better. */
const MARK: Column<TenantView> = { title: 'HELD BY', priority: 2, cell: markCell };

const buildColumns = (now: number, marks: readonly Column<TenantView>[]): readonly Column<TenantView>[] => [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'STATE', cell: stateCell },
  { title: 'CPU', right: true, cell: (tenant) => formatUse(tenant, 'cpu') },
  { title: 'MEMORY', right: true, cell: (tenant) => formatUse(tenant, 'memory') },
  ...marks,
  { title: 'DISK', right: true, priority: 2, cell: (tenant) => formatUse(tenant, 'disk') },
  { title: 'PIDS', right: true, priority: 4, cell: (tenant) => formatUse(tenant, 'pids') },
  { title: 'ADDRESS', priority: 3, cell: ({ address4 }) => address4 },
  { title: 'UP', right: true, priority: 5, cell: (tenant) => upTime(tenant, now) },
];

const WISH_NOTE = '* a wish only: this host cannot enforce it; the reason: tenantctl show NAME\n';

export const renderList = (tenants: readonly TenantView[], { now, width, paint }: ListOptions): string => {
  const marks = tenants.some((tenant) => markCell(tenant).text !== '') ? [MARK] : [];
  const table = renderTable(buildColumns(now, marks), tenants, { width, paint });
  const shown = ['cpu', 'memory', 'disk', 'pids'];
  const hasWish = tenants.some(({ unenforced }) => unenforced.some(({ limit }) => shown.includes(limit)));
  const others = tenants.filter(({ unenforced }) => unenforced.some(({ limit }) => !shown.includes(limit)));
  const hidden = others.map(
    ({ name, unenforced }) =>
      `${name}: ${unenforced
        .map(({ limit }) => limit)
        .filter((limit) => !shown.includes(limit))
        .map(limitFlag)
        .join(', ')} ${paint('warn', 'not enforced')} here; the reason: tenantctl show ${name}\n`,
  );
  const reasons = tenants.flatMap(({ name, reason }) => (reason === '' ? [] : [`${name}: ${escapeLine(reason)}\n`]));
  return table + (hasWish ? WISH_NOTE : '') + hidden.join('') + reasons.join('');
};
