// What is wrong with what was typed into a form, and what it would change and cost. Pure.

import type { HostView, TenantView, TopView } from '../../api/contract.ts';
import { toProblem } from '../../domain/errors.ts';
import { formatLimit, type Limits, parseLimits } from '../../domain/limits.ts';
import { parseName } from '../../domain/names.ts';
import { formatBytes, formatCpu } from '../../domain/units.ts';
import { changedFields, typedIn, typedLimits } from './form.ts';
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

type Check = (value: string, tenants: readonly TenantView[]) => string | undefined;

const CHECKS: Readonly<Record<string, Check>> = {
  name: checkName,
  template: (value) => (value === '' ? 'a template is needed' : undefined),
  overcommit: checkYesNo,
  start: checkYesNo,
  allowRestart: checkYesNo,
  give: checkMinutes,
  from: checkPayer,
};

const checkField = ({ id, value }: Field, tenants: readonly TenantView[]): string | undefined =>
  CHECKS[id]?.(value.trim(), tenants) ?? (id in CHECKS ? undefined : checkLimit(id, value.trim()));

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
  const over = sum > house ? ' – more than the house has: needs overcommit' : '';
  return `${what}: ${format(own)}, promised in all ${format(sum)} of ${format(house)}${over}`;
};

export const costLines = (limits: Limits, others: readonly TenantView[], host: HostView): string[] => [
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

const previewLimits = (form: Form, names: readonly string[], { tenants, host }: TopView): string[] => {
  const changed = tenants.filter(({ name }) => names.includes(name));
  const only = changed.length === 1 ? changed[0] : undefined;
  const lines = changed.flatMap((tenant) => limitChanges(form, tenant));
  if (!only || lines.length === 0) return lines;
  const others = tenants.filter((other) => other !== only);
  return [...lines, ...costLines(parseLimits(typedLimits(form), only.limits), others, host)];
};

const preview = (form: Form, state: State): string[] => {
  const { purpose } = form;
  const { top } = state;
  if (!top) return [];
  if (purpose.kind === 'create') return costLines(parseLimits(typedLimits(form)), top.tenants, top.host);
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
    const error = checkField(one, tenants);
    if (error !== undefined) errors[one.id] = error;
  }
  const isRight = Object.keys(errors).length === 0;
  const lines = isRight ? preview(form, state) : [];
  const isIdle = isRight && lines.length === 0 && !policyChanges(form, state);
  return {
    errors,
    preview: lines,
    blocked: isRight ? (isIdle ? 'nothing would change' : undefined) : 'a field is not right yet',
  };
};
