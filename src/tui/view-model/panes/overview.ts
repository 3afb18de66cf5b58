// The first pane: each limit with its use and origin, what holds the tenant back, why it is slow, its rules. Pure.

import type { TenantView } from '../../../api/contract.ts';
import { ruleHolds } from '../../../api/holds.ts';
import { DEFAULT_LIMITS, formatLimit, LIMIT_FLAGS, type LimitName } from '../../../domain/limits.ts';
import { formatCpu, formatDuration } from '../../../domain/units.ts';
import { escapeLine } from '../../../reports/escape.ts';
import { shareSpan } from '../../columns.ts';
import { readRules, readTrend, readWhy } from '../../state/loads.ts';
import type { State } from '../../state/types.ts';
import { bytesText, cpuText, untilText } from '../figures.ts';
import { bar } from '../graph.ts';
import { EMPTY_LINE, fitText, type Line, line, span, wrapText } from '../lines.ts';
import { faultText, forecastDays } from '../tenant-row.ts';
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
  return tenant.limits[name] === DEFAULT_LIMITS[name] ? 'default' : 'set for this tenant';
};

const BAR_WIDTH = 12;

const limitLine = (tenant: TenantView, name: LimitName, state: State): Line => {
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
    ...(share === undefined
      ? [span(' '.repeat(BAR_WIDTH + 6))]
      : [
          span(bar(share, BAR_WIDTH, glyphs), shareSpan(share, glyphs).tone),
          span(fitText(shareSpan(share, glyphs).text, 6, true)),
        ]),
    span('  '),
    span(originOf(tenant, name), 'quiet'),
  ];
};

const holdLines = ({ scheduling }: TenantView, state: State): Line[] => {
  if (!scheduling) return [line('the daemon knows no rules for it', 'quiet')];
  const { effective, share, credits, budgets, penalty } = scheduling;
  const until = (iso: string | null): string => (iso === null ? '' : `, until ${untilText(iso, state.now)}`);
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

const whyLines = (state: State, name: string, width: number): Line[] => {
  const why = readWhy(state, name);
  if (!why) return problemLines(state, state.at === undefined ? `why:${name}` : `why:${name}:${state.at}`, width);
  return [
    ...wrapText(escapeLine(why.sentence), width).map((text) => line(text)),
    ...why.figures.map(({ name: figure, value }) => line(`  ${escapeLine(figure)}: ${escapeLine(value)}`, 'quiet')),
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

export const overviewLines = (tenant: TenantView, state: State, width: number): Line[] => [
  ...factLines(tenant, state),
  EMPTY_LINE,
  line(
    `${fitText('LIMIT', 11)}${fitText('VALUE', 8, true)}  ${fitText('USED', 7, true)}  ${fitText('', BAR_WIDTH + 6)}  ORIGIN`,
    'quiet',
  ),
  ...(Object.keys(LIMIT_FLAGS) as LimitName[]).map((name) => limitLine(tenant, name, state)),
  EMPTY_LINE,
  line('why', 'strong'),
  ...whyLines(state, tenant.name, width),
  EMPTY_LINE,
  line('scheduler', 'strong'),
  ...holdLines(tenant, state),
  EMPTY_LINE,
  line('rules', 'strong'),
  ...ruleLines(state, tenant.name, width),
];
