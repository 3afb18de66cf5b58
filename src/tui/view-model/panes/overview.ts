// The first pane: each limit with its use and origin, what holds the tenant back, why it is slow, its rules. Pure.

import type { TenantView } from '../../../api/contract.ts';
import { ruleHolds } from '../../../api/holds.ts';
import type { WhyView } from '../../../api/scheduler-contract.ts';
import { DEFAULT_LIMITS, formatLimit, LIMIT_FLAGS, type LimitName } from '../../../domain/limits.ts';
import { formatCpu, formatDuration } from '../../../domain/units.ts';
import { escapeLine } from '../../../reports/escape.ts';
import { shareSpan } from '../../columns.ts';
import { readRules, readTrend, readWhy } from '../../state/loads.ts';
import type { State } from '../../state/types.ts';
import type { Glyphs } from '../../theme.ts';
import { bytesText, cpuText, untilText } from '../figures.ts';
import { bar } from '../graph.ts';
import { limitInForce } from '../in-force.ts';
import { EMPTY_LINE, fitText, type Line, line, type Span, span, textWidth, wrapText } from '../lines.ts';
import { faultText, forecastDays } from '../tenant-row.ts';
import { momentLines } from './graphs.ts';
import { problemLines } from './problems.ts';

const USED: { readonly [K in LimitName]?: (usage: NonNullable<TenantView['usage']>) => number | null } = {
  cpu: ({ cpu }) => cpu,
  memory: ({ memory }) => memory,
  swap: ({ swap }) => swap,
  disk: ({ disk }) => disk?.used ?? null,
  pids: ({ pids }) => pids,
  ioRead: ({ ioReadBps }) => ioReadBps,
  ioWrite: ({ ioWriteBps }) => ioWriteBps,
};

const showUse = (name: LimitName, value: number): string =>
  name === 'cpu' ? cpuText(value) : name === 'pids' ? String(value) : bytesText(value);

/** Where a value comes from; a wish says that the kernel here cannot hold it. */
const originOf = (tenant: TenantView, name: LimitName): string => {
  const wish = tenant.unenforced.find(({ limit }) => limit === name);
  if (wish) return `a wish only: ${wish.why}`;
  const origin = tenant.limits[name] === DEFAULT_LIMITS[name] ? 'default' : 'set for this tenant';
  if (name !== 'cpu' && name !== 'memory') return origin;
  const { cap, by } = limitInForce(tenant, name);
  return by === 'own' || cap === null ? origin : `held at ${showUse(name, cap)} by a rule; ${origin}`;
};

const BAR_WIDTH = 12;

/** In fewer columns the origin matters more than a second look at the figures. */
const WITH_BARS = 80;

/** The share as a bar; blank where there is none. */
const shareBar = (share: number | undefined, glyphs: Glyphs): Span[] =>
  share === undefined
    ? [span(' '.repeat(BAR_WIDTH + 6))]
    : [
        span(bar(share, BAR_WIDTH, glyphs), shareSpan(share, glyphs).tone),
        span(fitText(shareSpan(share, glyphs).text, 6, true)),
      ];

const limitLine = (tenant: TenantView, name: LimitName, state: State, width: number): Line => {
  const { glyphs } = state.theme;
  const limit = tenant.limits[name];
  const used = tenant.usage === null ? null : (USED[name]?.(tenant.usage) ?? null);
  const share = used === null || typeof limit !== 'number' || limit === 0 ? undefined : used / limit;
  return [
    span(fitText(LIMIT_FLAGS[name], 11)),
    span(fitText(formatLimit(name, tenant.limits), 8, true)),
    span('  '),
    span(fitText(USED[name] ? (used === null ? glyphs.unknown : showUse(name, used)) : '', 7, true)),
    span('  '),
    ...(width < WITH_BARS ? [] : [...shareBar(share, glyphs), span('  ')]),
    span(originOf(tenant, name), 'quiet'),
  ];
};

const holdLines = ({ scheduling }: TenantView, state: State): Line[] => {
  if (!scheduling) return [line('the daemon knows no rules for it', 'quiet')];
  const { effective, share, credits, budgets, penalty } = scheduling;
  const until = (iso: string | null): string => (iso === null ? '' : `, ends ${untilText(iso, state.now)}`);
  return [
    line(
      `in force: cpu ${effective.cpu === null ? 'max' : formatCpu(effective.cpu)}, weight ${effective.cpuWeight}; fair share ${formatCpu(Math.round(share.cpu))} cores; plan ${scheduling.plan ?? 'none'}`,
    ),
    ...(penalty
      ? [line(`penalty tier ${penalty.tier} (${penalty.kind}) on ${penalty.resource}${until(penalty.until)}`, 'bad')]
      : []),
    ...ruleHolds(scheduling).map((hold) => line(`${hold.rule}: ${escapeLine(hold.text)}${until(hold.until)}`, 'warn')),
    ...(credits
      ? [
          line(
            `credits: ${Math.round(credits.balance)} of ${Math.round(credits.most)} vCPU-minutes${credits.emptyAt === null ? '' : `, empty ${untilText(credits.emptyAt, state.now)}`}`,
          ),
        ]
      : []),
    ...budgets.map(({ resource, spent, amount, period, runsOutAt }) =>
      line(
        `budget: ${resource} ${Math.round((spent / amount) * 100)}% of this ${period}'s spent${runsOutAt === null ? '' : `, at this rate gone ${untilText(runsOutAt, state.now)}`}`,
      ),
    ),
  ];
};

/** As many to a line as fit whole: there are a dozen and more of them. */
const figureRows = (figures: WhyView['figures'], width: number): string[] => {
  const rows: string[] = [];
  for (const { name, value } of figures) {
    const text = escapeLine(`${name}: ${value}`);
    const last = rows.at(-1);
    const joined = `${last}   ${text}`;
    if (last !== undefined && textWidth(joined) <= width) rows[rows.length - 1] = joined;
    else rows.push(text);
  }
  return rows;
};

const whyLines = (state: State, name: string, width: number): Line[] => {
  const why = readWhy(state, name);
  if (!why) return problemLines(state, state.at === undefined ? `why:${name}` : `why:${name}:${state.at}`, width);
  return [
    ...wrapText(escapeLine(why.sentence), width).map((text) => line(text)),
    ...figureRows(why.figures, width - 2).map((text) => line(`  ${text}`, 'quiet')),
  ];
};

const ruleLines = (state: State, name: string, width: number): Line[] => {
  const rules = readRules(state, name);
  if (!rules) return problemLines(state, `rules:${name}`, width);
  // what somebody chose first
  const chosen = [...rules].sort((a, b) => Number(a.origin === 'default') - Number(b.origin === 'default'));
  return chosen.map(({ key, value, origin }) => [
    span(fitText(key, 24)),
    span(fitText(escapeLine(value), 20)),
    span(origin, origin === 'default' ? 'quiet' : 'strong'),
  ]);
};

const factLines = (tenant: TenantView, state: State): Line[] => {
  const days = forecastDays(readTrend(state, tenant.name));
  const faults = faultText(tenant);
  return [
    line(
      `template ${escapeLine(tenant.template)}, restart ${tenant.restart}, up ${tenant.startedAt === null ? state.theme.glyphs.unknown : formatDuration(state.now - Date.parse(tenant.startedAt))}, faults ${faults === '' ? 'none' : `${faults} (o memory, f forks, d deaths)`}`,
    ),
    ...(days === undefined
      ? []
      : [line(`at the pace of the last day the disk is full in ${Math.max(1, Math.round(days))} days`, 'warn')]),
  ];
};

const limitLines = (tenant: TenantView, state: State, width: number): Line[] => [
  line(
    `${fitText('LIMIT', 11)}${fitText('VALUE', 8, true)}  ${fitText('USED', 7, true)}  ${width < WITH_BARS ? '' : `${fitText('', BAR_WIDTH + 6)}  `}ORIGIN`,
    'quiet',
  ),
  ...(Object.keys(LIMIT_FLAGS) as LimitName[]).map((name) => limitLine(tenant, name, state, width)),
];

const section = (title: string, lines: readonly Line[]): Line[] => [line(title, 'strong'), ...lines, EMPTY_LINE];

/** Of a moment of the past: what is known of it, then limits and rules, which are those of today. */
const pastLines = (tenant: TenantView, state: State, width: number): Line[] => [
  ...momentLines(state, tenant.name),
  EMPTY_LINE,
  ...section('why it was slow', whyLines(state, tenant.name, width)),
  ...section('limits as they are today, use as it was', limitLines(tenant, state, width)),
  ...section('rules as they are today', ruleLines(state, tenant.name, width)),
];

const presentLines = (tenant: TenantView, state: State, width: number): Line[] => [
  ...factLines(tenant, state),
  EMPTY_LINE,
  ...limitLines(tenant, state, width),
  EMPTY_LINE,
  ...section('why', whyLines(state, tenant.name, width)),
  ...section('scheduler', holdLines(tenant, state)),
  ...section('rules', ruleLines(state, tenant.name, width)),
];

export const overviewLines = (tenant: TenantView, state: State, width: number): Line[] =>
  state.at === undefined ? presentLines(tenant, state, width) : pastLines(tenant, state, width);
