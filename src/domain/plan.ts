// What must be done to make a tenant's reality match its desired state. Pure: desire and observation in, steps out.
// Undo is the same function: the former desired state planned from what is there now, so a step that failed half-way
// is taken back as well.

import type { Tenant } from './tenant.ts';

/** What is on the host now, for one tenant. */
export interface Observed {
  readonly base: boolean;
  /** Bytes, null = no disk. */
  readonly disk: number | null;
  readonly mounted: boolean;
  /** Mounts or loop devices that are half-way. */
  readonly leftovers: boolean;
  readonly container: 'stopped' | 'running' | 'frozen' | 'unclear';
  /** The cgroup tree exists. */
  readonly cgroup: boolean;
  /** The host side of its link exists. */
  readonly link: boolean;
  /** Some limit in the kernel differs from the desired one (running tenants only). */
  readonly drift: boolean;
}

export type StepKind =
  | 'ensure-base'
  | 'create-disk'
  | 'resize-disk'
  | 'mount'
  | 'write-identity'
  | 'start'
  | 'apply-limits'
  | 'freeze'
  | 'thaw'
  | 'stop'
  | 'remove-cgroup'
  | 'remove-link'
  | 'unmount'
  | 'move-to-trash'
  | 'restore-from-trash'
  | 'delete-tenant';

export interface Step {
  readonly kind: StepKind;
}

/** What people read while it runs. */
export const STEP_TEXT: { readonly [K in StepKind]: string } = {
  'ensure-base': 'preparing the template',
  'create-disk': 'creating the disk',
  'resize-disk': 'resizing the disk',
  mount: 'mounting the file system',
  'write-identity': 'writing host name and keys',
  start: 'starting',
  'apply-limits': 'writing the limits',
  freeze: 'freezing',
  thaw: 'thawing',
  stop: 'stopping',
  'remove-cgroup': 'removing the control group',
  'remove-link': 'removing the network link',
  unmount: 'unmounting',
  'move-to-trash': 'moving it to the trash',
  'restore-from-trash': 'taking it out of the trash',
  'delete-tenant': 'deleting its files',
};

const steps = (...kinds: readonly (StepKind | false)[]): Step[] =>
  kinds.filter((kind): kind is StepKind => kind !== false).map((kind) => ({ kind }));

/** Takes a tenant down to nothing running and nothing mounted; every step only where it is needed. */
const planDown = (observed: Observed): Step[] =>
  steps(
    // init must be able to act on the signal
    observed.container === 'frozen' && 'thaw',
    observed.container !== 'stopped' && 'stop',
    (observed.cgroup || observed.container !== 'stopped') && 'remove-cgroup',
    (observed.link || observed.container !== 'stopped') && 'remove-link',
    (observed.mounted || observed.leftovers) && 'unmount',
  );

/** What a crash left of a run: it must be gone before the next start (LXC refuses with "File exists" otherwise). */
const planSweep = (observed: Observed, mustUnmount: boolean): Step[] =>
  steps(observed.cgroup && 'remove-cgroup', observed.link && 'remove-link', mustUnmount && 'unmount');

const planFiles = (tenant: Tenant, observed: Observed): Step[] =>
  steps(
    !observed.base && 'ensure-base',
    observed.disk === null && 'create-disk',
    observed.disk !== null && observed.disk !== tenant.limits.disk && 'resize-disk',
  );

const planUp = (tenant: Tenant, observed: Observed): Step[] => {
  // mounts of a run that was cut: half of them, or over a disk that must change first
  const mustUnmount = observed.leftovers || (observed.mounted && observed.disk !== tenant.limits.disk);
  return [
    ...planSweep(observed, mustUnmount),
    ...planFiles(tenant, observed),
    ...steps(
      (mustUnmount || !observed.mounted) && 'mount',
      'write-identity',
      'start',
      tenant.desired === 'frozen' && 'freeze',
    ),
  ];
};

const planRunning = (tenant: Tenant, observed: Observed): Step[] =>
  steps(
    observed.drift && 'apply-limits',
    observed.container === 'frozen' && tenant.desired === 'running' && 'thaw',
    observed.container === 'running' && tenant.desired === 'frozen' && 'freeze',
    // last, for it may be refused: a penalty must not wait for it
    observed.disk !== tenant.limits.disk && 'resize-disk',
  );

/**
 * Steps from what is to what is wanted, in order; empty when nothing differs.
 * `deleting` and `restoring` that a crash cut are finished; for `creating` see planUndoCreation.
 */
export const planTenant = (tenant: Tenant, observed: Observed): Step[] => {
  if (tenant.phase === 'deleting') return [...planDown(observed), ...steps('move-to-trash')];
  if (tenant.phase === 'restoring') return steps('restore-from-trash');
  if (observed.container === 'unclear') return [...planDown(observed), ...planAfterDown(tenant, observed)];
  if (tenant.desired === 'stopped') return [...planDown(observed), ...planFiles(tenant, observed)];
  return observed.container === 'stopped' ? planUp(tenant, observed) : planRunning(tenant, observed);
};

const planAfterDown = (tenant: Tenant, observed: Observed): Step[] => {
  const down: Observed = {
    ...observed,
    container: 'stopped',
    cgroup: false,
    link: false,
    mounted: false,
    leftovers: false,
  };
  return tenant.desired === 'stopped' ? planFiles(tenant, down) : planUp(tenant, down);
};

/** Takes back a creation that was cut: whatever is there goes. */
export const planUndoCreation = (observed: Observed): Step[] => [...planDown(observed), ...steps('delete-tenant')];
