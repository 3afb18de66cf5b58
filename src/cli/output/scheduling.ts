// What the rules make of a tenant: the section of `show`. Pure.

import type { TenantView } from '../../api/contract.ts';
import type { HoldView, SchedulingView } from '../../api/scheduler-contract.ts';
import { shownCredits } from '../../domain/credits.ts';
import { formatRule } from '../../domain/rule-values.ts';
import { formatBytes, formatCpu } from '../../domain/units.ts';
import { escapeLine } from '../../reports/escape.ts';
import { percent } from './cells.ts';
import { type Clock, formatMoment, formatUntil } from './times.ts';

type Line = readonly [label: string, text: string];
type Credits = NonNullable<SchedulingView['credits']>;
type Budget = SchedulingView['budgets'][number];

/** Figures of people: 12, 3.5, 0.25. */
const figure = (value: number): string => String(Number(value.toFixed(value < 10 ? 2 : 1)));

/** Amounts of a resource as limits have them; what has no cap has "max". */
export const capText = (resource: string, cap: number | null): string => {
  if (cap === null) return 'max';
  return resource === 'cpu' ? formatCpu(cap) : formatBytes(cap);
};

/** "312 of 720, earns 30 an hour, up to 2 cores; empty at 03:10". */
const creditsText = (credits: Credits, clock: Clock): string => {
  const { balance, most, baseline, burst, emptyAt } = credits;
  const forecast = emptyAt === null ? 'does not fall' : `empty ${formatMoment(emptyAt, clock)}`;
  return `${shownCredits(balance)} of ${figure(most)}, earns ${figure((baseline * 60) / 1000)} an hour, up to ${formatCpu(burst)} cores; ${forecast}`;
};

const RULE_OF = { cpu: 'budgetCpu', memory: 'budgetMemory', egress: 'budgetEgress' } as const;

/** `16.4h`, `12.5GiB hours`, `80G`. */
const spentText = ({ resource, spent }: Budget): string => {
  if (resource === 'cpu') return `${figure(spent / 3_600_000_000)}h`;
  if (resource === 'egress') return formatBytes(spent);
  return `${formatBytes(spent / 3600).replace(/[KMGT]$/, '$&iB')} hours`;
};

const forecastText = ({ spent, amount, runsOutAt, tooEarly }: Budget, clock: Clock): string => {
  if (spent >= amount) return 'it is spent';
  if (tooEarly) return 'too early to say whether it lasts';
  return runsOutAt === null ? 'at this rate it lasts' : `at this rate you run out ${formatMoment(runsOutAt, clock)}`;
};

export const budgetText = (budget: Budget, clock: Clock): string => {
  const { resource, spent, amount, period, until } = budget;
  const whole = formatRule(RULE_OF[resource], { amount, period });
  return `${percent(spent / amount)} of ${whole} spent (${spentText(budget)}), ${formatUntil(until, clock)}; ${forecastText(budget, clock)}`;
};

const HOLD_NAMES: Readonly<Record<string, string>> = { score: 'penalty', house: 'the house', limit: 'its limit' };

const holdText = ({ rule, resource, until, text }: HoldView, clock: Clock): string => {
  const end = until === null ? '' : `, ${formatUntil(until, clock)}`;
  return `${escapeLine(resource)} by ${escapeLine(HOLD_NAMES[rule] ?? rule)}, ${escapeLine(text)}${end}`;
};

const penaltyText = (name: string, penalty: NonNullable<SchedulingView['penalty']>, clock: Clock): string => {
  const kind = { cap: 'a lower cap', freeze: 'frozen', stop: 'stopped' }[penalty.kind];
  return `step ${penalty.tier} for ${escapeLine(penalty.resource)}: ${kind} ${formatUntil(penalty.until, clock)}; to end it: tenantctl pardon ${name}`;
};

export const shareText = ({ share, plan }: SchedulingView): string =>
  `${percent(share.fraction)} of the house, ${formatCpu(share.cpu)} cores; ${plan === null ? 'no plan' : `plan ${plan}`}`;

const scoreText = ({ score, occurrences }: SchedulingView): string => {
  const scores = `cpu ${Math.round(score.cpu)}, memory ${Math.round(score.memory)}, io ${Math.round(score.io)} of 100`;
  return occurrences === 0
    ? scores
    : `${scores}; ${occurrences} ${occurrences === 1 ? 'penalty' : 'penalties'} not forgotten yet`;
};

/** Lines of `show`; nothing from a daemon that does not tell. */
export const schedulingLines = ({ name, scheduling }: TenantView, clock: Clock): Line[] => {
  if (!scheduling) return [];
  const { effective, holds, credits, budgets, penalty } = scheduling;
  return [
    ['share', shareText(scheduling)],
    [
      'in force',
      `cpu ${capText('cpu', effective.cpu)}, weight ${effective.cpuWeight}, memory ${capText('memory', effective.memory)}`,
    ],
    ...holds.map((hold, i): Line => [i === 0 ? 'held to' : '', holdText(hold, clock)]),
    ...(credits === null ? [] : [['credits', creditsText(credits, clock)] as const]),
    ...budgets.map((budget): Line => ['budget', budgetText(budget, clock)]),
    ['score', scoreText(scheduling)],
    ...(penalty === null ? [] : [['penalty', penaltyText(name, penalty, clock)] as const]),
  ];
};
