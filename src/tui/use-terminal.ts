// Gives the terminal away and takes it back: a shell in a tenant, Ctrl-Z, a screen that something else drew over.

import { useApp } from 'ink';
import { useEffect } from 'react';
import type { Store } from './store.ts';

/** What the terminal can be given to for a while. */
export interface Programs {
  /** A shell in a tenant, on our terminal; waits for its end. @returns its exit status */
  readonly shell: (name: string) => number;
  /** Stops this program until somebody says fg. */
  readonly stop: () => Promise<void>;
}

/** What it complained about went with its screen: 126 and 127 are the launcher's own. */
const shellSaid = (name: string, status: number): string => {
  const more = status === 126 || status === 127 ? `; to see why: tenantctl shell ${name}` : '';
  return status === 0 ? `the shell in ${name} ended` : `the shell in ${name} ended with ${status}${more}`;
};

export const useTerminal = (store: Store, programs: Programs): void => {
  const { suspendTerminal } = useApp();
  useEffect(() => {
    const openShell = async (name: string): Promise<void> => {
      // In one go, with the event loop standing still: libuv keeps a read pending on the terminal, and a child that
      // runs beside it loses keys to Node or stops it by SIGTTIN (Ink 8.0.0, Node 24 and 26).
      let status = 0;
      await suspendTerminal(() => {
        status = programs.shell(name);
      });
      store.send({ type: 'said', text: shellSaid(name, status), tone: status === 0 ? 'quiet' : 'warn' });
    };
    // one at a time: the terminal cannot be given away twice
    let turn = Promise.resolve();
    const next = (use: () => Promise<void>): void => {
      turn = turn.then(use);
    };
    return store.onEffect((effect) => {
      if (effect.kind === 'shell') next(() => openShell(effect.name));
      if (effect.kind === 'suspend') next(() => suspendTerminal(programs.stop));
      // gives it away for no time at all: coming back draws everything anew
      if (effect.kind === 'redraw') next(() => suspendTerminal(() => undefined));
    });
  }, [store, programs, suspendTerminal]);
};
