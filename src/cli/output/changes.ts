// What apply did or would do, one line a plan and a tenant. Pure.

import type { ApplyResult } from '../../api/contract.ts';
import { escapeLine } from '../../reports/escape.ts';
import type { Paint, Tone } from './style.ts';

type Change = ApplyResult['changes'][number];

const LOOKS: { readonly [K in Change['act']]: { sign: string; tone: Tone; text: string } } = {
  created: { sign: '+', tone: 'good', text: 'created' },
  'would-create': { sign: '+', tone: 'good', text: 'would be created' },
  changed: { sign: '~', tone: 'warn', text: 'changed' },
  'would-change': { sign: '~', tone: 'warn', text: 'would change' },
  unchanged: { sign: '=', tone: 'quiet', text: 'unchanged' },
  failed: { sign: '!', tone: 'bad', text: 'failed' },
};

const count = (changes: readonly Change[], ...acts: Change['act'][]): number =>
  changes.filter(({ act }) => acts.includes(act)).length;

const renderLines = (changes: readonly Change[], paint: Paint): string => {
  const width = Math.max(0, ...changes.map(({ name }) => name.length));
  const lines = changes.map(({ name, act, fields, problem }) => {
    const { sign, tone, text } = LOOKS[act];
    const more = fields.length > 0 ? `: ${fields.join(', ')}` : problem === null ? '' : `: ${escapeLine(problem)}`;
    return `${paint(tone, sign)} ${name.padEnd(width)}  ${text}${more}\n`;
  });
  return lines.join('');
};

/** One line a plan; the tally is that of the tenants. */
export const renderPlanChanges = (changes: readonly Pick<Change, 'name' | 'act'>[], paint: Paint): string =>
  renderLines(
    changes.map(({ name, act }) => ({ name: `plan ${name}`, act, fields: [], problem: null })),
    paint,
  );

export const renderChanges = (changes: readonly Change[], paint: Paint): string => {
  const isDry = changes.some(({ act }) => act.startsWith('would'));
  const tally =
    `${count(changes, 'created', 'would-create')} ${isDry ? 'to create' : 'created'}, ` +
    `${count(changes, 'changed', 'would-change')} ${isDry ? 'to change' : 'changed'}, ` +
    `${count(changes, 'unchanged')} unchanged, ${count(changes, 'failed')} failed\n`;
  return `${renderLines(changes, paint)}${tally}`;
};
