// Proposed limits with what they rest on, and the line to type. Pure.

import type { SuggestView } from '../../api/scheduler-contract.ts';
import { LIMIT_FLAGS } from '../../domain/limits.ts';
import { writeBytes } from '../../domain/rule-texts.ts';
import { formatBytes, formatCpu } from '../../domain/units.ts';
import { escapeLine } from '../../reports/escape.ts';
import type { Paint } from './style.ts';
import { type Column, renderTable } from './table.ts';

type Proposal = SuggestView['proposals'][number];

const FLAGS: Readonly<Record<string, string>> = LIMIT_FLAGS;

const textOf = (limit: string, value: number | null, sizeText: (bytes: number) => string): string => {
  if (value === null) return 'max';
  if (limit === 'cpu') return formatCpu(Math.round(value));
  return limit === 'pids' ? String(Math.round(value)) : sizeText(Math.round(value));
};

/** To look at: a size has one decimal. */
const roundText = (limit: string, value: number | null): string => textOf(limit, value, formatBytes);

/** To type: 1472M, where 1.4G would be 38M less. */
const exactText = (limit: string, value: number | null): string => textOf(limit, value, writeBytes);

const isNew = ({ limit, now, proposed }: Proposal): boolean => exactText(limit, now) !== exactText(limit, proposed);

/** What stays as it is reads as what is proposed. */
const nowText = (proposal: Proposal): string =>
  isNew(proposal) ? roundText(proposal.limit, proposal.now) : exactText(proposal.limit, proposal.now);

const COLUMNS: readonly Column<Proposal>[] = [
  { title: 'LIMIT', cell: ({ limit }) => escapeLine(FLAGS[limit] ?? limit) },
  { title: 'NOW', right: true, cell: nowText },
  {
    title: 'PROPOSED',
    right: true,
    cell: ({ limit, proposed }) => ({ text: exactText(limit, proposed), tone: 'strong' }),
  },
  { title: 'P95', right: true, cell: ({ limit, p95 }) => roundText(limit, p95) },
  { title: 'PEAK', right: true, cell: ({ limit, peak }) => roundText(limit, peak) },
  { title: 'WHY', priority: 2, cuts: true, cell: ({ why }) => escapeLine(why) },
];

/** A disk shrinks with a restart only, and not below what is on it: such a proposal is shown, but not put into the line. */
const isEasy = ({ limit, now, proposed }: Proposal): boolean =>
  limit !== 'disk' || (now !== null && proposed !== null && proposed > now);

/** The command that would do it, or undefined when nothing is to be typed. */
export const commandOf = ({ name, proposals }: SuggestView): string | undefined => {
  const words = proposals
    .filter((proposal) => FLAGS[proposal.limit] !== undefined && isNew(proposal))
    .filter(isEasy)
    .map(({ limit, proposed }) => `--${FLAGS[limit]} ${exactText(limit, proposed)}`);
  return words.length === 0 ? undefined : `tenantctl set ${name} ${words.join(' ')}`;
};

export const renderSuggestions = (
  view: SuggestView,
  options: { readonly width: number; readonly paint: Paint },
): string => {
  const command = commandOf(view);
  const next = command === undefined ? 'nothing to change while it runs\n' : `to take them: ${command}\n`;
  return `${renderTable(COLUMNS, view.proposals, options)}from ${view.rows} rows of history; ${next}`;
};
