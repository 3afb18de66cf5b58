// Acts of the rules as a table, and their summary after a simulation. Pure.

import type { ActView, SimulateResult } from '../../api/scheduler-contract.ts';
import { escapeLine } from '../../reports/escape.ts';
import { UNKNOWN } from './cells.ts';
import { capText } from './scheduling.ts';
import type { Paint } from './style.ts';
import { type Cell, type Column, renderTable } from './table.ts';
import { type Clock, formatLocal, formatUntil } from './times.ts';

type Look = Clock & { readonly width: number; readonly paint: Paint };

/** "1 -> 0.4", or nothing where no figure moved. */
const changeText = ({ resource, from, to }: ActView): string =>
  from === null && to === null ? UNKNOWN : `${capText(resource, from)} -> ${capText(resource, to)}`;

const TIGHTER: ReadonlySet<string> = new Set(['lower', 'penalty', 'freeze', 'stop', 'kill', 'restart']);

/** What was only watched is not taken for done. */
const kindCell = ({ kind, mode }: ActView): Cell => {
  const text = escapeLine(mode === 'watch' ? `(${kind})` : kind);
  return { text, tone: mode === 'watch' ? 'quiet' : TIGHTER.has(kind) ? 'warn' : 'good' };
};

const buildColumns = (clock: Clock): readonly Column<ActView>[] => [
  { title: 'AT', cell: ({ at }) => formatLocal(at, clock) },
  { title: 'TENANT', cell: ({ tenant }) => escapeLine(tenant) },
  { title: 'RULE', cell: ({ rule }) => escapeLine(rule) },
  { title: 'ACT', cell: kindCell },
  { title: 'RESOURCE', priority: 3, cell: ({ resource }) => escapeLine(resource) },
  { title: 'CHANGE', right: true, cell: changeText },
  { title: 'UNTIL', priority: 4, cell: ({ until }) => formatUntil(until, clock).replace('until ', '') || UNKNOWN },
  { title: 'CAUSE', priority: 2, cuts: true, cell: ({ cause }) => escapeLine(cause) },
];

const WATCH_NOTE = '(…) only watched: what enforce would have done\n';

export const renderActs = (acts: readonly ActView[], look: Look): string =>
  renderTable(buildColumns(look), acts, look) + (acts.some(({ mode }) => mode === 'watch') ? WATCH_NOTE : '');

interface Sum {
  readonly tenant: string;
  readonly rule: string;
  readonly counts: ReadonlyMap<string, number>;
}

/** By tenant, then by rule, in the order of their names. */
const sumUp = (acts: readonly ActView[]): Sum[] => {
  const sums = new Map<string, Sum & { counts: Map<string, number> }>();
  for (const { tenant, rule, kind } of acts) {
    const key = `${tenant}\n${rule}`;
    const sum = sums.get(key) ?? { tenant, rule, counts: new Map<string, number>() };
    sum.counts.set(kind, (sum.counts.get(kind) ?? 0) + 1);
    sums.set(key, sum);
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
};

const total = ({ counts }: Sum): number => [...counts.values()].reduce((a, b) => a + b, 0);

const SUMS: readonly Column<Sum>[] = [
  { title: 'TENANT', cell: ({ tenant }) => escapeLine(tenant) },
  { title: 'RULE', cell: ({ rule }) => escapeLine(rule) },
  { title: 'ACTS', right: true, cell: (sum) => String(total(sum)) },
  {
    title: 'OF THEM',
    priority: 2,
    cell: ({ counts }) => [...counts].map(([kind, count]) => `${count} ${escapeLine(kind)}`).join(', '),
  },
];

/** A frame holds how much CPU was exempt, not the names of the processes: the figure stays under other lists. */
const EXEMPT_NOTE = 'not replayed: the exempt lists; which CPU time is exempt stays as it was recorded\n';

const verdict = ({ differences }: SimulateResult): string => {
  if (differences === null) return EXEMPT_NOTE;
  if (differences === 0) return 'the replay equals the record\n';
  return `the replay and the record differ in ${differences} act${differences === 1 ? '' : 's'}\n`;
};

/** Every act, a summary, and for the rules in force whether that is what was recorded. */
export const renderSimulation = (result: SimulateResult, look: Look): string => {
  const { acts, from, to, ticks } = result;
  const span = `${ticks} decisions from ${formatLocal(from, look)} to ${formatLocal(to, look)}`;
  const sums = acts.length === 0 ? '' : `${renderActs(acts, look)}\n${renderTable(SUMS, sumUp(acts), look)}\n`;
  return `${sums}${acts.length} act${acts.length === 1 ? '' : 's'} in ${span}\n${verdict(result)}`;
};
