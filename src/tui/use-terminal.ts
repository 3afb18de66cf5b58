// Gives the terminal away and takes it back: a shell in a tenant, Ctrl-Z, a screen that something else drew over.

import { useApp } from 'ink';
import { useEffect } from 'react';
import type { Programs } from './app.ts';
import type { Store } from './store.ts';

/** The last line of what it complained about. */
const lastWords = (words: string): string => words.trim().split('\n').at(-1)?.trim() ?? '';

const shellSaid = (name: string, status: number, words: string): string =>
  status === 0
    ? `the shell in ${name} ended`
    : `the shell in ${name} ended with ${status}${words === '' ? '' : `: ${lastWords(words)}`}`;

export const useTerminal = (store: Store, programs: Programs): void => {
  const { suspendTerminal } = useApp();
  useEffect(() => {
    const openShell = async (name: string): Promise<void> => {
      // In one go, with the event loop standing still: libuv keeps a read pending on the terminal, and a child that
      // runs beside it loses keys to Node or stops it by SIGTTIN (Ink 8.0.0, Node 24 and 26).
      let ended = { status: 0, words: '' };
      await suspendTerminal(() => {
        ended = programs.shell(name);
      });
      const tone = ended.status === 0 ? 'quiet' : 'warn';
      store.send({ type: 'said', text: shellSaid(name, ended.status, ended.words), tone });
    };
    return store.onEffect((effect) => {
      if (effect.kind === 'shell') void openShell(effect.name);
      if (effect.kind === 'suspend') void suspendTerminal(programs.stop);
      // gives it away for no time at all: coming back draws everything anew
      if (effect.kind === 'redraw') void suspendTerminal(() => undefined);
    });
  }, [store, programs, suspendTerminal]);
};
