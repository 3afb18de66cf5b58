// Makes one tenant match its desired state, and takes back what was begun when that fails.

import type { TenantEvent } from '../domain/events.ts';
import type { LiveLimits } from '../domain/limits.ts';
import { planTenant, planUndoCreation, STEP_TEXT, type Step } from '../domain/plan.ts';
import type { Registry, Tenant } from '../domain/tenant.ts';
import type { EngineConfig, EnginePorts, Work } from './engine-ports.ts';
import { observeTenant } from './observe.ts';
import { runStep } from './run-step.ts';

export interface ReconcileOptions {
  readonly ports: EnginePorts;
  readonly config: EngineConfig;
  readonly work: Work;
  readonly stopTimeoutMs?: number;
  /** The limits with what the rules take away for the moment. */
  readonly live: (tenant: Tenant) => LiveLimits;
  /** The tenant as a penalty holds it for the moment. */
  readonly hold: (tenant: Tenant) => Tenant;
}

/** Replaces one tenant in the registry, durably; `undefined` removes it. */
export const saveTenant = async (
  ports: EnginePorts,
  name: string,
  next: Tenant | undefined,
  change?: Partial<Registry>,
): Promise<void> => {
  const { current } = ports.registry;
  const others = current.tenants.filter((tenant) => tenant.name !== name);
  await ports.registry.save({ ...current, ...change, tenants: next ? [...others, next] : others });
};

/** By the registry itself, which is data that is replaced, never changed: a tick asks for every tenant several times. */
const indexes = new WeakMap<Registry, ReadonlyMap<string, Tenant>>();

export const findTenant = ({ registry }: Pick<EnginePorts, 'registry'>, name: string): Tenant | undefined => {
  const { current } = registry;
  const index = indexes.get(current) ?? new Map(current.tenants.map((tenant) => [tenant.name, tenant]));
  indexes.set(current, index);
  return index.get(name);
};

/** An event that cannot be kept, on a full disk, undoes nothing of what it tells: the log has it then. */
export const recordEvent = (
  { events, clock, log }: Pick<EnginePorts, 'events' | 'clock' | 'log'>,
  work: Pick<Work, 'by'>,
  event: Omit<TenantEvent, 'seq' | 'at' | 'by'>,
): void => {
  try {
    events.append({ ...event, at: new Date(clock.now()).toISOString(), by: work.by });
  } catch (error) {
    log.error('an event could not be kept', { type: event.type, text: event.text, error: String(error) });
  }
};

/** Runs steps in order; a base found on the way is recorded at once, so that a crash does not forget it. */
const runSteps = async (tenant: Tenant, steps: readonly Step[], options: ReconcileOptions): Promise<Tenant> => {
  const { ports, work } = options;
  let current = tenant;
  for (const [index, { kind }] of steps.entries()) {
    work.signal.throwIfAborted();
    work.onStep({ tenant: tenant.name, index: index + 1, total: steps.length, text: STEP_TEXT[kind] });
    await ports.faults.reach(`before:${kind}`);
    const next = await runStep(kind, current, options);
    // only the base: the plan may be for a state in between, which nobody wants for good
    const recorded = next === current ? undefined : findTenant(ports, tenant.name);
    if (recorded) await saveTenant(ports, tenant.name, { ...recorded, base: next.base });
    current = next;
    await ports.faults.reach(`after:${kind}`);
  }
  return current;
};

/** Observes, plans and runs. @returns the tenant as it is now recorded, and whether anything had to be done */
export const reconcileTenant = async (
  tenant: Tenant,
  options: ReconcileOptions,
): Promise<{ tenant: Tenant; steps: number }> => {
  const observed = await observeTenant(tenant, options);
  const steps = planTenant(options.hold(tenant), observed);
  return { tenant: await runSteps(tenant, steps, options), steps: steps.length };
};

/** Work that must not be cancelled: undo and healing. */
export const unstoppable = (work: Work): Work => ({
  ...work,
  signal: new AbortController().signal,
  onStep: () => undefined,
});

/** Takes back a creation: everything of the tenant goes, then its record. */
export const undoCreation = async (tenant: Tenant, options: ReconcileOptions): Promise<void> => {
  const undo = { ...options, work: unstoppable(options.work), stopTimeoutMs: 0 };
  const observed = await observeTenant(tenant, options);
  await runSteps(tenant, planUndoCreation(observed), undo);
  await saveTenant(options.ports, tenant.name, undefined);
};

/** Goes back to a former desired state after a failure; a second failure is logged, the first one is what the user hears. */
export const revertTenant = async (former: Tenant, options: ReconcileOptions): Promise<void> => {
  try {
    await saveTenant(options.ports, former.name, former);
    await reconcileTenant(former, { ...options, work: unstoppable(options.work) });
  } catch (error) {
    options.ports.log.error('could not go back to the former state', { tenant: former.name, error: String(error) });
  }
};
