// Elements of the screen, without JSX: Node runs the sources of a checkout as they are, and it knows no .tsx.

import { Text } from 'ink';
import { createElement, memo, type ReactNode } from 'react';

export const h = createElement;

interface RowsProps {
  /** Painted already, cut to the width of the screen. */
  readonly text: string;
}

/** Lines of a part of the screen; drawn anew only when one of them changed. */
export const Rows = memo(({ text }: RowsProps): ReactNode => h(Text, { wrap: 'truncate' }, text));
