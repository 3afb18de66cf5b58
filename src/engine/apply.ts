// `apply`: a file of tenants; each is created, changed or left alone, and one that fails does not keep the others.

import { problem, toProblem } from '../domain/errors.ts';
import { diffLimits, LIMIT_FLAGS } from '../domain/limits.ts';
import { RULE_FLAGS } from '../domain/rule-values.ts';
import { diffRules } from '../domain/rules.ts';
import { addTenant, type NewTenant, readNewTenant } from './add.ts';
import { checkTenant } from './check-request.ts';
import type { Engine } from './engine.ts';
import type { Work } from './engine-ports.ts';
import { startTenant } from './lifecycle.ts';
import { findTenant } from './reconcile.ts';
import { mergeChange, setTenant, type TenantChange } from './set.ts';

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
}

/**
 * Every entry is read before the first is acted on, so that a file with a mistake changes nothing.
 * @throws Problem of a wrong value; problems while acting are in the result
 */
export const applyTenants = async (
  engine: Engine,
  requests: readonly NewTenant[],
  options: ApplyOptions,
  work: Work,
): Promise<AppliedChange[]> => {
  const wanted = requests.map((request) => (options.overcommit ? { ...request, overcommit: true } : request));
  const names = wanted.map((request) => readNewTenant(request, engine.ports.clock.now()).name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw problem('USAGE', { what: `tenant "${twice}" is named twice`, command: 'apply' });
  const changes: AppliedChange[] = [];
  for (const request of wanted) {
    work.signal.throwIfAborted();
    changes.push(await applyOne(engine, request, options, work));
  }
  return changes;
};

const applyOne = async (
  engine: Engine,
  request: NewTenant,
  options: ApplyOptions,
  work: Work,
): Promise<AppliedChange> => {
  const name = request.name;
  try {
    return findTenant(engine.ports, name)
      ? await changeOne(engine, request, options, work)
      : await createOne(engine, request, options, work);
  } catch (error) {
    if (work.signal.aborted) throw error;
    const { message, hint } = toProblem(error);
    return { name, act: 'failed', fields: [], problem: `${message} (${hint})` };
  }
};

const createOne = async (
  engine: Engine,
  request: NewTenant,
  options: ApplyOptions,
  work: Work,
): Promise<AppliedChange> => {
  const result = { name: request.name, fields: [], problem: null };
  if (options.dryRun) {
    checkTenant(readNewTenant(request, engine.ports.clock.now()), engine.ports, engine.config);
    return { ...result, act: 'would-create' };
  }
  await addTenant(engine, request, work);
  return { ...result, act: 'created' };
};

const changeOne = async (
  engine: Engine,
  request: NewTenant,
  options: ApplyOptions,
  work: Work,
): Promise<AppliedChange> => {
  const before = findTenant(engine.ports, request.name);
  if (!before) return createOne(engine, request, options, work);
  const change: TenantChange = { ...pickChange(request), allowRestart: options.allowRestart };
  const after = mergeChange(before, change);
  const fields: string[] = diffLimits(before.limits, after.limits).map((limit) => LIMIT_FLAGS[limit]);
  if (before.restart !== after.restart) fields.push('restart');
  if (before.plan !== after.plan) fields.push('plan');
  fields.push(...diffRules(before.rules, after.rules).map((key) => RULE_FLAGS[key]));
  const mustStart = request.start !== false && before.desired === 'stopped';
  if (mustStart) fields.push('start');
  if (after === before && !mustStart) return { name: before.name, act: 'unchanged', fields, problem: null };
  if (options.dryRun) {
    checkTenant(after, engine.ports, engine.config, before);
    return { name: before.name, act: 'would-change', fields, problem: null };
  }
  if (after !== before) await setTenant(engine, before.name, change, work);
  if (mustStart) await startTenant(engine, before.name, work);
  return { name: before.name, act: 'changed', fields, problem: null };
};

const pickChange = ({ limits, restart, bestEffort, overcommit, plan, rules }: NewTenant): TenantChange => ({
  limits,
  restart,
  bestEffort,
  overcommit,
  plan,
  rules,
});
