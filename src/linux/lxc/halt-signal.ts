// Which signal asks the init of a base to power off.

import { readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Tenant } from '../../domain/tenant.ts';

/** systemd powers off on SIGRTMIN+3 (systemd(1)); ours and most small inits on SIGPWR. */
const readHaltSignal = (base: string): string => {
  for (const init of ['sbin/init', 'usr/sbin/init', 'lib/systemd/systemd', 'usr/lib/systemd/systemd']) {
    try {
      if (
        init.endsWith('systemd')
          ? statSync(join(base, init)).isFile()
          : readlinkSync(join(base, init)).includes('systemd')
      )
        return 'SIGRTMIN+3';
    } catch {
      // not there, or not a link: look on
    }
  }
  return 'SIGPWR';
};

/** Looks at the base, which no tenant can write; once at each, for it never changes. */
export const openHaltSignals = (state: string): ((tenant: Tenant) => string) => {
  const known = new Map<string, string>();
  return ({ base }) => {
    if (!base) return 'SIGPWR';
    const folder = join(state, 'bases', `${base.template}@${base.digest}`, 'root');
    const signal = known.get(folder) ?? readHaltSignal(folder);
    known.set(folder, signal);
    return signal;
  };
};
