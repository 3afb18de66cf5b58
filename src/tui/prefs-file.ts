// Keeps the preferences between runs: XDG_CONFIG_HOME/tenantctl/dash.json. What cannot be read or written is no reason
// not to start.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DEFAULT_PREFS, readPrefs } from './state/initial.ts';
import type { Prefs } from './state/types.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** XDG base directory specification; undefined where there is no home. */
export const prefsPath = ({ XDG_CONFIG_HOME: config, HOME: home }: Env): string | undefined => {
  const folder = config || (home ? join(home, '.config') : '');
  return folder === '' ? undefined : join(folder, 'tenantctl', 'dash.json');
};

/** No file of ours is as long. */
const MOST_BYTES = 10_000;

export const loadPrefs = (path: string | undefined): Prefs => {
  if (path === undefined) return DEFAULT_PREFS;
  try {
    return readPrefs(JSON.parse(readFileSync(path, 'utf8').slice(0, MOST_BYTES)));
  } catch {
    return DEFAULT_PREFS;
  }
};

export const savePrefs = (path: string | undefined, prefs: Prefs): void => {
  if (path === undefined) return;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fresh = `${path}.new`;
    writeFileSync(fresh, `${JSON.stringify(prefs)}\n`, { mode: 0o600 });
    renameSync(fresh, path);
  } catch {
    // a read-only home: the choice holds for this run
  }
};
