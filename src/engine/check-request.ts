// Whether a wanted tenant is possible here: every refusal before anything is touched.

import { checkShares } from '../domain/check-shares.ts';
import { problem } from '../domain/errors.ts';
import { checkHouse } from '../domain/house.ts';
import { LIMIT_FLAGS, type LimitName, type Limits } from '../domain/limits.ts';
import { findPlan } from '../domain/plans.ts';
import { resolveRules } from '../domain/resolve-rules.ts';
import { checkRulesFit } from '../domain/rule-values.ts';
import type { Plan } from '../domain/rules.ts';

import type { Tenant } from '../domain/tenant.ts';
import { parseCpuset } from '../domain/units.ts';
import type { EngineConfig, EnginePorts } from './engine-ports.ts';

export type CheckPorts = Pick<EnginePorts, 'cgroups' | 'host' | 'diskSpace'> & {
  /** As it is, or as it would be. */
  readonly registry: Pick<EnginePorts['registry'], 'current'>;
};

/** Limits asked for beyond "none" that this host cannot enforce, with the reason. */
export const listUnenforced = (
  limits: Limits,
  ports: Pick<EnginePorts, 'cgroups'>,
): { limit: LimitName; why: string }[] =>
  (Object.entries(ports.cgroups.unenforceable) as [LimitName, string][])
    .filter(
      ([limit]) =>
        limits[limit] !== null &&
        !(limit === 'cpuWeight' && limits.cpuWeight === 100) &&
        !(limit === 'swap' && limits.swap === 0),
    )
    .map(([limit, why]) => ({ limit, why }));

/** @throws Problem NOT_ENFORCEABLE, CPUSET_INVALID, OVERCOMMIT, HOST_TOO_SMALL */
export const checkTenant = (tenant: Tenant, ports: CheckPorts, config: EngineConfig, before?: Tenant): void => {
  const first = listUnenforced(tenant.limits, ports)[0];
  if (first && !tenant.bestEffort)
    throw problem('NOT_ENFORCEABLE', { limit: LIMIT_FLAGS[first.limit], why: first.why });
  checkCpuset(tenant.limits.cpuset, ports.host.facts.cpuList);
  const others = ports.registry.current.tenants.filter((other) => other.name !== tenant.name);
  const { cpus, memory } = ports.host.facts;
  checkRules([...others, tenant], ports.registry.current.plans, cpus);
  checkHouse(tenant, others, config.house, { cpus, memory, diskSpace: ports.diskSpace() }, before);
};

/**
 * Whether the rules of all tenants together are possible on this box.
 * @throws Problem PLAN_MISSING, RULE_INVALID, WINDOWS_CONFLICT, SHARES_EXCEED
 */
export const checkRules = (tenants: readonly Tenant[], plans: readonly Plan[], cpus: number): void => {
  const resolved = tenants.map(({ name, plan, rules: own }) => {
    const { rules } = resolveRules(plan === null ? undefined : findPlan(plans, plan).rules, own);
    checkRulesFit(rules, { cpus });
    return [name, rules] as const;
  });
  checkShares(Object.fromEntries(resolved));
};

const checkCpuset = (cpuset: string | null, available: string): void => {
  if (cpuset === null) return;
  const known = new Set(parseCpuset(available));
  const missing = parseCpuset(cpuset).filter((cpu) => !known.has(cpu));
  if (missing.length > 0)
    throw problem('CPUSET_INVALID', { value: cpuset, why: `there is no CPU ${missing[0]}`, available });
};
