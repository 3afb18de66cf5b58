// Whether what an act of a rule did to a tenant still holds: until then the incident of the act is not over. Pure.

import { penaltyResource } from './policy-acts.ts';
import type { Act, PolicyState } from './policy-types.ts';
import type { Rules } from './rules.ts';

type Holds = (state: PolicyState, rules: Rules) => boolean;

const isCap = (cap: number | null | undefined): cap is number => cap !== null && cap !== undefined;

/** By kind of incident. What is not here is over when it is done. */
const HOLDS: ReadonlyMap<string, Holds> = new Map<string, Holds>([
  ['score-cpu', ({ penalty }) => penalty !== null && penaltyResource(penalty) === 'cpu'],
  ['score-memory', ({ penalty }) => penalty !== null && penaltyResource(penalty) === 'memory'],
  // the cap of a bank that is not low is the burst: it is the rule itself
  [
    'credits-cpu',
    ({ decided: { caps } }, { credits }) => isCap(caps.credits) && credits !== null && caps.credits < credits.burst,
  ],
  ['budget-cpu', ({ decided }) => isCap(decided.caps.budget)],
  ['budget-memory', ({ decided }) => isCap(decided.memoryCaps.budget)],
  [
    'budget-egress',
    ({ budgets: { egress } }, { budgetEgress: rule }) =>
      egress !== undefined && rule !== null && egress.spent >= rule.amount,
  ],
  ['window-cpu', ({ decided: { caps } }) => caps.window !== undefined || isCap(caps.share)],
  ['guard-memory', ({ guard }) => guard.stage !== 'calm'],
]);

/** @param kind of an incident, `RULE-RESOURCE` for acts */
export const isInForce = (kind: string, state: PolicyState, rules: Rules): boolean =>
  HOLDS.get(kind)?.(state, rules) ?? false;

const EASING: ReadonlySet<Act['kind']> = new Set<Act['kind']>(['raise', 'penalty-ended', 'thaw', 'start']);

/** Whether the act is the end of what held, and no step of it; the end of a window may lower a cap. */
export const isEnding = ({ kind, rule }: Act, holdsStill: boolean): boolean =>
  !holdsStill && (EASING.has(kind) || rule === 'window');
