// Holds the state: takes changes, tells those who draw, hands effects to those who act.

import type { Change, Effect, State } from './state/types.ts';
import { update } from './state/update.ts';

export interface Store {
  readonly read: () => State;
  readonly send: (change: Change) => void;
  /** @returns how to end it */
  readonly subscribe: (listener: () => void) => () => void;
  readonly onEffect: (act: (effect: Effect) => void) => () => void;
}

/**
 * What may wait for the next poll: that something was asked for; and in the list the forecasts that come one by one for
 * each row, for each would draw the whole screen.
 */
const canWait = (change: Change, { detail, at }: State): boolean =>
  change.type === 'asked' || (change.type === 'loaded' && detail === undefined && at === undefined);

export const createStore = (first: State): Store => {
  let state = first;
  const listeners = new Set<() => void>();
  const actors = new Set<(effect: Effect) => void>();
  const join = <T>(set: Set<T>, member: T): (() => void) => {
    set.add(member);
    return () => void set.delete(member);
  };
  return {
    read: () => state,
    send: (change) => {
      const next = update(state, change);
      const isShown = next.state !== state && !canWait(change, state);
      state = next.state;
      if (isShown) for (const listener of listeners) listener();
      for (const effect of next.effects) for (const act of actors) act(effect);
    },
    subscribe: (listener) => join(listeners, listener),
    onEffect: (act) => join(actors, act),
  };
};
