// What each rule makes of a tenant's caps in one tick, told where it changes.

import { capOfPenalty } from './ladder.ts';
import { type Draft, isActive, isSamePenalty, pushAct, settle, tellPenalty } from './policy-acts.ts';
import { budgetWanted, creditsWanted, formatAmount, memoryFloor, untilOf, windowWanted } from './policy-caps.ts';
import type { PolicyConstants } from './policy-constants.ts';
import type { Subject, Tick } from './policy-tick.ts';
import type { HouseConfig, Penalty, PolicyState } from './policy-types.ts';
import { worstOf } from './score.ts';

/** The quota a penalty takes its part of: the tenant's limit, else its share of the house. */
const quotaOf = ({ config, share }: Subject, { house }: HouseConfig, resource: 'cpu' | 'memory'): number =>
  config[resource] ?? Math.round(share * house[resource]);

/** Brings every rule's caps into the draft. */
export const settleCaps = (tick: Tick, subject: Subject, state: PolicyState, draft: Draft): void => {
  const { config, windows, before } = subject;
  const { constants } = tick;
  const { house } = tick.config;
  settleShare(tick, subject, draft);
  settle(draft, windowWanted(windows, config.rules.windowsMode));
  settle(draft, creditsWanted(config, before, state.credits));
  settle(draft, budgetWanted('cpu', config, state.budgets.cpu, { house, constants }));
  settle(draft, budgetWanted('memory', config, state.budgets.memory, { house, constants }));
  settlePenalty(tick, subject, state, draft);
  tellEgress(subject, state, draft);
};

/** A window's share is told when it begins and ends; what it makes of the weights of others is not an act on them. */
const settleShare = ({ config }: Tick, { windows, config: { rules } }: Subject, draft: Draft): void => {
  const { windowsMode: mode, share } = rules;
  const millis = (part: number): number => Math.round(part * config.house.cpu);
  const now = isActive(mode) && windows.share !== undefined ? millis(windows.share) : null;
  const before = draft.before.caps.share ?? null;
  draft.caps.share = now;
  if (isActive(mode)) draft.modes.share = mode;
  if (now === before) return;
  const usual = millis(share ?? 1 / Math.max(1, Object.keys(config.tenants).length));
  const [from, to] = [before ?? usual, now ?? usual];
  const figures = { windows: windows.names.join(', ') };
  const cause =
    now === null ? 'the share of its window is over' : `its window "${figures.windows}" has a share of its own`;
  const told = isActive(mode) ? mode : (draft.before.modes?.share ?? 'enforce');
  const until = now === null ? null : untilOf(windows);
  const kind = to < from ? 'lower' : 'raise';
  pushAct(draft, { rule: 'share', kind, mode: told, resource: 'cpu', from, to, until, cause, figures });
};

/** The cap of a penalty stays as it began: a share that changes meanwhile does not move it. */
const settlePenalty = (tick: Tick, subject: Subject, state: PolicyState, draft: Draft): void => {
  const { penalty, occurrences } = state;
  const { constants } = tick;
  const mode = penalty?.mode ?? 'enforce';
  if (penalty) draft.modes.score = mode;
  const same = isSamePenalty(draft.before.penalty, penalty);
  const resource = penalty?.resource === 'memory' ? 'memory' : 'cpu';
  const quota = quotaOf(subject, tick.config, resource);
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
