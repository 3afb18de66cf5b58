// What stands around the rows: title, the host, the line below, running work, hints at the foot. Pure.

import type { HostView } from '../../api/contract.ts';
import { ruleHolds } from '../../api/holds.ts';
import type { HostSeriesRow } from '../../api/series-contract.ts';
import { formatBytes, formatCpu, formatDuration } from '../../domain/units.ts';
import { escapeLine } from '../../reports/escape.ts';
import { shareSpan } from '../columns.ts';
import { buildHints } from '../keymap.ts';
import { focused } from '../state/acts.ts';
import { DAY_MS, findPastHost, findPastRow, readActs } from '../state/loads.ts';
import { modeOf } from '../state/mode.ts';
import { actsInMinute } from '../state/time.ts';
import type { State, Work } from '../state/types.ts';
import { bytesText, clockText, cpuText, dayText, isoOf } from './figures.ts';
import { bar, sparkline } from './graph.ts';
import { EMPTY_LINE, fitText, type Line, line, lineWidth, type Span, span, type Tone } from './lines.ts';
import { withCursor } from './panes/graphs.ts';
import { columnOf } from './panes/points.ts';

const GAP = span('  ');
const join = (parts: readonly (Span | undefined)[]): Line =>
  parts.filter((part) => part !== undefined).flatMap((part, i) => (i > 0 ? [GAP, part] : [part]));

const linkSpan = ({ link, now }: State): Span | undefined => {
  if (link.kind === 'connecting') return span('asking the daemon', 'warn');
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

/** Below it words are left out, so that the last figure is still on the line. */
const WIDE_HOST = 100;
const NARROW_HOST = 80;

const totalSpans = (total: Total, { size, theme: { glyphs } }: State): Span[] => {
  const share = total.most > 0 ? total.used / total.most : undefined;
  const rest = Math.max(0, total.used - total.tenants);
  const barWidth = size.columns >= WIDE_HOST ? 16 : 8;
  const house = size.columns >= WIDE_HOST ? ` of ${total.most_(total.house)}` : `/${total.most_(total.house)}`;
  return [
    span(total.title, 'strong'),
    ...(size.columns < NARROW_HOST ? [] : [span(bar(share, barWidth, glyphs), shareSpan(share, glyphs).tone)]),
    shareSpan(share, glyphs),
    span(`${total.show(total.used)}/${total.most_(total.most)}`),
    span(`tenants ${total.show(total.tenants)}${size.columns < NARROW_HOST ? '' : house}`),
    span(`rest ${total.show(rest)}`, 'quiet'),
  ];
};

const percentOf = (share: number): string => String(Math.round(share * 100));

const nowPressure = ({ pressure }: HostView): number[] =>
  pressure ? [pressure.cpu, pressure.memory, pressure.io] : [];

const pastPressure = ({ pressureCpu, pressureMemory, pressureIo }: HostSeriesRow): number[] =>
  [pressureCpu, pressureMemory, pressureIo].filter((part) => part !== null);

/** Of the host: what its cpu, memory and io made some task wait; the kernel may not say (no PSI). */
const pressureSpan = (state: State, parts: readonly number[]): Span => {
  const { unknown } = state.theme.glyphs;
  const worst = Math.max(0, ...parts);
  const text = parts.length === 0 ? unknown : parts.map(percentOf).join('/');
  const label = state.size.columns >= WIDE_HOST ? 'wait c/m/i' : 'wait';
  return span(`${label} ${text}`, worst > 0.5 ? 'bad' : worst > 0.2 ? 'warn' : undefined);
};

/** Total of the host, the sum of its tenants against the house, and the rest: cpu, then memory. */
export const hostLines = (state: State): Line[] => {
  const { top, at, hostTrail, theme } = state;
  const day = at === undefined ? [] : [dayLine(state, at)];
  if (!top) return [EMPTY_LINE, EMPTY_LINE, ...day];
  const { host } = top;
  const past = at === undefined ? undefined : findPastHost(state, at);
  if (at !== undefined && !past) return [line('(host) nothing is kept of this minute', 'quiet'), EMPTY_LINE, ...day];
  const sums = at === undefined ? host.tenants : sumOfPast(state, at);
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
    state,
  );
  const trail = sparkline(hostTrail?.values ?? [], host.cpus * 1000, 20, theme.glyphs);
  return [
    join([...cpu, at === undefined ? span(trail, 'quiet') : undefined]),
    join([...memory, pressureSpan(state, past ? pastPressure(past) : nowPressure(host))]),
    ...day,
  ];
};

/** The last 24 hours as a line: where the moment is, and a mark wherever the scheduler acted. */
const dayLine = (state: State, at: number): Line => {
  const { now, size, theme, detail } = state;
  const [before, after] = [span('24h ago ', 'quiet'), span(' now', 'quiet')];
  const width = Math.max(1, size.columns - lineWidth([before, after]));
  const window = { from: now - DAY_MS, to: now };
  const cells = Array.from({ length: width }, () => theme.glyphs.rule);
  for (const act of readActs(state, detail?.name)) {
    const time = Date.parse(act.at);
    if (time > window.from) cells[columnOf(window, time, width)] = theme.glyphs.act;
  }
  return [before, ...withCursor(cells.join(''), columnOf(window, at, width), 'warn'), after];
};

const sumOfPast = (state: State, at: number): { cpu: number; memory: number } => {
  const rows = (state.top?.tenants ?? []).map(({ name }) => findPastRow(state, name, at));
  return {
    cpu: rows.reduce((sum, row) => sum + (row?.cpu ?? 0), 0),
    memory: rows.reduce((sum, row) => sum + (row?.memory ?? 0), 0),
  };
};

/** What the scheduler did to anybody in that minute. */
const actsText = (state: State, at: number): string =>
  actsInMinute(state, undefined, at)
    .map(({ tenant, rule, kind, cause }) => `${tenant}: ${rule} ${kind}, ${cause}`)
    .join('; ');

/** The last word: what went wrong or well, else the reason and the hold of the selected tenant. */
export const statusLine = (state: State): Line => {
  const { message, dialog, theme } = state;
  if (dialog?.kind === 'filter')
    return [span('filter (! first: all but): ', 'strong'), span(state.filter), { text: ' ', inverse: true }];
  if (message) return line(escapeLine(message.text), message.tone);
  if (state.detail) return EMPTY_LINE;
  if (state.at !== undefined) return line(escapeLine(actsText(state, state.at)), 'warn');
  const tenant = state.top?.tenants.find(({ name }) => name === focused(state));
  if (!tenant) return EMPTY_LINE;
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
    span(work.state === 'done' ? 'done' : `${work.state}: ${escapeLine(work.text)}`, tone),
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
