// Where things are on a host; every root is a parameter, so that instances can run side by side.

import { DEFAULT_STATE } from './instance.ts';

export interface Paths {
  readonly state: string;
  readonly run: string;
  readonly config: string;
  readonly socket: string;
}

/** Reads TENANTCTL_STATE, TENANTCTL_RUN and TENANTCTL_CONFIG; the defaults are the ones of hier(7). */
export const buildPaths = (env: Readonly<Record<string, string | undefined>>): Paths => {
  const state = env['TENANTCTL_STATE'] || DEFAULT_STATE;
  const run = env['TENANTCTL_RUN'] || '/run/tenantctl';
  return {
    state,
    run,
    config: env['TENANTCTL_CONFIG'] || '/etc/tenantctl/config.yaml',
    socket: `${run}/tenantctl.sock`,
  };
};
