// The screen for a screen reader: one sentence a line.

import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { h } from '../element.ts';
import type { State } from '../state/types.ts';
import { spokenLines } from '../view-model/spoken.ts';

export const Spoken = ({ state }: { readonly state: State }): ReactNode =>
  h(
    Box,
    { flexDirection: 'column' },
    // a line has no identity but its place
    ...spokenLines(state).map((text, i) => h(Text, { key: String(i) }, text)),
  );
