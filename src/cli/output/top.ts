// The table of `tenantctl top`: the box, the house, then each tenant. Pure.

import type { HostView, TenantView, TopView } from '../../api/contract.ts';
import { capInForce } from '../../api/holds.ts';
import { formatBytes, formatCpu } from '../../domain/units.ts';
import { cpuUse, formatUse, limitText, percent, stateCell, UNKNOWN } from './cells.ts';
import { markCell } from './mark.ts';
import type { Paint, Tone } from './style.ts';
import { type Cell, type Column, renderTable } from './table.ts';

/** One row, whatever it stands for. */
interface Row {
  readonly name: Cell;
  readonly state: Cell;
  readonly mark: Cell;
  readonly cpu: string;
  readonly cpuShare: Cell;
  readonly throttled: Cell;
  readonly memory: string;
  readonly memoryShare: Cell;
  readonly pids: string;
  readonly disk: string;
  readonly read: string;
  readonly write: string;
  readonly pressure: string;
}

/** Above it a share is worth a look, and above that it hurts. */
const WARN_AT = 0.75;
const BAD_AT = 0.92;

const shareCell = (share: number | undefined): Cell => {
  if (share === undefined || !Number.isFinite(share)) return { text: UNKNOWN };
  const tone: Tone | undefined = share >= BAD_AT ? 'bad' : share >= WARN_AT ? 'warn' : undefined;
  return { text: percent(share), ...(tone === undefined ? {} : { tone }) };
};

/** Of the limits in force; of the house where there is none. */
const sharesOf = (tenant: TenantView, { house }: HostView): { cpu?: number; memory?: number } =>
  tenant.usage === null
    ? {}
    : {
        cpu: tenant.usage.cpu / (capInForce(tenant, 'cpu') ?? house.cpu),
        memory: tenant.usage.memory / (capInForce(tenant, 'memory') ?? house.memory),
      };

const pressureText = (pressure: NonNullable<TenantView['usage']>['pressure']): string =>
  pressure === null ? UNKNOWN : [pressure.cpu, pressure.memory, pressure.io].map(percent).join('/');

const tenantRow = (tenant: TenantView, host: HostView): Row => {
  const { usage } = tenant;
  const shares = sharesOf(tenant, host);
  return {
    name: { text: tenant.name },
    state: stateCell(tenant),
    mark: markCell(tenant),
    cpu: formatUse(tenant, 'cpu'),
    cpuShare: shareCell(shares.cpu),
    // without a limit nothing is ever throttled: there is no figure to show
    throttled: shareCell(capInForce(tenant, 'cpu') === null ? undefined : usage?.throttledShare),
    memory: formatUse(tenant, 'memory'),
    memoryShare: shareCell(shares.memory),
    pids: usage === null ? `${UNKNOWN}/${limitText(tenant, 'pids')}` : formatUse(tenant, 'pids'),
    disk: formatUse(tenant, 'disk'),
    read: usage === null ? UNKNOWN : formatBytes(usage.ioReadBps),
    write: usage === null ? UNKNOWN : formatBytes(usage.ioWriteBps),
    pressure: usage === null ? UNKNOWN : pressureText(usage.pressure),
  };
};

const EMPTY = {
  mark: { text: '' },
  throttled: { text: UNKNOWN },
  disk: UNKNOWN,
  read: UNKNOWN,
  write: UNKNOWN,
  pressure: UNKNOWN,
};

/** A name in parentheses cannot be a tenant's. */
const hostRow = (host: HostView): Row => ({
  ...EMPTY,
  name: { text: '(host)', tone: 'strong' },
  state: { text: host.hostname.slice(0, 20) },
  cpu: `${cpuUse(host.cpu)}/${host.cpus}`,
  cpuShare: shareCell(host.cpu / (host.cpus * 1000)),
  memory: `${formatBytes(host.memoryUsed)}/${formatBytes(host.memoryTotal)}`,
  memoryShare: shareCell(host.memoryUsed / host.memoryTotal),
  pids: UNKNOWN,
});

const sumRow = ({ tenants, house }: HostView, count: number): Row => ({
  ...EMPTY,
  name: { text: '(tenants)', tone: 'strong' },
  state: { text: `${count} up` },
  cpu: `${cpuUse(tenants.cpu)}/${formatCpu(house.cpu)}`,
  cpuShare: shareCell(tenants.cpu / house.cpu),
  memory: `${formatBytes(tenants.memory)}/${formatBytes(house.memory)}`,
  memoryShare: shareCell(tenants.memory / house.memory),
  pids: String(tenants.pids),
});

/** Only while somebody is held. */
const MARK: Column<Row> = { title: 'HELD BY', priority: 3, cell: ({ mark }) => mark };

const buildColumns = (marks: readonly Column<Row>[]): readonly Column<Row>[] => [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'STATE', cell: ({ state }) => state },
  ...marks,
  { title: 'CPU', right: true, priority: 6, cell: ({ cpu }) => cpu },
  { title: 'CPU%', right: true, cell: ({ cpuShare }) => cpuShare },
  { title: 'THR%', right: true, priority: 2, cell: ({ throttled }) => throttled },
  { title: 'MEMORY', right: true, cell: ({ memory }) => memory },
  { title: 'MEM%', right: true, priority: 5, cell: ({ memoryShare }) => memoryShare },
  { title: 'PIDS', right: true, priority: 3, cell: ({ pids }) => pids },
  { title: 'DISK', right: true, priority: 4, cell: ({ disk }) => disk },
  { title: 'READ/s', right: true, priority: 8, cell: ({ read }) => read },
  { title: 'WRITE/s', right: true, priority: 8, cell: ({ write }) => write },
  { title: 'WAIT c/m/i', right: true, priority: 7, cell: ({ pressure }) => pressure },
];

export const renderTop = (
  { host, tenants }: TopView,
  options: { readonly width: number; readonly paint: Paint },
): string => {
  const up = tenants.filter(({ state }) => state === 'running' || state === 'frozen').length;
  const rows = [hostRow(host), sumRow(host, up), ...tenants.map((tenant) => tenantRow(tenant, host))];
  const marks = rows.some(({ mark }) => mark.text !== '') ? [MARK] : [];
  return renderTable(buildColumns(marks), rows, options);
};
