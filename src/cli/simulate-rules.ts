// The rules of a file as a simulation takes them: complete, whatever the box has now. Pure.

import type { PlanView, RuleRowView } from '../api/scheduler-contract.ts';
import { formatRule, RULE_FLAGS, RULE_KEYS } from '../domain/rule-values.ts';
import { DEFAULT_RULES, type RuleKey } from '../domain/rules.ts';
import type { FileRules } from './file-rules.ts';
import type { TenantFile } from './tenant-file.ts';

/** What the box has now. */
export interface BoxRules {
  readonly plans: readonly PlanView[];
  /** Tenants of the file that exist, with their plan and the rules they live by. */
  readonly tenants: ReadonlyMap<string, { readonly plan: string | null; readonly rows: readonly RuleRowView[] }>;
}

const defaults = (): FileRules =>
  Object.fromEntries(RULE_KEYS.map((key: RuleKey) => [RULE_FLAGS[key], formatRule(key, DEFAULT_RULES[key])]));

/** Values only; null takes a key out again. */
const overlay = (...layers: readonly FileRules[]): FileRules => Object.assign({}, ...layers);

/** A plan of a file replaces the one of its name: what it does not say goes back to the defaults. */
const replacement = (before: PlanView['rules'], rules: FileRules): FileRules =>
  overlay(Object.fromEntries(Object.keys(before).map((key) => [key, null])), rules);

/** The rules of a tenant that would live by another plan: each key, since its present plan must not show through. */
const moved = (plan: FileRules, rows: readonly RuleRowView[], own: FileRules): FileRules => {
  const kept = rows.filter(({ key, origin }) => origin === 'tenant' && own[key] !== null);
  const set = Object.entries(own).filter(([, value]) => value !== null);
  return overlay(
    defaults(),
    Object.fromEntries(Object.entries(plan).filter(([, value]) => value !== null)),
    Object.fromEntries(kept.map(({ key, value }) => [key, value])),
    Object.fromEntries(set),
  );
};

/** @returns rules by tenant or `plan:NAME` */
export const buildSimulateRules = (file: TenantFile, box: BoxRules): Record<string, FileRules> => {
  const inBox = new Map(box.plans.map(({ name, rules }) => [name, rules]));
  const inFile = new Map(file.plans.map(({ name, rules }) => [name, rules]));
  const plans = [...inFile].flatMap(([name, rules]) => {
    const before = inBox.get(name);
    // one that nobody lives by yet changes nothing by itself
    return before ? [[`plan:${name}`, replacement(before, rules)] as const] : [];
  });
  const tenants = file.tenants.flatMap(({ name, plan, rules = {} }) => {
    const now = box.tenants.get(name);
    if (!now) return [];
    if (plan === undefined || plan === now.plan) return Object.keys(rules).length > 0 ? [[name, rules] as const] : [];
    const next = plan === null ? {} : (inFile.get(plan) ?? inBox.get(plan) ?? {});
    return [[name, moved(next, now.rows, rules)] as const];
  });
  return Object.fromEntries([...plans, ...tenants]);
};
