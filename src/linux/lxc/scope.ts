// The systemd-run command that gives a tenant a scope of its own. Pure.

import { type Instance, scopeName } from '../../domain/instance.ts';

/**
 * A scope of its own under our slice: restarts of the daemon cannot touch it (systemd.scope(5), CGROUP_DELEGATION).
 * `Before` the daemon's unit, for what is started before is stopped after (systemd.unit(5)): at the end of the host's
 * run the daemon goes first. Else it would see its tenants power off, and take it for their own will.
 */
export const buildScopeArgs = (instance: Instance, name: string, lxcfs: boolean): string[] => [
  'systemd-run',
  '--quiet',
  '--collect',
  '--scope',
  `--slice=${instance.name}.slice`,
  `--unit=${scopeName(instance, name)}`,
  '-p',
  'Delegate=yes',
  '-p',
  'TasksMax=infinity',
  '-p',
  'TimeoutStopSec=15s',
  '-p',
  'KillSignal=SIGRTMIN+3',
  '-p',
  `Before=${instance.name}.service`,
  ...(lxcfs ? ['-p', 'After=lxcfs.service'] : []),
  '--',
];
