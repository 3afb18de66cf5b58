// Everything about one tenant, for `tenantctl show`. Pure.

import type { TenantView } from '../../api/contract.ts';
import { LIMIT_FLAGS, type LimitName } from '../../domain/limits.ts';
import { formatBytes } from '../../domain/units.ts';
import { escapeLine } from '../../reports/escape.ts';
import { cpuUse, formatTime, limitText, percent, stateCell, UNKNOWN, upTime } from './cells.ts';
import { schedulingLines } from './scheduling.ts';
import type { Paint } from './style.ts';
import type { Clock } from './times.ts';

type Line = readonly [label: string, text: string];

const describeUse = (tenant: TenantView, limit: LimitName): string | undefined => {
  const { usage } = tenant;
  if (usage === null) return undefined;
  const uses: Partial<Record<LimitName, string | undefined>> = {
    cpu: `${cpuUse(usage.cpu)} used, throttled in ${percent(usage.throttledShare)} of periods`,
    memory: `${formatBytes(usage.memory)} used, and ${formatBytes(usage.memoryCache)} of file cache`,
    swap: usage.swap === null ? undefined : `${formatBytes(usage.swap)} used`,
    disk: usage.disk
      ? `${formatBytes(usage.disk.used)} used of ${formatBytes(usage.disk.size)}, ${usage.disk.inodesUsed} of ${usage.disk.inodes} inodes`
      : undefined,
    pids: `${usage.pids} used`,
    ioRead: `${formatBytes(usage.ioReadBps)}/s read`,
    ioWrite: `${formatBytes(usage.ioWriteBps)}/s written`,
  };
  return uses[limit];
};

const limitLine = (tenant: TenantView, limit: LimitName): Line => {
  const use = describeUse(tenant, limit);
  const why = tenant.unenforced.find((entry) => entry.limit === limit)?.why;
  const wish = why === undefined ? '' : `  not enforced: ${escapeLine(why)}`;
  return [LIMIT_FLAGS[limit], limitText(tenant, limit).padEnd(8) + (use === undefined ? '' : `  ${use}`) + wish];
};

const stateLine = (tenant: TenantView, paint: Paint, now: number): Line => {
  const { text, tone } = stateCell(tenant);
  const up = tenant.startedAt === null ? '' : ` for ${upTime(tenant, now)}`;
  const reason = tenant.reason === '' ? '' : ` (${escapeLine(tenant.reason)})`;
  const wanted = tenant.desired === tenant.state ? '' : `, wanted: ${tenant.desired}`;
  return ['state', `${tone ? paint(tone, text) : text}${up}${wanted}${reason}`];
};

const pressureText = ({ usage }: TenantView): string =>
  usage?.pressure
    ? `cpu ${percent(usage.pressure.cpu)}, memory ${percent(usage.pressure.memory)}, io ${percent(usage.pressure.io)} of the time some process waited`
    : UNKNOWN;

const faultsText = ({ faults }: TenantView): string =>
  `${faults.throttledPeriods} throttled periods, ${faults.oomKills} killed for memory, ${faults.memoryMaxHits} times at the memory limit, ` +
  `${faults.forksRefused} forks refused, ${faults.deaths} deaths`;

const section = (title: string, lines: readonly Line[], paint: Paint): string =>
  `${paint('strong', title)}\n${lines.map(([label, text]) => `  ${label.padEnd(11)} ${text}\n`).join('')}`;

export const renderTenant = (tenant: TenantView, options: Clock & { readonly paint: Paint }): string => {
  const { paint } = options;
  const scheduling = schedulingLines(tenant, options);
  const base = tenant.base ? `${tenant.base.template}@${tenant.base.digest}` : UNKNOWN;
  return [
    section(
      tenant.name,
      [
        stateLine(tenant, paint, options.now),
        ['template', `${escapeLine(tenant.template)}, base ${base}`],
        ['restart', tenant.restart],
        ['created', `${formatTime(tenant.createdAt)} UTC`],
        ['accepts', acceptsText(tenant)],
      ],
      paint,
    ),
    section(
      'limits',
      (Object.keys(LIMIT_FLAGS) as LimitName[]).map((limit) => limitLine(tenant, limit)),
      paint,
    ),
    ...(scheduling.length === 0 ? [] : [section('rules', scheduling, paint)]),
    section(
      'trouble',
      [
        ['pressure', pressureText(tenant)],
        ['so far', faultsText(tenant)],
      ],
      paint,
    ),
    section(
      'place',
      [
        ['address', `${tenant.address4}, ${tenant.address6} on ${tenant.link}`],
        ['ids', `${tenant.firstId} to ${tenant.firstId + tenant.idCount - 1} on the host`],
        ['init', tenant.pid === null ? UNKNOWN : `process ${tenant.pid} on the host`],
        ['root', tenant.root],
        ['id', `${tenant.id}, slot ${tenant.slot}, generation ${tenant.generation}`],
      ],
      paint,
    ),
  ].join('\n');
};

const acceptsText = ({ bestEffort, overcommit }: TenantView): string => {
  const list = [
    ...(bestEffort ? ['limits that are wishes only (--best-effort)'] : []),
    ...(overcommit ? ['sharing what was promised twice (--overcommit)'] : []),
  ];
  return list.length === 0 ? 'nothing less than its limits' : list.join(', ');
};
