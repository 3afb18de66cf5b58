// The screen: title, host, body, running work, foot. All of it comes from the state by the view-model.

import { Box } from 'ink';
import type { ReactNode } from 'react';
import { h, Rows } from '../element.ts';
import type { State } from '../state/types.ts';
import { paintLine } from '../theme.ts';
import type { Line } from '../view-model/lines.ts';
import { buildFrame } from '../view-model/screen.ts';

/** A part as high as its lines; an empty line needs a blank, or it has no height. */
const Part = ({ lines, state }: { readonly lines: readonly Line[]; readonly state: State }): ReactNode =>
  lines.length === 0
    ? null
    : h(
        Box,
        { flexShrink: 0, height: lines.length },
        h(Rows, { text: lines.map((row) => paintLine(row, state.theme) || ' ').join('\n') }),
      );

export const Dashboard = ({ state }: { readonly state: State }): ReactNode => {
  const { columns, rows } = state.size;
  const { title, host, body, works, foot } = buildFrame(state);
  return h(
    Box,
    { flexDirection: 'column', width: columns, height: rows, overflow: 'hidden' },
    h(Part, { lines: title, state }),
    h(Part, { lines: host, state }),
    h(Part, { lines: body, state }),
    h(Part, { lines: works, state }),
    h(Part, { lines: foot, state }),
  );
};
