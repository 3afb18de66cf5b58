// The answer of `tenantctl why`: the sentence, then its figures in aligned lines. Pure.

import type { WhyView } from '../../api/scheduler-contract.ts';
import { escapeLine } from '../../reports/escape.ts';
import type { Paint, Tone } from './style.ts';
import { type Clock, formatLocal } from './times.ts';

const toneOf = (cause: WhyView['cause']): Tone => (cause === 'nothing' ? 'good' : 'strong');

export const renderWhy = (why: WhyView, options: Clock & { readonly paint: Paint }): string => {
  const rows = [
    ['cause', why.neighbour === null ? why.cause : `${why.cause} ${escapeLine(why.neighbour)}`],
    ['at', formatLocal(why.at, options)],
    ...why.figures.map(({ name, value }) => [escapeLine(name), escapeLine(value)]),
  ];
  const width = Math.max(...rows.map(([label = '']) => label.length));
  const lines = rows.map(([label = '', text = '']) => `  ${label.padEnd(width)}  ${text}\n`);
  return `${options.paint(toneOf(why.cause), escapeLine(why.sentence))}\n${lines.join('')}`;
};
