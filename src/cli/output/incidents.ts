// Incidents: a table, or each with its evidence. Pure. Names of processes are the tenant's own and are escaped.

import type { IncidentView } from '../../api/scheduler-contract.ts';
import { formatBytes, formatCpu, formatDuration } from '../../domain/units.ts';
import { escapeLine } from '../../reports/escape.ts';
import { percent } from './cells.ts';
import type { Paint } from './style.ts';
import { type Cell, type Column, renderTable } from './table.ts';
import { type Clock, formatLocal } from './times.ts';

type Look = Clock & { readonly width: number; readonly paint: Paint };

const lastedCell = ({ openedAt, closedAt }: IncidentView, now: number): Cell => {
  const ms = (closedAt === null ? now : Date.parse(closedAt)) - Date.parse(openedAt);
  return closedAt === null ? { text: `open ${formatDuration(ms)}`, tone: 'warn' } : { text: formatDuration(ms) };
};

const buildColumns = (clock: Clock): readonly Column<IncidentView>[] => [
  { title: 'ID', right: true, priority: 3, cell: ({ id }) => String(id) },
  { title: 'OPENED', cell: ({ openedAt }) => formatLocal(openedAt, clock) },
  { title: 'LASTED', cell: (incident) => lastedCell(incident, clock.now) },
  { title: 'TENANT', cell: ({ tenant }) => escapeLine(tenant) },
  { title: 'KIND', cell: ({ kind }) => escapeLine(kind) },
  { title: 'TIMES', right: true, priority: 4, cell: ({ count }) => String(count) },
  { title: 'WHAT', priority: 2, cuts: true, cell: ({ summary }) => escapeLine(summary) },
];

export const renderIncidents = (incidents: readonly IncidentView[], look: Look): string =>
  renderTable(buildColumns(look), incidents, look);

type Line = readonly [label: string, text: string];
type Evidence = IncidentView['evidence'];

/** The label stands on the first of several lines. */
const labelled = (label: string, texts: readonly string[]): Line[] =>
  texts.map((text, i) => [i === 0 ? label : '', text]);

const memoryText = (memory: number, delta: number): string => {
  if (memory === 0) return '';
  const grown = delta === 0 ? '' : ` (${formatBytes(Math.abs(delta))} ${delta > 0 ? 'more' : 'less'})`;
  return `, ${formatBytes(memory)}${grown}`;
};

const processText = ({ name, pid, cpuUsec, memory, memoryDelta }: Evidence['processes'][number]): string => {
  const who = pid === 0 ? escapeLine(name) : `${escapeLine(name)} (process ${pid})`;
  return `${who}: ${(cpuUsec / 1_000_000).toFixed(2)} s of CPU${memoryText(memory, memoryDelta)}`;
};

const evidenceLines = ({ processes, pressure, neighbours, figures }: Evidence): Line[] => [
  ...labelled('processes', processes.map(processText)),
  ...(pressure === null
    ? []
    : [
        [
          'pressure',
          `cpu ${percent(pressure.cpu)}, memory ${percent(pressure.memory)}, io ${percent(pressure.io)}`,
        ] as const,
      ]),
  ...labelled(
    'neighbours',
    neighbours.map(
      ({ name, cpu, memory }) => `${escapeLine(name)}: ${formatCpu(Math.round(cpu))} cores, ${formatBytes(memory)}`,
    ),
  ),
  ...labelled(
    'figures',
    Object.entries(figures).map(([name, value]) => `${escapeLine(name)} ${escapeLine(String(value))}`),
  ),
];

const renderOne = (incident: IncidentView, { paint, ...clock }: Look): string => {
  const { id, tenant, kind, openedAt, closedAt, count, summary, action, outcome, evidence } = incident;
  const end = closedAt === null ? 'still open' : `to ${formatLocal(closedAt, clock)}`;
  const lines: readonly Line[] = [
    ['what', escapeLine(summary)],
    ['when', `${formatLocal(openedAt, clock)}, ${end}${count > 1 ? `, ${count} times` : ''}`],
    ['action', escapeLine(action) || 'none'],
    ['outcome', escapeLine(outcome) || 'not known yet'],
    ...evidenceLines(evidence),
  ];
  const head = paint('strong', `${id} ${escapeLine(tenant)} ${escapeLine(kind)}`);
  return `${head}\n${lines.map(([label, text]) => `  ${label.padEnd(11)} ${text}\n`).join('')}`;
};

export const renderIncidentDetails = (incidents: readonly IncidentView[], look: Look): string =>
  incidents.map((incident) => renderOne(incident, look)).join('\n');
