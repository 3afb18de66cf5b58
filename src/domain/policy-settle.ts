// What each rule makes of a tenant's caps in one tick, told where it changes.

import { capOfPenalty } from './ladder.ts';
import { type Draft, isActive, isSamePenalty, pushAct, settle, tellPenalty } from './policy-acts.ts';
import { budgetWanted, creditsWanted, formatAmount, memoryFloor } from './policy-caps.ts';
import type { PolicyConstants } from './policy-constants.ts';
import type { Subject, Tick } from './policy-tick.ts';
import type { HouseConfig, Penalty, PolicyState } from './policy-types.ts';
import { ownCpu, settleWindows } from './policy-windows.ts';
import { worstOf } from './score.ts';

/** The quota a penalty takes its part of: the tenant's limit, else its share of the house. */
const quotaOf = (subject: Subject, { house }: HouseConfig, resource: 'cpu' | 'memory', draft: Draft): number => {
  const limit = resource === 'cpu' ? ownCpu(subject, draft) : subject.config.memory;
  return limit ?? Math.round(subject.share * house[resource]);
};

/** Whether a rule that is gone still holds a cap, which it must let go. */
const isHeld = (cap: number | null | undefined): boolean => cap !== null && cap !== undefined;

/** Brings every rule's caps into the draft. */
export const settleCaps = (tick: Tick, subject: Subject, state: PolicyState, draft: Draft): void => {
  const { config, before } = subject;
  const { constants } = tick;
  const { house } = tick.config;
  settleWindows(tick, subject, draft);
  const { caps, memoryCaps } = draft.before;
  if (config.rules.credits || isHeld(caps.credits))
    settle(draft, creditsWanted(config, before, state.credits, constants));
  const limits = { cpu: ownCpu(subject, draft), memory: config.memory };
  for (const resource of ['cpu', 'memory'] as const) {
    const rule = resource === 'cpu' ? config.rules.budgetCpu : config.rules.budgetMemory;
    if (!rule && !isHeld(resource === 'cpu' ? caps.budget : memoryCaps.budget)) continue;
    const top = limits[resource] ?? house[resource];
    settle(draft, budgetWanted(resource, config.rules, state.budgets[resource], { top, constants }));
  }
  settlePenalty(tick, subject, state, draft);
  tellEgress(subject, state, draft);
};

/** The cap of a penalty stays as it began: a share that changes meanwhile does not move it. */
const settlePenalty = (tick: Tick, subject: Subject, state: PolicyState, draft: Draft): void => {
  const { penalty, occurrences } = state;
  const { constants } = tick;
  const mode = penalty?.mode ?? 'enforce';
  if (penalty) draft.modes.score = mode;
  const same = isSamePenalty(draft.before.penalty, penalty);
  const resource = penalty?.resource === 'memory' ? 'memory' : 'cpu';
  const quota = quotaOf(subject, tick.config, resource, draft);
  const cap = penalty && !same ? penaltyCap(penalty, resource, quota, constants) : null;
  draft.caps.score = same ? (draft.before.caps.score ?? null) : resource === 'cpu' ? cap : null;
  draft.memoryCaps.score = same ? (draft.before.memoryCaps.score ?? null) : resource === 'memory' ? cap : null;
  const hurt = penalty ? (worstOf(tick.hurt[penalty.resource], subject.name)?.name ?? null) : null;
  tellPenalty(draft, { penalty, cap, quota, hurt, occurrences });
};

/** Who held the disk is held by its CPU: not every kernel and file system can limit io, and without CPU there is none. */
const penaltyCap = (
  penalty: Penalty,
  resource: 'cpu' | 'memory',
  quota: number,
  constants: PolicyConstants,
): number | null => {
  const cap = capOfPenalty(penalty, quota, constants.ladder);
  if (cap === null) return null;
  const least = resource === 'cpu' ? constants.leastCpu : memoryFloor(quota, constants);
  return Math.max(least, cap);
};

/** Traffic is counted and told: what limits it is not this decision's. */
const tellEgress = ({ config: { rules }, before }: Subject, { budgets }: PolicyState, draft: Draft): void => {
  const { budgetEgress: rule, budgetMode: mode } = rules;
  const { egress } = budgets;
  if (!rule || !egress || !isActive(mode) || egress.spent < rule.amount) return;
  const old = before.budgets.egress;
  if (old && old.from === egress.from && old.spent >= rule.amount) return;
  const budget = `${formatAmount('egress', rule.amount)}/${rule.period}`;
  const figures = { spent: formatAmount('egress', egress.spent), budget };
  const cause = `its traffic budget of ${budget} is spent`;
  const { until } = egress;
  pushAct(draft, {
    rule: 'budget',
    kind: 'notice',
    mode,
    resource: 'egress',
    from: null,
    to: null,
    until,
    cause,
    figures,
  });
};
