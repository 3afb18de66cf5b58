// The detail of one tenant: its head, its tabs, the pane that is open; on a wide screen the overview beside it. Pure.

import type { TenantView } from '../../api/contract.ts';
import { escapeLine } from '../../reports/escape.ts';
import { stateSpan } from '../columns.ts';
import { findPastRow } from '../state/loads.ts';
import { type Detail, PANES, type Pane, type State } from '../state/types.ts';
import { besides, cutLine, EMPTY_LINE, type Line, line, lineWidth, type Span, span, windowLines } from './lines.ts';
import { graphLines } from './panes/graphs.ts';
import { eventLines, incidentLines, logLines, processLines } from './panes/lists.ts';
import { networkLines } from './panes/network.ts';
import { overviewLines } from './panes/overview.ts';
import { rangeOf } from './panes/points.ts';
import { badge, coresText, inThePast, memoryText } from './tenant-row.ts';

/** From here on two panes stand side by side. */
const WIDE = 160;

interface Area {
  readonly width: number;
  readonly height: number;
}

const paneLines = (pane: Pane, tenant: TenantView, state: State, area: Area): Line[] => {
  const { width } = area;
  switch (pane) {
    case 'overview':
      return overviewLines(tenant, state, width);
    case 'graphs':
      return graphLines(tenant, state, area);
    case 'processes':
      return processLines(tenant, state, width);
    case 'incidents':
      return incidentLines(tenant, state, width);
    case 'network':
      return networkLines(tenant, state, area);
    case 'log':
      return logLines(tenant, state, width);
    case 'events':
      return eventLines(tenant, state, width);
  }
};

const GRAPHIC: readonly Pane[] = ['graphs', 'network'];

const headLine = (tenant: TenantView, state: State): Line => {
  const { glyphs } = state.theme;
  const sign = badge({ tenant });
  return [
    span(tenant.name, 'strong'),
    span('  '),
    ...(state.at === undefined ? [stateSpan(tenant, glyphs)] : []),
    span(`  cpu ${coresText(tenant, glyphs)}  memory ${memoryText(tenant, glyphs)}  `),
    ...(sign.text === '' ? [] : [sign, span('  ')]),
    span(state.at === undefined ? escapeLine(tenant.reason) : ''),
  ];
};

/** All tabs by name, or, where they do not fit, the others by their numbers. */
const tabLine = (state: State, detail: Detail): Line => {
  const tabs = (isWhole: boolean): Span[] =>
    PANES.flatMap((pane, i): Span[] => [
      { text: isWhole || pane === detail.pane ? `${i + 1} ${pane}` : `${i + 1}`, inverse: pane === detail.pane },
      span(' '),
    ]);
  const range = GRAPHIC.includes(detail.pane) ? [span(`range ${rangeOf(state)}`, 'quiet')] : [];
  const whole = [...tabs(true), ...range];
  return lineWidth(whole) <= state.size.columns ? whole : [...tabs(false), ...range];
};

export const findTenant = (state: State, name: string): TenantView | undefined => {
  const tenant = state.top?.tenants.find((other) => other.name === name);
  if (!tenant || state.at === undefined) return tenant;
  return inThePast(tenant, findPastRow(state, name, state.at));
};

/** Above each pane. */
const HEAD_HEIGHT = 3;

/** How far a pane can be scrolled. */
export const mostScroll = (state: State, detail: Detail, area: Area): number => {
  const tenant = findTenant(state, detail.name);
  if (!tenant) return 0;
  const height = Math.max(1, area.height - HEAD_HEIGHT);
  const width = area.width >= WIDE ? Math.floor(area.width / 2) - 1 : area.width;
  return Math.max(0, paneLines(detail.pane, tenant, state, { width, height }).length - height);
};

export const detailLines = (state: State, detail: Detail, area: Area): Line[] => {
  const tenant = findTenant(state, detail.name);
  if (!tenant) return windowLines([line(`${detail.name} is not there any more`)], 0, area.height);
  const head = [headLine(tenant, state), tabLine(state, detail), EMPTY_LINE];
  const height = Math.max(1, area.height - HEAD_HEIGHT);
  const isWide = area.width >= WIDE;
  const width = isWide ? Math.floor(area.width / 2) - 1 : area.width;
  const own = paneLines(detail.pane, tenant, state, { width, height });
  const shown = windowLines(own, detail.scroll, height);
  if (!isWide) return [...head, ...shown].map((row) => cutLine(row, area.width));
  const other =
    detail.pane === 'overview' ? graphLines(tenant, state, { width, height }) : overviewLines(tenant, state, width);
  return [...head, ...besides(shown, windowLines(other, 0, height), width)].map((row) => cutLine(row, area.width));
};
