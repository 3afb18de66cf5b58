// `apply`: a file of tenants; each is created, changed or left alone, and one that fails does not keep the others.

import { type Problem, problem, toProblem } from '../domain/errors.ts';
import { diffLimits, LIMIT_FLAGS } from '../domain/limits.ts';
import { spellOut } from '../domain/names.ts';
import { RULE_FLAGS } from '../domain/rule-values.ts';
import { diffRules } from '../domain/rules.ts';
import { parseTemplate, type Tenant } from '../domain/tenant.ts';
import { addTenant, type NewTenant, readNewTenant } from './add.ts';
import { type CheckPorts, checkTenant } from './check-request.ts';
import { type Engine, requireReady } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { startTenant } from './lifecycle.ts';
import { findTenant } from './reconcile.ts';
import { checkChange, mergeChange, setTenant, type TenantChange } from './set.ts';

export interface AppliedChange {
  readonly name: string;
  readonly act: 'created' | 'changed' | 'unchanged' | 'would-create' | 'would-change' | 'failed';
  readonly fields: string[];
  readonly problem: string | null;
}

export interface ApplyOptions {
  readonly dryRun: boolean;
  readonly allowRestart: boolean;
  readonly overcommit: boolean;
  /** Why a tarball cannot be read, or undefined. */
  readonly whyUnreadable: (path: string) => string | undefined;
}

/** What an entry of the file asks for, beside what is there. */
interface Wanted {
  readonly before: Tenant | undefined;
  readonly next: Tenant;
  readonly change: TenantChange;
  readonly fields: string[];
  readonly mustStart: boolean;
}

/**
 * Every entry is read and checked before the first is acted on, so that a file with a mistake changes nothing.
 * @throws Problem of a wrong or impossible value; a dry run has those in its result, as both have problems while acting
 */
export const applyTenants = async (
  engine: Engine,
  requests: readonly NewTenant[],
  options: ApplyOptions,
  work: Work,
): Promise<AppliedChange[]> => {
  const wanted = requests.map((request) => (options.overcommit ? { ...request, overcommit: true } : request));
  const names = wanted.map((request) => readEntry(engine, request).name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw problem('USAGE', { what: `tenant "${twice}" is named twice`, command: 'apply' });
  const looked = await checkAll(engine, wanted, options);
  if (options.dryRun) return looked;
  const changes: AppliedChange[] = [];
  for (const request of wanted) {
    work.signal.throwIfAborted();
    changes.push(await applyOne(engine, request, options, work));
  }
  return changes;
};

const readEntry = (engine: Engine, request: NewTenant): Tenant => {
  try {
    return readNewTenant(request, engine.ports.clock.now());
  } catch (error) {
    throw nameEntry(error, spellOut(request.name));
  }
};

/** Each beside those before it in the file, as if they were there already. @returns what a dry run answers */
const checkAll = async (
  engine: Engine,
  requests: readonly NewTenant[],
  options: ApplyOptions,
): Promise<AppliedChange[]> => {
  const { current } = engine.ports.registry;
  const tenants = new Map(current.tenants.map((tenant) => [tenant.name, tenant]));
  const changes: AppliedChange[] = [];
  for (const request of requests) {
    const { name } = request;
    try {
      const wanted = compare(engine, request, options);
      const registry = { current: { ...current, tenants: [...tenants.values()] } };
      await checkOne(engine, wanted, options, { ...engine.ports, registry });
      tenants.set(name, wanted.next);
      changes.push({ name, act: sayPlanned(wanted), fields: wanted.fields, problem: null });
    } catch (error) {
      if (!options.dryRun) throw nameEntry(error, name);
      changes.push(sayFailed(error, name));
    }
  }
  return changes;
};

const compare = (engine: Engine, request: NewTenant, options: ApplyOptions): Wanted => {
  const change: TenantChange = { ...pickChange(request), allowRestart: options.allowRestart };
  if (!findTenant(engine.ports, request.name)) {
    const next = readEntry(engine, request);
    return { before: undefined, next, change, fields: [], mustStart: false };
  }
  const before = requireReady(engine, request.name);
  const next = mergeChange(before, change);
  const fields: string[] = diffLimits(before.limits, next.limits).map((limit) => LIMIT_FLAGS[limit]);
  if (before.restart !== next.restart) fields.push('restart');
  if (before.plan !== next.plan) fields.push('plan');
  fields.push(...diffRules(before.rules, next.rules).map((key) => RULE_FLAGS[key]));
  const mustStart = request.start !== false && before.desired === 'stopped';
  if (mustStart) fields.push('start');
  refuseTemplate(before, request.template);
  return { before, next, change, fields, mustStart };
};

/** What a tenant is made of is chosen once; as `add` says it. */
const refuseTemplate = ({ name, template: present }: Tenant, template: string | undefined): void => {
  if (template !== undefined && template !== present)
    throw problem('TENANT_EXISTS', { name, differs: 'template', madeFrom: spellOut(present, 120) });
};

/** @throws Problem of all that can be known before anything is touched */
const checkOne = async (
  engine: Engine,
  { before, next, change }: Wanted,
  options: ApplyOptions,
  ports: CheckPorts,
): Promise<void> => {
  if (before) {
    if (next !== before) await checkChange(engine, before, next, change, ports);
    return;
  }
  checkTenant(next, ports, engine.config);
  const template = parseTemplate(next.template);
  const why = template.kind === 'tar' ? options.whyUnreadable(template.path) : undefined;
  if (template.kind === 'tar' && why !== undefined) throw problem('FILE_UNREADABLE', { path: template.path, why });
};

const sayPlanned = ({ before, next, mustStart }: Wanted): AppliedChange['act'] => {
  if (!before) return 'would-create';
  return next === before && !mustStart ? 'unchanged' : 'would-change';
};

/** The same problem in the words of a file: whose entry it is, and its keys instead of options. */
const nameEntry = (error: unknown, name: string): Problem => {
  const { code, data } = toProblem(error);
  return problem(code, { ...data, inFile: name }, { cause: error });
};

const sayFailed = (error: unknown, name: string): AppliedChange => {
  const text = `${toProblem(error).message} (${nameEntry(error, name).hint})`;
  return { name, act: 'failed', fields: [], problem: text };
};

const applyOne = async (
  engine: Engine,
  request: NewTenant,
  options: ApplyOptions,
  work: Work,
): Promise<AppliedChange> => {
  const { name } = request;
  try {
    const { before, next, change, fields, mustStart } = compare(engine, request, options);
    const result = { name, fields, problem: null };
    if (!before) {
      await addTenant(engine, request, work);
      return { ...result, act: 'created' };
    }
    if (next === before && !mustStart) return { ...result, act: 'unchanged' };
    if (next !== before) await setTenant(engine, name, change, work);
    if (mustStart) await startTenant(engine, name, work);
    return { ...result, act: 'changed' };
  } catch (error) {
    if (work.signal.aborted) throw error;
    return sayFailed(error, name);
  }
};

const pickChange = ({ limits, restart, bestEffort, overcommit, plan, rules }: NewTenant): TenantChange => ({
  limits,
  restart,
  bestEffort,
  overcommit,
  plan,
  rules,
});
