// What is told of a decision: an act where a rule's cap is not what was decided before, and none that turns back soon.

import type { Wanted } from './policy-caps.ts';
import type { Act, ActKind, Penalty, PolicyState, Resource, RuleName } from './policy-types.ts';
import type { Mode } from './rules.ts';
import { formatDuration } from './units.ts';

type Decided = PolicyState['decided'];
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The decision in the making: what was decided before, and what becomes of it. */
export interface Draft {
  readonly tenant: string;
  readonly at: number;
  readonly turnMs: number;
  readonly before: Decided;
  readonly caps: Mutable<Decided['caps']>;
  readonly memoryCaps: Mutable<Decided['memoryCaps']>;
  readonly modes: Mutable<NonNullable<Decided['modes']>>;
  readonly basis: Record<string, string | undefined>;
  readonly lastAct: Mutable<Decided['lastAct']>;
  readonly acts: Act[];
}

export const openDraft = (tenant: string, at: number, before: Decided, turnMs: number): Draft => ({
  tenant,
  at,
  turnMs,
  before,
  caps: {},
  memoryCaps: {},
  modes: {},
  basis: {},
  lastAct: { ...before.lastAct },
  acts: [],
});

/** A rule's acts on CPU and on memory are no cause of each other. */
const slotOf = ({ rule, resource }: Pick<Act, 'rule' | 'resource'>): string => `${rule}.${resource}`;

export const pushAct = (draft: Draft, act: Omit<Act, 'at' | 'tenant'>, sign?: -1 | 1): void => {
  draft.acts.push({ at: draft.at, tenant: draft.tenant, ...act });
  if (sign) draft.lastAct[slotOf(act)] = { at: draft.at, sign };
};

/** No cap is above every cap. */
const signOf = (from: number | null, to: number | null): -1 | 0 | 1 => {
  if (from === to) return 0;
  return (to ?? Number.POSITIVE_INFINITY) < (from ?? Number.POSITIVE_INFINITY) ? -1 : 1;
};

/**
 * Brings a rule's cap into the draft. What turns the last act of the rule back within a minute waits, unless it rests
 * on something else than then. A rule whose mode changed lets go in the old mode first.
 */
export const settle = (draft: Draft, wanted: Wanted): void => {
  const { rule, resource, mode, basis } = wanted;
  const slot = slotOf(wanted);
  const caps = resource === 'cpu' ? draft.caps : draft.memoryCaps;
  const previousCaps = resource === 'cpu' ? draft.before.caps : draft.before.memoryCaps;
  let from = previousCaps[rule] ?? null;
  const modeBefore = draft.before.modes?.[rule] ?? 'enforce';
  let fresh = wanted.fresh === true || draft.before.basis?.[slot] !== basis;
  if (from !== null && mode !== modeBefore) {
    const { figures } = wanted.explain();
    const cause = mode === 'off' ? 'the rule is switched off' : `the rule is in mode ${mode} now`;
    pushAct(draft, { rule, kind: 'raise', mode: modeBefore, resource, from, to: null, until: null, cause, figures }, 1);
    from = null;
    fresh = true;
  }
  if (mode !== 'off') {
    draft.modes[rule] = mode;
    draft.basis[slot] = basis;
  }
  caps[rule] = settleCap(draft, wanted, from, fresh);
};

const settleCap = (draft: Draft, wanted: Wanted, from: number | null, fresh: boolean): number | null => {
  const { rule, mode, resource, cap, until } = wanted;
  const sign = signOf(from, cap);
  if (sign === 0 || mode === 'off') return cap;
  const last = draft.lastAct[slotOf(wanted)] ?? draft.lastAct[rule];
  if (!fresh && last && last.sign !== sign && draft.at - last.at < draft.turnMs) return from;
  const kind = sign < 0 ? 'lower' : 'raise';
  pushAct(draft, { rule, kind, mode, resource, from, to: cap, until, ...wanted.explain() }, sign);
  return cap;
};

const BEGINS: Readonly<Record<Penalty['kind'], ActKind>> = { cap: 'penalty', freeze: 'freeze', stop: 'stop' };
const ENDS: Readonly<Record<Penalty['kind'], ActKind>> = { cap: 'penalty-ended', freeze: 'thaw', stop: 'start' };

const WAITED_FOR: Readonly<Record<Penalty['resource'], string>> = { cpu: 'CPU', memory: 'memory', io: 'the disk' };

export const isSamePenalty = (a: Penalty | null | undefined, b: Penalty | null): boolean =>
  (a ?? null) === b || (a?.from === b?.from && a?.tier === b?.tier && a?.resource === b?.resource);

export const penaltyResource = ({ resource, kind }: Penalty): Resource =>
  kind === 'cap' && resource === 'memory' ? 'memory' : 'cpu';

const tellEnd = (draft: Draft, old: Penalty, from: number | null): void => {
  const served = draft.at >= old.until;
  pushAct(
    draft,
    {
      rule: 'score',
      kind: ENDS[old.kind],
      mode: old.mode ?? 'enforce',
      resource: penaltyResource(old),
      from,
      to: null,
      until: null,
      cause: served ? 'its penalty is over' : 'its penalty was ended',
      figures: { tier: old.tier, minutes: Math.round((draft.at - old.from) / 60_000) },
    },
    1,
  );
};

/** Who was hurt most when a penalty began, as far as it is known. */
export interface PenaltyView {
  readonly penalty: Penalty | null;
  /** What it leaves; null = no cap. */
  readonly cap: number | null;
  /** The quota it is a part of. */
  readonly quota: number;
  readonly hurt: string | null;
  readonly occurrences: number;
}

const tellBegin = (draft: Draft, penalty: Penalty, { cap, quota, hurt, occurrences }: PenaltyView): void => {
  const long = formatDuration(penalty.until - penalty.from);
  pushAct(
    draft,
    {
      rule: 'score',
      kind: BEGINS[penalty.kind],
      mode: penalty.mode ?? 'enforce',
      resource: penaltyResource(penalty),
      from: cap === null ? null : quota,
      to: cap,
      until: penalty.until,
      cause: `it used more than its share for too long while others waited for ${WAITED_FOR[penalty.resource]}: ${long}`,
      figures: { score: 100, of: penalty.resource, tier: penalty.tier, occurrences, ...(hurt ? { hurt } : {}) },
    },
    -1,
  );
};

/** Tells the end of the penalty that was told last and the beginning of another. */
export const tellPenalty = (draft: Draft, view: PenaltyView): void => {
  const old = draft.before.penalty;
  if (isSamePenalty(old, view.penalty)) return;
  const from = draft.before.caps.score ?? draft.before.memoryCaps.score ?? null;
  if (old) tellEnd(draft, old, from);
  if (view.penalty) tellBegin(draft, view.penalty, view);
};

/** Modes in which something is decided. */
export const isActive = (mode: Mode): mode is 'watch' | 'enforce' => mode !== 'off';

const isSameRecord = (a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean => {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
};

/** What was decided, to be remembered; the same object as before where it is the same, as for most tenants it is. */
export const closeDraft = (
  draft: Draft,
  { weight, penalty, credits }: Pick<Decided, 'weight'> & Pick<PolicyState, 'penalty' | 'credits'>,
): Decided => {
  const { before, caps, memoryCaps, modes, basis, lastAct } = draft;
  const quiet = draft.acts.length === 0 && before.weight === weight && before.credits === credits;
  const same =
    quiet &&
    before.penalty === penalty &&
    // a cap can go without an act: that of a window which the limit has reached meanwhile
    isSameRecord(before.caps, caps) &&
    isSameRecord(before.memoryCaps, memoryCaps) &&
    isSameRecord(before.basis ?? {}, basis) &&
    isSameRecord(before.modes ?? {}, modes);
  return same ? before : { caps, memoryCaps, weight, lastAct, modes, basis, penalty, credits };
};

/** Caps of one resource that the kernel is to hold: those of rules in mode enforce. A window's cap stands in for the limit instead. */
export const enforcedCaps = (draft: Draft, resource: 'cpu' | 'memory'): [RuleName, number][] => {
  const caps = resource === 'cpu' ? draft.caps : draft.memoryCaps;
  const found: [RuleName, number][] = [];
  for (const rule of ['credits', 'budget', 'score'] as const) {
    const cap = caps[rule];
    if (cap !== null && cap !== undefined && draft.modes[rule] !== 'watch') found.push([rule, cap]);
  }
  return found;
};
