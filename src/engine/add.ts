// `add`: from a request to a running tenant, or to nothing at all.

import { problem } from '../domain/errors.ts';
import { diffLimits, LIMIT_FLAGS, type LimitsInput, parseLimits } from '../domain/limits.ts';
import { parseName, spellOut } from '../domain/names.ts';
import { parseRules, RULE_FLAGS } from '../domain/rule-values.ts';
import { diffRules } from '../domain/rules.ts';
import { pickSlot } from '../domain/slots.ts';
import { parseTemplate, type RestartPolicy, type Tenant } from '../domain/tenant.ts';
import { checkTenant } from './check-request.ts';
import { type Engine, optionsOf, withActivity } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { findTenant, reconcileTenant, recordEvent, saveTenant, undoCreation } from './reconcile.ts';

export interface NewTenant {
  readonly name: string;
  readonly template?: string | undefined;
  readonly limits?: LimitsInput | undefined;
  readonly start?: boolean | undefined;
  readonly restart?: RestartPolicy | undefined;
  readonly bestEffort?: boolean | undefined;
  readonly overcommit?: boolean | undefined;
  readonly plan?: string | null | undefined;
  /** As people type them; see domain/rule-values. */
  readonly rules?: Readonly<Record<string, string | null>> | undefined;
}

/** Offline and built in seconds; the user chooses `debian` for a whole server. */
const DEFAULT_TEMPLATE = 'minimal';

/** Reads a request into a tenant without slot and id. @throws Problem of every wrong value */
export const readNewTenant = (request: NewTenant, nowMs: number): Tenant => {
  const template = request.template ?? DEFAULT_TEMPLATE;
  parseTemplate(template);
  return {
    name: parseName(request.name),
    id: '00000000',
    slot: 0,
    template,
    base: null,
    limits: parseLimits(request.limits ?? {}),
    desired: request.start === false ? 'stopped' : 'running',
    phase: 'creating',
    restart: request.restart ?? 'on-failure',
    bestEffort: request.bestEffort ?? false,
    overcommit: request.overcommit ?? false,
    plan: request.plan ?? null,
    rules: parseRules(request.rules ?? {}, {}),
    createdAt: new Date(nowMs).toISOString(),
    generation: 1,
  };
};

/**
 * Creates a tenant; the same request again is no error and changes nothing.
 * @throws Problem TENANT_EXISTS, IDS_EXHAUSTED, NOT_ENFORCEABLE, OVERCOMMIT, … ; on failure nothing is left
 */
export const addTenant = async (engine: Engine, request: NewTenant, work: Work): Promise<Tenant> => {
  const wanted = readNewTenant(request, engine.ports.clock.now());
  return engine.locks.run(wanted.name, 'add', work.signal, async () => {
    const known = findTenant(engine.ports, wanted.name);
    if (known) return sameOrRefuse(known, wanted);
    checkTenant(wanted, engine.ports, engine.config);
    const tenant = { ...wanted, slot: takeSlot(engine), id: engine.ports.newId() };
    await saveTenant(engine.ports, tenant.name, tenant);
    return withActivity(engine, tenant.name, 'creating', () => create(engine, tenant, work));
  });
};

const create = async (engine: Engine, tenant: Tenant, work: Work): Promise<Tenant> => {
  const options = optionsOf(engine, work);
  try {
    const { tenant: made } = await reconcileTenant(tenant, options);
    const ready: Tenant = { ...made, phase: 'ready' };
    work.signal.throwIfAborted();
    await saveTenant(engine.ports, tenant.name, ready);
    recordEvent(engine.ports, work, {
      type: 'tenant-added',
      tenant: tenant.name,
      text: `${tenant.name} was created from ${tenant.template}`,
      data: { template: tenant.template, slot: tenant.slot },
    });
    return ready;
  } catch (error) {
    await undoCreation(findTenant(engine.ports, tenant.name) ?? tenant, options).catch((undoError: unknown) =>
      engine.ports.log.error('could not undo a creation; the next start of the daemon does', {
        tenant: tenant.name,
        error: String(undoError),
      }),
    );
    throw error;
  }
};

const sameOrRefuse = (known: Tenant, wanted: Tenant): Tenant => {
  const fields: string[] = diffLimits(known.limits, wanted.limits).map((name) => LIMIT_FLAGS[name]);
  if (known.template !== wanted.template) fields.push('template');
  if (known.plan !== wanted.plan) fields.push('plan');
  fields.push(...diffRules(known.rules, wanted.rules).map((key) => RULE_FLAGS[key]));
  if (known.phase === 'ready' && fields.length === 0) return known;
  const madeFrom = known.template === wanted.template ? undefined : spellOut(known.template, 120);
  throw problem('TENANT_EXISTS', { name: known.name, differs: fields.join(', '), madeFrom });
};

/** Slots in the trash stay taken: files with their ids still exist. */
const takeSlot = ({ ports, config }: Engine): number => {
  const { tenants, trash } = ports.registry.current;
  const used = [...tenants.map((tenant) => tenant.slot), ...trash.map((entry) => entry.tenant.slot)];
  const slot = pickSlot(used, config.instance.slots);
  if (slot === undefined) throw problem('IDS_EXHAUSTED', { count: config.instance.slots.count });
  return slot;
};
