// What the windows in time make of a tenant's cap and share in one tick, told when it begins and ends.
// A window's cap stands in for the tenant's own limit, also where it is above: `cpu=max` at night lifts a limit of 1.

import { type Draft, isActive, pushAct } from './policy-acts.ts';
import type { Subject, Tick } from './policy-tick.ts';
import type { ActKind } from './policy-types.ts';
import type { Rules } from './rules.ts';
import { shareInstead } from './shares.ts';
import type { WindowsInForce } from './windows.ts';

interface Change {
  readonly what: 'cap' | 'share';
  /** Thousandths of a core; null = no cap. */
  readonly from: number | null;
  readonly to: number | null;
  readonly mode: 'watch' | 'enforce';
  readonly begins: boolean;
}

const tell = (draft: Draft, { windows }: Subject, { what, from, to, mode, begins }: Change): void => {
  if (from === to) return;
  const kind: ActKind = (to ?? Number.POSITIVE_INFINITY) < (from ?? Number.POSITIVE_INFINITY) ? 'lower' : 'raise';
  const names = windows.names.join(', ');
  const cause = begins ? `its window "${names}" has a ${what} of its own` : `the ${what} of its window is over`;
  const until = begins && Number.isFinite(windows.until) ? windows.until : null;
  const figures = { what, windows: names };
  pushAct(draft, { rule: 'window', kind, mode, resource: 'cpu', from, to, until, cause, figures });
};

/** Tells how what is in force now differs from what was; undefined = no window says anything. `usual` is asked seldom. */
const tellChange = (
  draft: Draft,
  subject: Subject,
  what: Change['what'],
  { before, now, usual }: Record<'before' | 'now', number | null | undefined> & { readonly usual: () => number | null },
): void => {
  const { windowsMode: mode } = subject.config.rules;
  const modeBefore = draft.before.modes?.window ?? 'enforce';
  let from = before === undefined ? usual() : before;
  if (before !== undefined && (now === undefined || mode !== modeBefore)) {
    const to = usual();
    tell(draft, subject, { what, from, to, mode: modeBefore, begins: false });
    from = to;
  }
  if (now === undefined || !isActive(mode)) return;
  tell(draft, subject, { what, from, to: now, mode, begins: true });
};

/** The share that counts now, of a window in mode enforce, else of the rule; null = a part of the rest. */
export const shareAskedFor = (rules: Rules, { share }: WindowsInForce): number | null =>
  (rules.windowsMode === 'enforce' ? share : undefined) ?? rules.share;

/** Brings the windows' cap and share into the draft; what a share makes of the weights of others is no act on them. */
export const settleWindows = ({ config: { house }, sums }: Tick, subject: Subject, draft: Draft): void => {
  const { rules, cpu: limit } = subject.config;
  const { windows } = subject;
  const active = isActive(rules.windowsMode);
  if (isActive(rules.windowsMode) && rules.windows.length > 0) draft.modes.window = rules.windowsMode;
  const cap = active ? windows.cpu : undefined;
  const share = active && windows.share !== undefined ? Math.round(windows.share * house.cpu) : undefined;
  const { caps } = draft.before;
  if (cap !== undefined || caps.window !== undefined) {
    if (cap !== undefined) draft.caps.window = cap;
    tellChange(draft, subject, 'cap', { before: caps.window, now: cap, usual: () => limit });
  }
  if (share !== undefined || typeof caps.share === 'number') {
    if (share !== undefined) draft.caps.share = share;
    const has = shareAskedFor(rules, windows);
    const usual = (): number => Math.round(shareInstead(has, rules.share, sums) * house.cpu);
    tellChange(draft, subject, 'share', { before: caps.share, now: share, usual });
  }
};

/** The limit of CPU that holds before rules take from it: the tenant's own, or what a window puts in its place. */
export const ownCpu = ({ config }: Subject, draft: Draft): number | null =>
  draft.caps.window !== undefined && draft.modes.window === 'enforce' ? draft.caps.window : config.cpu;
