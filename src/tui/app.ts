// The application: keys and size go to the store, the store's state to the screen, its wishes to the terminal.

import { useApp, useInput, usePaste, useWindowSize } from 'ink';
import { type ReactNode, useEffect, useSyncExternalStore } from 'react';
import { h } from './element.ts';
import { readKeys } from './keys.ts';
import { Dashboard } from './screens/dashboard.ts';
import { Spoken } from './screens/spoken.ts';
import type { Store } from './store.ts';
import { type Daemon, useDaemon } from './use-daemon.ts';
import { type Programs, useTerminal } from './use-terminal.ts';

export interface AppProps {
  readonly store: Store;
  readonly daemon: Daemon;
  readonly programs: Programs;
}

export const App = ({ store, daemon, programs }: AppProps): ReactNode => {
  const state = useSyncExternalStore(store.subscribe, store.read);
  const { exit } = useApp();
  const size = useWindowSize();
  useInput((input, key) => {
    for (const name of readKeys(input, key)) store.send({ type: 'key', key: name });
  });
  usePaste((text) => store.send({ type: 'paste', text }));
  useEffect(
    () => store.send({ type: 'resize', size: { columns: size.columns, rows: size.rows } }),
    [store, size.columns, size.rows],
  );
  useDaemon(store, daemon);
  useTerminal(store, programs);
  useEffect(() => store.onEffect((effect) => void (effect.kind === 'quit' && exit())), [store, exit]);
  return state.spoken ? h(Spoken, { state }) : h(Dashboard, { state });
};
