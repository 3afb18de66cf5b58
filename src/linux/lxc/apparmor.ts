// Which AppArmor profile tenants start in.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The best first: ours (packaging/apparmor), then Debian's for containers that run an init of their own. */
const WANTED = ['lxc-tenantctl-tenant', 'lxc-container-default-with-nesting'] as const;

/** @param loaded lines such as `lxc-tenantctl-tenant (enforce)`; a profile that only complains holds nobody back */
export const pickProfile = (loaded: string): string => {
  const enforced = new Set(loaded.split('\n'));
  return WANTED.find((name) => enforced.has(`${name} (enforce)`)) ?? 'unconfined';
};

/**
 * Asked once per daemon: LXC's own `generated` compiles a profile at each start, which takes most of it.
 * @param security `/sys/kernel/security`
 * @returns null where AppArmor is off; `unconfined` where no profile for tenants is loaded
 */
export const findProfile = (security: string): string | null => {
  const folder = join(security, 'apparmor');
  if (!existsSync(folder)) return null;
  try {
    return pickProfile(readFileSync(join(folder, 'profiles'), 'utf8'));
  } catch {
    return 'unconfined';
  }
};
