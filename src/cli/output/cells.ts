// Cells that several tables share: states, uses of limits, ages. Pure.

import type { TenantState, TenantView } from '../../api/contract.ts';
import { formatLimit, LIMIT_FLAGS, type LimitName } from '../../domain/limits.ts';
import { formatBytes, formatCpu, formatDuration } from '../../domain/units.ts';
import type { Tone } from './style.ts';
import type { Cell } from './table.ts';

/** What nobody measured is never shown as 0. */
export const UNKNOWN = '–';

/** Behind a limit that this host cannot enforce. */
const WISH = '*';

const TONES: { readonly [K in TenantState]: Tone } = {
  creating: 'warn',
  starting: 'warn',
  running: 'good',
  frozen: 'cold',
  stopping: 'warn',
  stopped: 'quiet',
  restarting: 'warn',
  failed: 'bad',
  deleting: 'warn',
};

export const stateCell = ({ state }: Pick<TenantView, 'state'>): Cell => ({ text: state, tone: TONES[state] });

/** As people type it: ioRead -> io-read. The API may know limits that this program does not. */
export const limitFlag = (limit: string): string => LIMIT_FLAGS[limit as LimitName] ?? limit;

const isWish = (tenant: TenantView, limit: LimitName): boolean =>
  tenant.unenforced.some((entry) => entry.limit === limit);

/** "512M", "max", with the mark of a wish. */
export const limitText = (tenant: TenantView, limit: LimitName): string =>
  formatLimit(limit, tenant.limits) + (isWish(tenant, limit) ? WISH : '');

/** A use has two decimals at the most: 0.417 -> "0.42". */
export const cpuUse = (millis: number): string => formatCpu(Math.round(millis / 10) * 10);

export const percent = (share: number): string => `${Math.round(share * 100)}%`;

const used = {
  cpu: ({ usage }: TenantView) => (usage === null ? undefined : cpuUse(usage.cpu)),
  memory: ({ usage }: TenantView) => (usage === null ? undefined : formatBytes(usage.memory)),
  disk: ({ usage }: TenantView) => (usage?.disk ? formatBytes(usage.disk.used) : undefined),
  pids: ({ usage }: TenantView) => (usage === null ? undefined : String(usage.pids)),
};

/** "0.3/1", "–/1" while nothing is known. */
export const formatUse = (tenant: TenantView, limit: keyof typeof used): string =>
  `${used[limit](tenant) ?? UNKNOWN}/${limitText(tenant, limit)}`;

/** How long it runs: "3m12s", or – when it does not. */
export const upTime = ({ startedAt }: TenantView, now: number): string =>
  startedAt === null ? UNKNOWN : formatDuration(now - Date.parse(startedAt));

/** "2026-11-24 01:02:03" in UTC, as the events and logs have it. */
export const formatTime = (iso: string): string => iso.replace('T', ' ').replace(/(\.\d+)?Z$/, '');
