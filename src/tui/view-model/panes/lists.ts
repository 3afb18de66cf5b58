// Panes that are lists: processes by what they use, incidents with their evidence, the console, events. Pure.

import type { TenantView } from '../../../api/contract.ts';
import type { IncidentView, ProcessesView } from '../../../api/scheduler-contract.ts';
import { formatDuration } from '../../../domain/units.ts';
import { escapeLine, escapeText } from '../../../reports/escape.ts';
import { readActs, readIncidents, readLog, readProcesses } from '../../state/loads.ts';
import type { State } from '../../state/types.ts';
import { bytesText, dayText, shareText, untilText } from '../figures.ts';
import { bar } from '../graph.ts';
import { limitInForce } from '../in-force.ts';
import { EMPTY_LINE, fitText, type Line, line, span, wrapText } from '../lines.ts';
import { problemLines } from './problems.ts';

type Process = ProcessesView['processes'][number];

export interface ProcessRow extends Process {
  /** Thousandths of a core since the reading before; null at the first sight. */
  readonly cpu: number | null;
}

/** Two readings make a rate; a pid that was used again is a new process. */
export const processRows = (now: ProcessesView, before: ProcessesView | undefined): ProcessRow[] => {
  const old = new Map(before?.processes.map((one) => [`${one.pid} ${one.startedAt}`, one]));
  const micros = before ? (Date.parse(now.at) - Date.parse(before.at)) * 1000 : 0;
  return now.processes
    .map((one): ProcessRow => {
      const was = old.get(`${one.pid} ${one.startedAt}`);
      const cpu = was && micros > 0 ? Math.max(0, ((one.cpuUsec - was.cpuUsec) / micros) * 1000) : null;
      return { ...one, cpu };
    })
    .sort((a, b) => (b.cpu ?? -1) - (a.cpu ?? -1) || b.memory - a.memory || a.pid - b.pid);
};

const PROCESS_HEAD = `${fitText('PID', 8, true)} S THR ${fitText('CPU%', 6, true)} ${' '.repeat(10)} ${fitText('MEMORY', 7, true)} ${fitText('UP', 7, true)}  NAME`;

const processLine = (row: ProcessRow, tenant: TenantView, state: State): Line => {
  const { glyphs } = state.theme;
  const share =
    row.cpu === null ? undefined : row.cpu / (limitInForce(tenant, 'cpu').cap ?? state.top?.host.house.cpu ?? 1000);
  const up = formatDuration(state.now - Date.parse(row.startedAt));
  return [
    span(
      `${fitText(String(row.pid), 8, true)} ${fitText(escapeLine(row.state), 1)} ${fitText(String(row.threads), 3, true)} `,
    ),
    span(fitText(share === undefined ? glyphs.unknown : shareText(share), 6, true)),
    span(` ${bar(share, 10, glyphs)} `),
    span(`${fitText(bytesText(row.memory), 7, true)} ${fitText(up, 7, true)}  `),
    span(escapeLine(row.name)),
  ];
};

export const processLines = (tenant: TenantView, state: State, width: number): Line[] => {
  const { now, before } = readProcesses(state, tenant.name);
  if (!now) return problemLines(state, `processes:${tenant.name}`, width);
  const rows = processRows(now, before);
  return [
    line(`${rows.length} processes, pids of the host; CPU% of the limit in force, since the reading before`, 'quiet'),
    line(PROCESS_HEAD, 'quiet'),
    ...rows.map((row) => processLine(row, tenant, state)),
  ];
};

const figureText = (figures: IncidentView['evidence']['figures']): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

const incidentLines_ = (incident: IncidentView, state: State, width: number): Line[] => {
  const { evidence, openedAt, closedAt, kind, count } = incident;
  const times =
    closedAt === null
      ? `${dayText(openedAt)}, goes on`
      : `${dayText(openedAt)}, ended ${untilText(closedAt, state.now)}`;
  const text = (label: string, value: string): Line[] =>
    value === '' ? [] : wrapText(`${label}${escapeLine(value)}`, width - 4).map((part) => line(`    ${part}`));
  const processes = evidence.processes
    .map(({ name, pid, memory }) => `${name} (${pid}, ${bytesText(memory)})`)
    .join(', ');
  const neighbours = evidence.neighbours.map(({ name, cpu }) => `${name} ${Math.round(cpu)}m`).join(', ');
  return [
    [
      span(`${closedAt === null ? '!' : ' '} ${times}  `),
      span(kind, closedAt === null ? 'bad' : 'strong'),
      span(count > 1 ? `, ${count} times` : ''),
    ],
    ...text('', incident.summary),
    ...text('done: ', incident.action),
    ...text('outcome: ', incident.outcome),
    ...text('processes: ', processes),
    ...text('neighbours: ', neighbours),
    ...text('figures: ', figureText(evidence.figures)),
  ];
};

export const incidentLines = (tenant: TenantView, state: State, width: number): Line[] => {
  const incidents = readIncidents(state, tenant.name);
  if (!incidents) return problemLines(state, `incidents:${tenant.name}`, width);
  if (incidents.length === 0) return [line('no incident is kept of it', 'quiet')];
  const newest = [...incidents].sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1));
  return newest.flatMap((incident) => [...incidentLines_(incident, state, width), EMPTY_LINE]);
};

export const logLines = (tenant: TenantView, state: State, width: number): Line[] => {
  const text = readLog(state, tenant.name);
  if (text === undefined) return problemLines(state, `log:${tenant.name}`, width);
  if (text === '') return [line(`${tenant.name} has written nothing on its console yet`, 'quiet')];
  return (
    escapeText(text.replace(/\n$/, ''))
      .split('\n')
      // a tab has no width of its own
      .map((row) => line(row.replaceAll('\t', '    ')))
  );
};

/** Events of the daemon and acts of the scheduler in one order of time, the newest last. */
export const eventLines = (tenant: TenantView, state: State, width: number): Line[] => {
  const events = state.events
    .filter((event) => event.tenant === tenant.name)
    .map(({ at, type, text, by }) => ({ at, text: `${type}: ${text} (${by})` }));
  const acts = readActs(state, tenant.name).map(({ at, rule, kind, cause, mode }) => ({
    at,
    text: `${rule} ${kind}${mode === 'watch' ? ' (watched only)' : ''}: ${cause}`,
  }));
  const all = [...events, ...acts].sort((a, b) => (a.at < b.at ? -1 : 1));
  if (all.length === 0) return [line('nothing has happened since the events that are kept', 'quiet')];
  return all.flatMap(({ at, text }) =>
    wrapText(escapeLine(text), Math.max(20, width - 16)).map(
      (part, i): Line => [span(fitText(i === 0 ? dayText(at) : '', 16), 'quiet'), span(part)],
    ),
  );
};
