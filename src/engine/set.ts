// `set`: other limits, live where the kernel can, with a restart where the user allows it.

import { problem } from '../domain/errors.ts';
import {
  diffLimits,
  formatLimit,
  LIMIT_FLAGS,
  type LimitName,
  type Limits,
  type LimitsInput,
  parseLimits,
} from '../domain/limits.ts';
import { formatRule, parseRules, RULE_FLAGS } from '../domain/rule-values.ts';
import { diffRules, type RuleKey } from '../domain/rules.ts';
import type { RestartPolicy, Tenant } from '../domain/tenant.ts';
import { formatBytes, MiB } from '../domain/units.ts';
import { type CheckPorts, checkTenant } from './check-request.ts';
import { beginDescent, isBelowUse, limitsInForce } from './descent.ts';
import { type Engine, optionsOf, refresh, requireReady, requireTenant, withActivity } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { reconcileTenant, recordEvent, revertTenant, saveTenant } from './reconcile.ts';

export interface TenantChange {
  readonly limits?: LimitsInput | undefined;
  readonly restart?: RestartPolicy | undefined;
  readonly bestEffort?: boolean | undefined;
  readonly overcommit?: boolean | undefined;
  /** Another plan, null = none. */
  readonly plan?: string | null | undefined;
  /** Rules as people type them; null goes back to the plan's. */
  readonly rules?: Readonly<Record<string, string | null>> | undefined;
  /** Stop and start where a change needs it. */
  readonly allowRestart?: boolean | undefined;
}

/** The tenant with the change in it; the same object when nothing differs. */
export const mergeChange = (tenant: Tenant, change: TenantChange): Tenant => {
  const limits = change.limits ? parseLimits(change.limits, tenant.limits) : tenant.limits;
  const next: Tenant = {
    ...tenant,
    limits,
    restart: change.restart ?? tenant.restart,
    bestEffort: change.bestEffort ?? tenant.bestEffort,
    overcommit: change.overcommit ?? tenant.overcommit,
    plan: change.plan === undefined ? tenant.plan : change.plan,
    rules: change.rules ? parseRules(change.rules, tenant.rules) : tenant.rules,
  };
  const same =
    diffLimits(limits, tenant.limits).length === 0 &&
    next.restart === tenant.restart &&
    next.bestEffort === tenant.bestEffort &&
    next.overcommit === tenant.overcommit &&
    next.plan === tenant.plan &&
    diffRules(tenant.rules, next.rules).length === 0;
  return same ? tenant : { ...next, generation: tenant.generation + 1 };
};

/**
 * Changes limits and policies of a tenant.
 * @throws Problem RESTART_NEEDED, SHRINK_REFUSED, OVERCOMMIT, NOT_ENFORCEABLE, …; the former limits are in force again then
 */
export const setTenant = async (engine: Engine, name: string, change: TenantChange, work: Work): Promise<Tenant> => {
  const { name: known } = requireTenant(engine, name);
  return engine.locks.run(known, 'set', work.signal, async () => {
    const before = requireReady(engine, known);
    const next = mergeChange(before, change);
    if (next === before) return before;
    const restart = await checkChange(engine, before, next, change);
    const isUp = engine.runtimes.get(known).up !== 'stopped';
    await saveTenant(engine.ports, known, next);
    try {
      const done = restart
        ? await withActivity(engine, known, 'restarting', () => changeStopped(engine, next, work))
        : await changeLive(engine, before, next, isUp, work);
      announce(engine, before, done, work);
      return done;
    } catch (error) {
      engine.runtimes.get(known).descent = null;
      await revertTenant(before, optionsOf(engine, work));
      await refresh(engine, known); // it may have come up again
      throw error;
    }
  });
};

/**
 * All that can be known before anything is touched.
 * @returns whether the change stops and starts it
 * @throws Problem RESTART_NEEDED, SHRINK_REFUSED and those of checkTenant
 */
export const checkChange = async (
  engine: Engine,
  before: Tenant,
  next: Tenant,
  { allowRestart }: TenantChange,
  ports: CheckPorts = engine.ports,
): Promise<boolean> => {
  checkTenant(next, ports, engine.config, before);
  if (engine.runtimes.get(before.name).up === 'stopped') return false;
  await refuseShrink(engine, before, next);
  const restart = needsRestart(engine, before, next);
  if (restart && !allowRestart) refuseRestart(engine, before, next);
  return restart;
};

/** A disk shrinks only unmounted; it grows mounted where the probe said so. */
const needsRestart = (engine: Engine, before: Tenant, next: Tenant): boolean => {
  const [from, to] = [before.limits.disk, next.limits.disk];
  return to < from || (to > from && engine.ports.rootfs.growMode === 'restart');
};

/** A disk that cannot become so small: told before anything is stopped. */
const refuseShrink = async (engine: Engine, before: Tenant, next: Tenant): Promise<void> => {
  const asked = next.limits.disk;
  if (asked >= before.limits.disk) return;
  const least = await engine.ports.rootfs.leastDisk(before);
  if (asked >= least) return;
  throw problem('SHRINK_REFUSED', {
    name: before.name,
    asked: formatBytes(asked),
    least: `${Math.ceil(least / MiB)}M`, // not rounded to 4.5G: what the hint says to type must be enough
    why: `its files need ${formatBytes(least)}`,
  });
};

const refuseRestart = (engine: Engine, before: Tenant, next: Tenant): never => {
  const shrinks = next.limits.disk < before.limits.disk;
  const why = shrinks
    ? 'a mounted disk cannot shrink'
    : `growing a mounted ext4 needs CAP_SYS_RESOURCE, which this host does not give`;
  engine.ports.log.debug('refused', { tenant: before.name, why });
  throw problem('RESTART_NEEDED', {
    what: 'the disk',
    name: before.name,
    why,
    flag: `--disk ${formatLimit('disk', next.limits)}`,
  });
};

const changeStopped = async (engine: Engine, next: Tenant, work: Work): Promise<Tenant> => {
  const options = optionsOf(engine, work);
  await reconcileTenant({ ...next, desired: 'stopped' }, options);
  await refresh(engine, next.name);
  return (await reconcileTenant(next, options)).tenant;
};

/** Memory below the present use is not written at once: the walk down starts here and goes on with the ticks. */
const changeLive = async (engine: Engine, before: Tenant, next: Tenant, isUp: boolean, work: Work): Promise<Tenant> => {
  const options = optionsOf(engine, work);
  if (!isUp || !isBelowUse(engine, next)) {
    engine.runtimes.get(next.name).descent = null;
    return (await reconcileTenant(next, options)).tenant;
  }
  // all else at once, beside the memory limit that is in force now
  const inForce = limitsInForce(before, engine.runtimes.get(next.name));
  const gentle: Limits = { ...next.limits, memory: inForce.memory, swap: inForce.swap };
  await reconcileTenant({ ...next, limits: gentle }, options);
  await beginDescent(engine, next, work);
  return next;
};

const sayRule = (key: RuleKey, { rules }: Tenant): string => {
  const value = rules[key];
  return `${RULE_FLAGS[key]} ${value === undefined ? 'as the plan says' : formatRule(key, value)}`;
};

const announce = (engine: Engine, before: Tenant, after: Tenant, work: Work): void => {
  const names = diffLimits(before.limits, after.limits);
  const say = (name: LimitName): string =>
    `${LIMIT_FLAGS[name]} ${formatLimit(name, before.limits)} -> ${formatLimit(name, after.limits)}`;
  const rules = diffRules(before.rules, after.rules);
  const plan = before.plan === after.plan ? [] : [`plan ${before.plan ?? 'none'} -> ${after.plan ?? 'none'}`];
  const words = [...names.map(say), ...plan, ...rules.map((key) => sayRule(key, after))];
  const text = words.length > 0 ? words.join(', ') : 'policies changed';
  const data = Object.fromEntries(names.map((name) => [LIMIT_FLAGS[name], after.limits[name]]));
  recordEvent(engine.ports, work, { type: 'limits-changed', tenant: after.name, text: `${after.name}: ${text}`, data });
};
