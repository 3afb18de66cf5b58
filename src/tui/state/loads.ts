// What the screen needs beyond the list: which answers to ask for now, and reading those that came. Pure.

import type { HistoryView } from '../../api/contract.ts';
import type {
  ActView,
  IncidentView,
  PlanView,
  ProcessesView,
  RuleRowView,
  WhyView,
} from '../../api/scheduler-contract.ts';
import type { HostSeriesRow, SeriesRow, SeriesView } from '../../api/series-contract.ts';
import type { Loaded, State } from './types.ts';

export interface Load {
  /** Under which the answer is kept. */
  readonly key: string;
  readonly path: string;
  readonly everyMs: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** An old daemon that does not know a route need not be asked every second. */
const AFTER_REFUSAL_MS = 30 * SECOND_MS;
/** Requests under way at once: the daemon has better things to do than to draw our graphs. */
const MOST_BUSY = 4;
const TREND_EVERY_MS = 10 * MINUTE_MS;
const NEVER_AGAIN_MS = 30 * DAY_MS;

const iso = (ms: number): string => new Date(ms).toISOString();
const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS;

/** `host` is a name too. */
const seriesPath = (name: string, from: number, to: number, step: number): string => {
  const base = name === HOST ? '/v1/host/series' : `/v1/tenants/${name}/series`;
  return `${base}?from=${iso(from)}&to=${iso(to)}&step=${step}`;
};

const HOST = 'host';

const pastKey = (name: string, at: number): string => `past:${name}:${hourOf(at)}`;

/** A whole hour by minutes: scrubbing within it asks nothing more. The hour that still runs is asked again. */
const pastLoad = (name: string, at: number, now: number): Load => ({
  key: pastKey(name, at),
  path: seriesPath(name, hourOf(at), hourOf(at) + HOUR_MS, 60),
  everyMs: hourOf(at) === hourOf(now) ? MINUTE_MS : NEVER_AGAIN_MS,
});

const trendLoad = (name: string, now: number): Load => ({
  key: `trend:${name}`,
  path: seriesPath(name, hourOf(now) - DAY_MS, hourOf(now) + HOUR_MS, 3600),
  everyMs: TREND_EVERY_MS,
});

/** Of a minute its end is asked for: what began within it, a tenant too, is known by then. */
const endOfMinute = (at: number): number => at + MINUTE_MS - SECOND_MS;

const whyLoad = (name: string, at: number | undefined): Load =>
  at === undefined
    ? { key: `why:${name}`, path: `/v1/tenants/${name}/why`, everyMs: 3 * SECOND_MS }
    : { key: `why:${name}:${at}`, path: `/v1/tenants/${name}/why?at=${iso(endOfMinute(at))}`, everyMs: NEVER_AGAIN_MS };

const actsLoad = (now: number): Load => ({
  key: 'acts',
  path: `/v1/acts?since=${iso(hourOf(now) - DAY_MS)}`,
  everyMs: 15 * SECOND_MS,
});

const graphLoad = (name: string, range: string, now: number): Load =>
  range === '24h'
    ? {
        key: `day:${name}`,
        path: seriesPath(name, hourOf(now) - DAY_MS, hourOf(now) + HOUR_MS, 60),
        everyMs: MINUTE_MS,
      }
    : { key: `history:${name}`, path: `/v1/tenants/${name}/history`, everyMs: 4 * SECOND_MS };

const detailLoads = (state: State): Load[] => {
  const { detail, at, now } = state;
  if (!detail) return [];
  const { name, pane, range } = detail;
  const path = `/v1/tenants/${name}`;
  const past = at === undefined ? [] : [pastLoad(name, at, now), pastLoad(HOST, at, now)];
  const graphs = graphLoad(name, at === undefined ? range : '24h', now);
  const byPane: { readonly [K in typeof pane]: readonly Load[] } = {
    overview: [
      whyLoad(name, at),
      { key: `rules:${name}`, path: `${path}/rules`, everyMs: 10 * SECOND_MS },
      trendLoad(name, now),
      graphs,
    ],
    graphs: [graphs],
    processes: [{ key: `processes:${name}`, path: `${path}/processes`, everyMs: 2 * SECOND_MS }],
    incidents: [{ key: `incidents:${name}`, path: `${path}/incidents`, everyMs: 5 * SECOND_MS }],
    network: [graphs],
    log: [{ key: `log:${name}`, path: `${path}/log`, everyMs: 2 * SECOND_MS }],
    events: [],
  };
  return [...byPane[pane], actsLoad(now), ...past];
};

/** @param shown names of the rows on the screen */
const listLoads = ({ at, now }: State, shown: readonly string[]): Load[] =>
  at === undefined
    ? [actsLoad(now), ...shown.map((name) => trendLoad(name, now))]
    : [pastLoad(HOST, at, now), ...shown.map((name) => pastLoad(name, at, now)), actsLoad(now)];

/** A form checks the plan that is typed. */
const PLANS_LOAD: Load = { key: 'plans', path: '/v1/plans', everyMs: 10 * SECOND_MS };

const isDue = (load: Load, loaded: Loaded | undefined, now: number): boolean => {
  if (!loaded) return true;
  if (loaded.busy) return false;
  const every = loaded.problem === undefined ? load.everyMs : Math.max(load.everyMs, AFTER_REFUSAL_MS);
  return now - loaded.askedAt >= every;
};

/** What to ask for now, most wanted first. */
export const planLoads = (state: State, shown: readonly string[]): Load[] => {
  if (state.link.kind !== 'up') return [];
  const busy = Object.values(state.loaded).filter((loaded) => loaded.busy).length;
  const screen = state.detail ? detailLoads(state) : listLoads(state, shown);
  const wanted = state.dialog?.kind === 'form' ? [PLANS_LOAD, ...screen] : screen;
  return wanted
    .filter((load) => isDue(load, state.loaded[load.key], state.now))
    .slice(0, Math.max(0, MOST_BUSY - busy));
};

const answer = <T>(state: State, key: string): T | undefined => state.loaded[key]?.value as T | undefined;

export const readTrend = (state: State, name: string): readonly SeriesRow[] =>
  answer<SeriesView>(state, `trend:${name}`)?.rows ?? [];
export const readDay = (state: State, name: string): readonly SeriesRow[] =>
  answer<SeriesView>(state, `day:${name}`)?.rows ?? [];
export const readHistory = (state: State, name: string): HistoryView['points'] =>
  answer<HistoryView>(state, `history:${name}`)?.points ?? [];
export const readWhy = (state: State, name: string): WhyView | undefined =>
  answer<WhyView>(state, state.at === undefined ? `why:${name}` : `why:${name}:${state.at}`);
export const readRules = (state: State, name: string): readonly RuleRowView[] | undefined =>
  answer<{ rules: RuleRowView[] }>(state, `rules:${name}`)?.rules;
export const readIncidents = (state: State, name: string): readonly IncidentView[] | undefined =>
  answer<{ incidents: IncidentView[] }>(state, `incidents:${name}`)?.incidents;
export const readLog = (state: State, name: string): string | undefined =>
  answer<{ text: string }>(state, `log:${name}`)?.text;
export const readActs = (state: State, name: string | undefined): readonly ActView[] =>
  (answer<{ acts: ActView[] }>(state, 'acts')?.acts ?? []).filter(
    ({ tenant }) => name === undefined || tenant === name,
  );
export const readPlans = (state: State): readonly string[] | undefined =>
  answer<{ plans: PlanView[] }>(state, 'plans')?.plans.map(({ name }) => name);

export const readProcesses = (
  state: State,
  name: string,
): { now: ProcessesView | undefined; before: ProcessesView | undefined } => {
  const loaded = state.loaded[`processes:${name}`];
  return { now: loaded?.value as ProcessesView | undefined, before: loaded?.before as ProcessesView | undefined };
};

/** Why an answer is not there; undefined while it is awaited or when it came. */
export const readProblem = (state: State, key: string): string | undefined => state.loaded[key]?.problem;

/** The last row that began before; a gap in the history is a gap on the screen. */
const findRow = <Row extends { readonly at: string }>(rows: readonly Row[], at: number): Row | undefined =>
  rows.findLast((row) => {
    const start = Date.parse(row.at);
    return start <= at && at - start < 2 * MINUTE_MS;
  });

export const findPastRow = (state: State, name: string, at: number): SeriesRow | undefined =>
  findRow(answer<SeriesView>(state, pastKey(name, at))?.rows ?? [], at);

export const findPastHost = (state: State, at: number): HostSeriesRow | undefined =>
  findRow(answer<{ rows: HostSeriesRow[] }>(state, pastKey(HOST, at))?.rows ?? [], at);
