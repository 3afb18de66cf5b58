// What a pane says while its answer is not there. Pure.

import { escapeLine } from '../../../reports/escape.ts';
import { readProblem } from '../../state/loads.ts';
import type { State } from '../../state/types.ts';
import { type Line, line, wrapText } from '../lines.ts';

/** One honest line: awaited, or why not. */
export const problemLines = (state: State, key: string, width: number): Line[] => {
  const problem = readProblem(state, key);
  if (problem === undefined) return [line('asking the daemon', 'quiet')];
  return wrapText(`not there: ${escapeLine(problem)}`, width).map((text) => line(text, 'warn'));
};
