// What is wrong with what was typed into a form, and what it would change and cost. Pure.

import type { HostView, TenantView, TopView } from '../../api/contract.ts';
import { toProblem } from '../../domain/errors.ts';
import { formatLimit, type Limits, parseLimits } from '../../domain/limits.ts';
import { parseName } from '../../domain/names.ts';
import { parseRule } from '../../domain/rule-values.ts';
import { formatBytes, formatCpu } from '../../domain/units.ts';
import { changedFields, changedPlan, NO_PLAN, planOf, typedIn, typedLimits } from './form.ts';
import { readPlans } from './loads.ts';
import type { Field, Form, State } from './types.ts';

const attempt = <T>(read: () => T): { value: T } | { error: string } => {
  try {
    return { value: read() };
  } catch (error) {
    return { error: toProblem(error).message };
  }
};

const checkYesNo = (value: string): string | undefined =>
  ['', 'yes', 'no'].includes(value) ? undefined : 'yes or no is expected';

/** vCPU-minutes a present may have (the contract's bounds). */
const checkMinutes = (value: string): string | undefined =>
  Number(value) >= 0.001 && Number(value) <= 1_000_000 ? undefined : 'a number from 0.001 to 1000000 is expected';

const checkName = (value: string, tenants: readonly TenantView[]): string | undefined => {
  if (tenants.some(({ name }) => name === value)) return 'there is a tenant of this name';
  const read = attempt(() => parseName(value));
  return 'error' in read ? read.error : undefined;
};

const checkPayer = (value: string, tenants: readonly TenantView[]): string | undefined =>
  value === '' || tenants.some(({ name }) => name === value) ? undefined : 'there is no such tenant';

/** An empty limit is the default, or stays as it is. */
const checkLimit = (id: string, value: string): string | undefined => {
  if (value === '') return undefined;
  const read = attempt(() => parseLimits({ [id]: value }));
  return 'error' in read ? read.error : undefined;
};

const checkShare = (value: string): string | undefined => {
  if (value === '') return undefined;
  const read = attempt(() => parseRule('share', value));
  return 'error' in read ? read.error : undefined;
};

/** Until the plans are known the daemon has the word. */
const checkPlan = (value: string, state: State): string | undefined => {
  const plans = readPlans(state);
  if (value === '' || value === NO_PLAN || plans === undefined || plans.includes(value)) return undefined;
  return plans.length === 0 ? 'there is no plan yet' : `there is no such plan; there are ${plans.join(', ')}`;
};

type Check = (value: string, tenants: readonly TenantView[], state: State) => string | undefined;

const CHECKS: Readonly<Record<string, Check>> = {
  name: checkName,
  template: (value) => (value === '' ? 'a template is needed' : undefined),
  overcommit: checkYesNo,
  start: checkYesNo,
  allowRestart: checkYesNo,
  give: checkMinutes,
  from: checkPayer,
  share: checkShare,
  plan: (value, _, state) => checkPlan(value, state),
};

const checkField = ({ id, value }: Field, tenants: readonly TenantView[], state: State): string | undefined =>
  CHECKS[id]?.(value.trim(), tenants, state) ?? (id in CHECKS ? undefined : checkLimit(id, value.trim()));

export interface Checked {
  /** By field. */
  readonly errors: Readonly<Record<string, string>>;
  /** What it would change and cost, a sentence a line. */
  readonly preview: readonly string[];
  /** Nothing to do, or something is wrong. */
  readonly blocked: string | undefined;
}

const promised = (tenants: readonly TenantView[], pick: (limits: Limits) => number | null): number =>
  tenants.reduce((sum, { limits }) => sum + (pick(limits) ?? 0), 0);

/** "cpu: promised 2.5 of 3.8, with it 3.5": what the house has given away, and what is left. */
const costLine = (
  what: string,
  own: number | null,
  others: number,
  house: number,
  format: (n: number) => string,
): string => {
  if (own === null) return `${what}: no limit, so nothing is promised to it; ${format(house)} is what all share`;
  const sum = own + others;
  const over = sum > house ? ': more than the house has, needs overcommit' : '';
  return `${what}: ${format(own)}, promised in all ${format(sum)} of ${format(house)}${over}`;
};

const costLines = (limits: Limits, others: readonly TenantView[], host: HostView): string[] => [
  costLine(
    'cpu',
    limits.cpu,
    promised(others, (other) => other.cpu),
    host.house.cpu,
    formatCpu,
  ),
  costLine(
    'memory',
    limits.memory,
    promised(others, (other) => other.memory),
    host.house.memory,
    formatBytes,
  ),
  `disk: ${formatBytes(limits.disk)}, promised in all ${formatBytes(limits.disk + promised(others, (other) => other.disk))}`,
];

const limitChanges = (form: Form, tenant: TenantView): string[] => {
  const limits = parseLimits(typedLimits(form), tenant.limits);
  return changedFields(form, tenant).map(
    ([id, label]) => `${tenant.name}: ${label} ${formatLimit(id, tenant.limits)} -> ${formatLimit(id, limits)}`,
  );
};

/** "share: 30%, 1.14 of 3.8 cores when all want theirs" */
const shareCost = (form: Form, { house }: HostView): string[] => {
  const typed = typedIn(form, 'share');
  if (typed === '') return [];
  const share = parseRule('share', typed);
  const part = share === null ? 'an equal part of what the shares of others leave' : formatCpu(share * house.cpu);
  return [`share: ${typed}, ${part}${share === null ? '' : ` of ${formatCpu(house.cpu)} cores when all want theirs`}`];
};

const planChanges = (form: Form, tenant: TenantView): string[] => {
  const plan = changedPlan(form, tenant);
  return plan === undefined ? [] : [`${tenant.name}: plan ${planOf(tenant)} -> ${plan}`];
};

const shareChanges = (form: Form, { name, scheduling }: TenantView): string[] => {
  const typed = typedIn(form, 'share');
  if (typed === '') return [];
  const now = scheduling ? `${Math.round(scheduling.share.fraction * 1000) / 10}%` : 'unknown';
  return [`${name}: share now ${now} -> ${typed}`];
};

const previewLimits = (form: Form, names: readonly string[], { tenants, host }: TopView): string[] => {
  const changed = tenants.filter(({ name }) => names.includes(name));
  const only = changed.length === 1 ? changed[0] : undefined;
  const lines = changed.flatMap((tenant) => [
    ...limitChanges(form, tenant),
    ...planChanges(form, tenant),
    ...shareChanges(form, tenant),
  ]);
  if (!only || lines.length === 0) return lines;
  const others = tenants.filter((other) => other !== only);
  return [...lines, ...costLines(parseLimits(typedLimits(form), only.limits), others, host), ...shareCost(form, host)];
};

const preview = (form: Form, state: State): string[] => {
  const { purpose } = form;
  const { top } = state;
  if (!top) return [];
  if (purpose.kind === 'create')
    return [...costLines(parseLimits(typedLimits(form)), top.tenants, top.host), ...shareCost(form, top.host)];
  if (purpose.kind === 'limits') return previewLimits(form, purpose.names, top);
  const from = typedIn(form, 'from');
  return purpose.names.map((name) => `${name}: + ${typedIn(form, 'give')} vCPU-minutes${from ? ` from ${from}` : ''}`);
};

const policyChanges = (form: Form, state: State): boolean => {
  if (form.purpose.kind !== 'limits') return false;
  const { names } = form.purpose;
  const wanted = typedIn(form, 'overcommit');
  return (state.top?.tenants ?? []).some(
    ({ name, overcommit }) => names.includes(name) && wanted !== '' && overcommit !== (wanted === 'yes'),
  );
};

export const checkForm = (form: Form, state: State): Checked => {
  const tenants = state.top?.tenants ?? [];
  const errors: Record<string, string> = {};
  for (const one of form.fields) {
    const error = checkField(one, tenants, state);
    if (error !== undefined) errors[one.id] = error;
  }
  const isRight = Object.keys(errors).length === 0;
  // a name costs nothing: what it will take is shown before there is one
  const lines = Object.keys(errors).every((id) => id === 'name') ? preview(form, state) : [];
  const isIdle = isRight && lines.length === 0 && !policyChanges(form, state);
  return {
    errors,
    preview: lines,
    blocked: isRight ? (isIdle ? 'nothing would change' : undefined) : 'a field is not right yet',
  };
};
