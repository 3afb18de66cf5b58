// What stands around the rows: title, the host, the line below, running work, hints at the foot. Pure.

import { ruleHolds } from '../../api/holds.ts';
import { formatBytes, formatCpu, formatDuration } from '../../domain/units.ts';
import { escapeLine } from '../../reports/escape.ts';
import { shareSpan } from '../columns.ts';
import { buildHints } from '../keymap.ts';
import { findPastHost, findPastRow } from '../state/loads.ts';
import { modeOf } from '../state/mode.ts';
import type { State, Work } from '../state/types.ts';
import { bytesText, clockText, cpuText, dayText, isoOf } from './figures.ts';
import { bar, sparkline } from './graph.ts';
import { EMPTY_LINE, fitText, type Line, line, type Span, span, type Tone } from './lines.ts';

const GAP = span('  ');
const join = (parts: readonly (Span | undefined)[]): Line =>
  parts.filter((part) => part !== undefined).flatMap((part, i) => (i > 0 ? [GAP, part] : [part]));

const linkSpan = ({ link, now }: State): Span | undefined => {
  if (link.kind === 'connecting') return span('asking the daemon …', 'warn');
  if (link.kind === 'up') return undefined;
  const ago = formatDuration(now - link.since);
  return span(`! no daemon for ${ago} (${escapeLine(link.why)}); figures are old; trying again`, 'bad');
};

const timeSpan = ({ at, top }: State): Span =>
  at === undefined
    ? span(top ? `${clockText(top.at)}Z` : '')
    : { text: ` AS IT WAS ${dayText(isoOf(at))}Z, n: now `, inverse: true };

export const titleLine = (state: State): Line => {
  const { top, prefs, paused, readOnly, filter, marked } = state;
  const running = top?.tenants.filter(({ state: is }) => is === 'running').length ?? 0;
  return join([
    span('tenantctl', 'strong'),
    linkSpan(state),
    timeSpan(state),
    paused ? { text: ' HELD, p: run ', inverse: true } : undefined,
    readOnly ? span('read-only', 'strong') : undefined,
    top ? span(escapeLine(top.host.hostname)) : undefined,
    top ? span(`${running} of ${top.tenants.length} run`) : undefined,
    marked.length > 0 ? span(`${marked.length} marked`, 'strong') : undefined,
    filter === '' ? undefined : span(`filter ${filter}`, 'strong'),
    prefs.scale === 'host' ? span('shares of the machine', 'strong') : undefined,
    span(`every ${formatDuration(prefs.intervalMs)}`, 'quiet'),
  ]);
};

interface Total {
  readonly title: string;
  readonly used: number;
  readonly most: number;
  readonly tenants: number;
  readonly house: number;
  readonly show: (n: number) => string;
  readonly most_: (n: number) => string;
}

const totalSpans = (total: Total, barWidth: number, state: State): Span[] => {
  const { glyphs } = state.theme;
  const share = total.most > 0 ? total.used / total.most : undefined;
  const rest = Math.max(0, total.used - total.tenants);
  return [
    span(total.title, 'strong'),
    span(bar(share, barWidth, glyphs), shareSpan(share, glyphs).tone),
    shareSpan(share, glyphs),
    span(`${total.show(total.used)}/${total.most_(total.most)}`),
    span(`tenants ${total.show(total.tenants)} of ${total.most_(total.house)}`),
    span(`rest ${total.show(rest)}`, 'quiet'),
  ];
};

const percentOf = (share: number): string => String(Math.round(share * 100));

/** Of the host: what its cpu, memory and io made some task wait; the kernel may not say (no PSI). */
const pressureSpan = (state: State): Span => {
  const { unknown } = state.theme.glyphs;
  // the history of the host keeps none
  const pressure = state.at === undefined ? state.top?.host.pressure : undefined;
  const parts = pressure ? [pressure.cpu, pressure.memory, pressure.io] : [];
  const worst = Math.max(0, ...parts);
  const text = parts.length === 0 ? unknown : parts.map(percentOf).join('/');
  return span(`wait c/m/i ${text}`, worst > 0.5 ? 'bad' : worst > 0.2 ? 'warn' : undefined);
};

/** Total of the host, the sum of its tenants against the house, and the rest: cpu, then memory. */
export const hostLines = (state: State): Line[] => {
  const { top, at, size, hostTrail, theme } = state;
  if (!top) return [EMPTY_LINE, EMPTY_LINE];
  const { host } = top;
  const past = at === undefined ? undefined : findPastHost(state, at);
  if (at !== undefined && !past) return [line('(host) nothing is kept of this minute', 'quiet'), EMPTY_LINE];
  const sums = at === undefined ? host.tenants : sumOfPast(state, at);
  const barWidth = size.columns < 100 ? 8 : 16;
  const cpu = totalSpans(
    {
      title: 'cpu',
      used: past ? past.tenants + past.system : host.cpu,
      most: host.cpus * 1000,
      tenants: sums.cpu,
      house: host.house.cpu,
      show: cpuText,
      most_: formatCpu,
    },
    barWidth,
    state,
  );
  const memory = totalSpans(
    {
      title: 'mem',
      used: past?.memoryUsed ?? host.memoryUsed,
      most: host.memoryTotal,
      tenants: sums.memory,
      house: host.house.memory,
      show: bytesText,
      most_: formatBytes,
    },
    barWidth,
    state,
  );
  const trail = sparkline(hostTrail?.values ?? [], host.cpus * 1000, 20, theme.glyphs);
  return [join([...cpu, at === undefined ? span(trail, 'quiet') : undefined]), join([...memory, pressureSpan(state)])];
};

const sumOfPast = (state: State, at: number): { cpu: number; memory: number } => {
  const rows = (state.top?.tenants ?? []).map(({ name }) => findPastRow(state, name, at));
  return {
    cpu: rows.reduce((sum, row) => sum + (row?.cpu ?? 0), 0),
    memory: rows.reduce((sum, row) => sum + (row?.memory ?? 0), 0),
  };
};

/** The last word: what went wrong or well, else the reason and the hold of the selected tenant. */
export const statusLine = (state: State): Line => {
  const { message, dialog, theme } = state;
  if (dialog?.kind === 'filter')
    return [span('filter (! first: all but): ', 'strong'), span(state.filter), { text: ' ', inverse: true }];
  if (message) return line(escapeLine(message.text), message.tone);
  const tenant = state.top?.tenants.find(({ name }) => name === state.selected);
  if (!tenant || state.detail) return EMPTY_LINE;
  const hold = ruleHolds(tenant.scheduling)[0]?.text;
  const text = [tenant.reason, hold ?? ''].filter((part) => part !== '').join(theme.glyphs.ascii ? '; ' : ' · ');
  return text === '' ? EMPTY_LINE : [span(`${tenant.name}: `, 'strong'), span(escapeLine(text))];
};

const WORK_TONES: { readonly [K in Work['state']]: Tone | undefined } = {
  waiting: 'quiet',
  running: undefined,
  done: 'good',
  failed: 'bad',
};
const WORK_SIGNS: { readonly [K in Work['state']]: keyof State['theme']['glyphs']['state'] } = {
  waiting: 'stop',
  running: 'move',
  done: 'run',
  failed: 'fail',
};
export const MOST_WORK_LINES = 4;

const STEP_BAR = 10;

const workLine = (work: Work, state: State): Line => {
  const { glyphs } = state.theme;
  const tone = WORK_TONES[work.state];
  const isRunning = work.state === 'running' && work.total > 0;
  const steps = isRunning
    ? [span(bar(work.index / work.total, STEP_BAR, glyphs)), span(` ${work.index}/${work.total} `)]
    : [];
  return [
    span(`${glyphs.state[WORK_SIGNS[work.state]]} `, tone),
    span(`${work.job.title} `, 'strong'),
    ...steps,
    span(`${work.state}: ${escapeLine(work.text)}`, tone),
  ];
};

/** What runs and what ended last; older results give way. */
export const workLines = (state: State): Line[] =>
  state.works.slice(-MOST_WORK_LINES).map((work) => workLine(work, state));

/** As many as fit. */
export const hintLine = (state: State): Line => {
  const hints = buildHints(modeOf(state), state.readOnly, state.theme.glyphs.ascii);
  const spans: Span[] = [];
  let left = state.size.columns;
  for (const { key, text } of hints) {
    const cost = key.length + text.length + 3;
    if (cost > left) break;
    spans.push({ text: ` ${key} `, inverse: true }, span(fitText(text, text.length + 1)));
    left -= cost;
  }
  return spans;
};
