// The network of one tenant: its addresses, and what it receives and sends. Pure.

import type { TenantView } from '../../../api/contract.ts';
import { formatBytes } from '../../../domain/units.ts';
import type { State } from '../../state/types.ts';
import { rateText } from '../figures.ts';
import { type Line, line } from '../lines.ts';
import { axisLines, plotLines } from './graphs.ts';
import { readWindow } from './points.ts';

export const networkLines = (tenant: TenantView, state: State, size: { width: number; height: number }): Line[] => {
  const window = readWindow(state, tenant.name);
  const { usage } = tenant;
  const { unknown } = state.theme.glyphs;
  const facts = [
    line(`address ${tenant.address4}, ${tenant.address6}, link ${tenant.link}`),
    line(`in ${rateText(usage?.netRxBps, unknown)}/s, out ${rateText(usage?.netTxBps, unknown)}/s`),
  ];
  const height = Math.max(1, Math.min(6, Math.floor((size.height - facts.length - 3) / 2) - 1));
  const at = { width: size.width, height };
  const show = (value: number): string => formatBytes(value);
  return [
    ...facts,
    ...plotLines({ title: 'in, bytes a second', pick: ({ netRx }) => netRx, most: null, show }, window, state, at),
    ...plotLines({ title: 'out, bytes a second', pick: ({ netTx }) => netTx, most: null, show }, window, state, at),
    ...axisLines(state, window, size.width, tenant.name),
  ];
};
