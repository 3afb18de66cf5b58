// `tenantctl exec|shell` by way of Node: for those who are not root, and to say why a tenant cannot be entered.

import type { TenantView } from '../../api/contract.ts';
import { problem } from '../../domain/errors.ts';
import { parseName } from '../../domain/names.ts';
import type { Context } from '../context.ts';
import type { Action } from '../definition.ts';
import { findLauncher } from '../find-launcher.ts';
import { runLauncher } from '../programs.ts';

/** The launcher sends back what it will not enter; a second round would never end. */
const ROUND = 'TENANTCTL_LAUNCHED';

const FIXES: Readonly<Partial<Record<TenantView['state'], string>>> = {
  frozen: 'thaw',
  stopped: 'start',
  failed: 'start',
};

const checkEnterable = async (context: Context, name: string): Promise<void> => {
  const { tenant } = await context.call<{ tenant: TenantView }>({ method: 'GET', path: `/v1/tenants/${name}` });
  if (tenant.state === 'running') return;
  const fix = FIXES[tenant.state];
  throw problem('TENANT_STATE', {
    name,
    state: tenant.state,
    what: 'no command can run inside',
    fix: fix === undefined ? `wait, then look: tenantctl show ${name}` : `run: tenantctl ${fix} ${name}`,
  });
};

const enter =
  (verb: 'exec' | 'shell'): Action =>
  async (context, input) => {
    const name = parseName(input.args[0] ?? '');
    const { around, paths } = context;
    if (verb === 'exec' && input.rest.length === 0)
      throw problem('USAGE', {
        what: `exec ${name}: the command is missing, for example: tenantctl exec ${name} -- df -h`,
        command: 'exec',
      });
    if (around.uid !== 0)
      throw problem('NEEDS_ROOT', {
        what: `${verb} in a tenant`,
        command: [verb, name, ...(verb === 'exec' ? ['-- …'] : [])].join(' '),
      });
    await checkEnterable(context, name);
    if (around.env[ROUND])
      throw problem('TENANT_STATE', {
        name,
        state: 'running',
        what: `but its files below ${paths.run}/tenants do not say so`,
        fix: `run: tenantctl restart ${name}`,
      });
    const words = verb === 'exec' ? [verb, name, '--', ...input.rest] : [verb, name];
    return runLauncher(findLauncher(around.mainFile), words, { ...around.env, TENANTCTL_RUN: paths.run, [ROUND]: '1' });
  };

export const run = enter('exec');
export const shell = enter('shell');
