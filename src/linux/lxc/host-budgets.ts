// Budgets of the host itself that the tenants' own count against, made wide enough for all of them together.

import type { HostSettings } from '../host-settings.ts';

/**
 * What a tenant holds is counted for host root as well, who made its user namespace (kernel/ucount.c). With the
 * kernel's default of 128 inotify instances one tenant, inside its own budget, takes them all: then neither a neighbour
 * nor the host can make another (tried). The ceilings are a tenant's budget (start-hook.ts) for 1024 tenants, and room
 * for the host; what is held costs memory of the tenant that holds it (GFP_KERNEL_ACCOUNT), so height costs nothing.
 */
const CEILINGS: readonly (readonly [string, number])[] = [
  ['fs/inotify/max_user_instances', 1 << 20],
  ['fs/inotify/max_user_watches', 1 << 27],
  ['fs/fanotify/max_user_groups', 1 << 14],
  ['fs/fanotify/max_user_marks', 1 << 23],
];

/** Raises what is lower, lowers nothing. A kernel that lacks one, or a box whose /proc/sys is read-only, stays as it is. */
export const ensureHostBudgets = (settings: HostSettings): void => {
  const low = CEILINGS.filter(([key, least]) => Number(settings.read(key) ?? Number.POSITIVE_INFINITY) < least);
  const wanted = low.map(([key, least]) => ({ key, value: String(least) }));
  settings.note(wanted);
  for (const setting of wanted) {
    try {
      settings.write(setting);
    } catch {
      // doctor tells (checks/sysctls.ts): tenants run all the same
    }
  }
};
