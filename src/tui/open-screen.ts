// Mounts the application on the terminal and waits for its end; Ink gives the terminal back after any of them.

import { render } from 'ink';
import { App, type AppProps } from './app.ts';
import { h } from './element.ts';

/** Enough for a key held down; figures come once a second. */
const MOST_FRAMES = 30;

export const openScreen = async (props: AppProps, spoken: boolean): Promise<void> => {
  const { waitUntilExit } = render(h(App, props), {
    alternateScreen: !spoken,
    // lines that did not change are not sent again: it matters over ssh
    incrementalRendering: true,
    maxFps: MOST_FRAMES,
    exitOnCtrlC: false,
    // also where CI is set: that it is a terminal was looked at before
    interactive: true,
    isScreenReaderEnabled: spoken,
  });
  await waitUntilExit();
};
