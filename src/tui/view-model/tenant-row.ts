// One tenant as the list and its sorting see it: shares, badge, faults, what is left, days to a full disk. Pure.

import type { HostView, TenantView } from '../../api/contract.ts';
import { ruleHolds } from '../../api/holds.ts';
import type { SeriesRow } from '../../api/series-contract.ts';
import type { Scale, Trail } from '../state/types.ts';
import { bytesText, cpuText } from './figures.ts';
import { inForceText, limitInForce, type Signs } from './in-force.ts';
import { type Span, span } from './lines.ts';

export interface Row {
  readonly tenant: TenantView;
  /** Of the limit in force (of the house where there is none), or of the machine. */
  readonly cpuShare: number | undefined;
  readonly memoryShare: number | undefined;
  readonly trail: readonly (number | null)[];
  /** What a full cell of the sparkline stands for, in thousandths of a core. */
  readonly trailMost: number;
  readonly daysToFull: number | undefined;
  readonly marked: boolean;
  readonly selected: boolean;
  /** Shown as it was, not as it is. */
  readonly past: boolean;
}

const cpuMost = (tenant: TenantView, host: HostView, scale: Scale): number =>
  scale === 'host' ? host.cpus * 1000 : (limitInForce(tenant, 'cpu').cap ?? host.house.cpu);

const memoryMost = (tenant: TenantView, host: HostView, scale: Scale): number =>
  scale === 'host' ? host.memoryTotal : (limitInForce(tenant, 'memory').cap ?? host.house.memory);

export interface Around {
  readonly host: HostView;
  readonly scale: Scale;
  readonly trail: Trail | undefined;
  readonly daysToFull: number | undefined;
  readonly marked: boolean;
  readonly selected: boolean;
  readonly past: boolean;
}

export const buildRow = (tenant: TenantView, around: Around): Row => {
  const { usage } = tenant;
  const { host, scale, trail, daysToFull, marked, selected, past } = around;
  const most = cpuMost(tenant, host, scale);
  return {
    tenant,
    cpuShare: usage === null ? undefined : usage.cpu / most,
    memoryShare: usage === null ? undefined : usage.memory / memoryMost(tenant, host, scale),
    trail: trail?.values ?? [],
    trailMost: most,
    daysToFull,
    marked,
    selected,
    past,
  };
};

/** A throttled period in ten is felt; below it nobody notices (the daemon's own bar for an event). */
const FELT = 0.1;

const PENALTY_WORDS = { cap: 'cap', freeze: 'frozen', stop: 'stop' } as const;

/** The one thing to know about a tenant, strictest first: penalty, what holds it back, throttling, points, a wish. */
export const badge = ({ tenant }: Pick<Row, 'tenant'>): Span => {
  const { scheduling, usage, unenforced } = tenant;
  const penalty = scheduling?.penalty;
  if (penalty) return span(`P${penalty.tier} ${PENALTY_WORDS[penalty.kind]}`, 'bad');
  const [hold] = ruleHolds(scheduling);
  if (hold) return span(hold.cap === null ? hold.rule : `${hold.rule} ${heldText(hold.resource, hold.cap)}`, 'warn');
  if (usage && limitInForce(tenant, 'cpu').cap !== null && usage.throttledShare >= FELT)
    return span('THROTTLED', 'warn');
  const points = scheduling === undefined ? 0 : Math.max(...Object.values(scheduling.score));
  if (points >= 1) return span(`score ${Math.round(points)}`, 'quiet');
  const wish = unenforced[0];
  return wish ? span(`*${wish.limit}`, 'quiet') : span('');
};

const heldText = (resource: string, cap: number): string => (resource === 'cpu' ? cpuText(cap) : bytesText(cap));

/** Counts since the daemon first saw this run: killed for memory, forks refused, deaths. */
export const faultCount = ({ faults }: TenantView): number => faults.oomKills + faults.forksRefused + faults.deaths;

/** "o1 f3 d2". */
export const faultText = ({ faults }: TenantView): string =>
  [
    faults.oomKills > 0 ? `o${faults.oomKills}` : '',
    faults.forksRefused > 0 ? `f${faults.forksRefused}` : '',
    faults.deaths > 0 ? `d${faults.deaths}` : '',
  ]
    .filter((part) => part !== '')
    .join(' ');

/** The scarcest of budgets, 0..1 of its amount. */
const scarcestBudget = ({ scheduling }: TenantView): { resource: string; left: number } | undefined =>
  scheduling?.budgets
    .map(({ resource, spent, amount }) => ({ resource, left: amount > 0 ? Math.max(0, 1 - spent / amount) : 0 }))
    .sort((a, b) => a.left - b.left)[0];

/** Part of the credits or of the scarcest budget that is left; undefined without such a rule. */
export const leftShare = (tenant: TenantView): number | undefined => {
  const credits = tenant.scheduling?.credits;
  const ofCredits = credits && credits.most > 0 ? credits.balance / credits.most : undefined;
  const ofBudget = scarcestBudget(tenant)?.left;
  if (ofCredits === undefined) return ofBudget;
  return ofBudget === undefined ? ofCredits : Math.min(ofCredits, ofBudget);
};

/** "42min" of credits, "80%cpu" of a budget. */
export const leftText = (tenant: TenantView): string => {
  const credits = tenant.scheduling?.credits;
  const budget = scarcestBudget(tenant);
  if (budget && (!credits || budget.left < credits.balance / Math.max(credits.most, 1e-9)))
    return `${Math.round(budget.left * 100)}%${budget.resource.slice(0, 3)}`;
  return credits ? `${Math.round(credits.balance)}min` : '';
};

/** "0.42/1": used of the limit in force. */
export const coresText = (tenant: TenantView, signs: Signs): string =>
  `${tenant.usage === null ? signs.unknown : cpuText(tenant.usage.cpu)}/${inForceText(limitInForce(tenant, 'cpu'), cpuText, signs)}`;

export const memoryText = (tenant: TenantView, signs: Signs): string =>
  `${tenant.usage === null ? signs.unknown : bytesText(tenant.usage.memory)}/${inForceText(limitInForce(tenant, 'memory'), bytesText, signs)}`;

const DAY_MS = 86_400_000;
/** Less growth than this in a day is noise, and a year ahead is no forecast. */
const LEAST_GROWTH = 1024 * 1024;
const FAR_DAYS = 366;
/** Fewer hours say nothing about a day. */
const LEAST_POINTS = 3;

/** By the rows themselves: they change every ten minutes, the screen every second. */
const forecasts = new WeakMap<readonly SeriesRow[], { days: number | undefined }>();

/** The line of least squares through the disk's use, followed to its size; undefined when it does not fill up. */
export const forecastDays = (rows: readonly SeriesRow[]): number | undefined => {
  const before = forecasts.get(rows);
  if (before) return before.days;
  const days = followLine(rows);
  forecasts.set(rows, { days });
  return days;
};

const followLine = (rows: readonly SeriesRow[]): number | undefined => {
  const points = rows.flatMap(({ at, diskUsed, diskSize }) =>
    diskUsed === null || diskSize === null ? [] : [{ day: Date.parse(at) / DAY_MS, diskUsed, diskSize }],
  );
  const last = points.at(-1);
  if (last === undefined || points.length < LEAST_POINTS) return undefined;
  const meanX = points.reduce((sum, { day }) => sum + day, 0) / points.length;
  const meanY = points.reduce((sum, { diskUsed }) => sum + diskUsed, 0) / points.length;
  const spread = points.reduce((sum, { day }) => sum + (day - meanX) ** 2, 0);
  const slope = points.reduce((sum, { day, diskUsed }) => sum + (day - meanX) * (diskUsed - meanY), 0) / spread;
  if (!(slope > LEAST_GROWTH)) return undefined;
  const days = (last.diskSize - last.diskUsed) / slope;
  return days < FAR_DAYS ? Math.max(0, days) : undefined;
};

/**
 * The tenant as the row of the history has it; what nobody kept is unknown. What rules did then stands in the acts, what
 * they do now has no place in it.
 */
export const inThePast = ({ scheduling: _, ...tenant }: TenantView, row: SeriesRow | undefined): TenantView => ({
  ...tenant,
  usage:
    row === undefined
      ? null
      : {
          seconds: row.seconds,
          cpu: row.cpu,
          throttledShare: row.throttledShare,
          memory: row.memory,
          memoryCache: 0,
          swap: null,
          pids: row.pids,
          ioReadBps: row.ioReadBps,
          ioWriteBps: row.ioWriteBps,
          netRxBps: row.netRxBps,
          netTxBps: row.netTxBps,
          pressure:
            row.pressureCpu === null
              ? null
              : { cpu: row.pressureCpu, memory: row.pressureMemory ?? 0, io: row.pressureIo ?? 0 },
          disk:
            row.diskUsed === null || row.diskSize === null
              ? null
              : { used: row.diskUsed, size: row.diskSize, inodesUsed: 0, inodes: 0 },
          oomKills: 0,
          memoryMaxHits: 0,
          forksRefused: 0,
          throttledPeriods: 0,
        },
});
