// What rules do to a tenant, in one word for `ls` and `top`. Pure, and apart: `ls` is the hot path.

import type { TenantView } from '../../api/contract.ts';
import { ruleHolds } from '../../api/holds.ts';
import { escapeLine } from '../../reports/escape.ts';
import type { Cell } from './table.ts';

/** From here on a score is worth a look. */
const SCORE_WARN = 50;

/** One word for what rules do to a tenant: its penalty, what caps it, or a score that rises; nothing otherwise. */
export const markCell = ({ scheduling }: TenantView): Cell => {
  if (!scheduling) return { text: '' };
  const { penalty, score } = scheduling;
  if (penalty !== null) return { text: `penalty ${penalty.tier}`, tone: 'bad' };
  const [hold] = ruleHolds(scheduling);
  if (hold) return { text: escapeLine(hold.rule), tone: 'warn' };
  const highest = Math.round(Math.max(score.cpu, score.memory, score.io));
  if (highest < 1) return { text: '' };
  return { text: `score ${highest}`, ...(highest >= SCORE_WARN ? { tone: 'warn' as const } : {}) };
};
