// Forms: their fields, how they are edited, and the request they stand for. Pure.

import type { AddRequest, SetRequest, TenantView } from '../../api/contract.ts';
import { DEFAULT_LIMITS, formatLimit, type LimitName, type LimitsInput, parseLimits } from '../../domain/limits.ts';
import type { Field, Form } from './types.ts';

/** Limits that have a field, in the order of the form. */
const LIMIT_FIELDS: readonly (readonly [LimitName, string, string])[] = [
  ['cpu', 'cpu', 'cores: 1, 0.5, 150%, max'],
  ['cpuWeight', 'cpu weight', '1 to 10000, 100 is normal'],
  ['memory', 'memory', '512M, 2G, max'],
  ['swap', 'swap', 'on top of memory'],
  ['disk', 'disk', '5G'],
  ['pids', 'pids', 'processes and threads'],
  ['ioRead', 'io read', 'bytes a second: 50M, max'],
  ['ioWrite', 'io write', 'bytes a second: 50M, max'],
  ['cpuset', 'cpuset', 'which CPUs: 0-1,3, max'],
];

const field = (id: string, label: string, hint: string, value = ''): Field => ({ id, label, hint, value });
const YES_NO = 'yes or no';
const SHARE = 'part of the house: 1/3, 30%, auto';
/** What stands for no plan, here as in the commands. */
export const NO_PLAN = 'none';
export const planOf = ({ scheduling }: TenantView): string => scheduling?.plan ?? NO_PLAN;

export const buildCreateForm = (): Form => ({
  purpose: { kind: 'create' },
  index: 0,
  fields: [
    field('name', 'name', 'a-z, 0-9, -'),
    field('template', 'template', 'minimal, debian, tar:/path', 'minimal'),
    ...LIMIT_FIELDS.map(([id, label, hint]) =>
      field(id, label, hint, DEFAULT_LIMITS[id] === null ? '' : formatLimit(id, DEFAULT_LIMITS)),
    ),
    field('plan', 'plan', 'its rules, none', NO_PLAN),
    field('share', 'share', SHARE),
    field('overcommit', 'overcommit', `${YES_NO}: may be promised more than the house has`, 'no'),
    field('start', 'start', YES_NO, 'yes'),
  ],
});

/** One tenant: its limits, to be changed. Several: empty fields, only what is typed changes. */
export const buildLimitsForm = (tenants: readonly TenantView[]): Form => {
  const only = tenants.length === 1 ? tenants[0] : undefined;
  return {
    purpose: { kind: 'limits', names: tenants.map(({ name }) => name) },
    index: 0,
    fields: [
      ...LIMIT_FIELDS.map(([id, label, hint]) => field(id, label, hint, only ? formatLimit(id, only.limits) : '')),
      field('plan', 'plan', 'its rules, none', only ? planOf(only) : ''),
      field('share', 'share', `${SHARE}; empty: as it is`),
      field('overcommit', 'overcommit', YES_NO, only ? (only.overcommit ? 'yes' : 'no') : ''),
      field('allowRestart', 'restart', `${YES_NO}: stop and start it where a change needs it`, 'no'),
    ],
  };
};

export const buildCreditsForm = (names: readonly string[]): Form => ({
  purpose: { kind: 'credits', names },
  index: 0,
  fields: [field('give', 'vCPU-minutes', 'to each'), field('from', 'from', 'the tenant that pays; empty: the box')],
});

export const typedIn = ({ fields }: Form, id: string): string =>
  fields.find((one) => one.id === id)?.value.trim() ?? '';

const LIMIT_IDS: readonly string[] = LIMIT_FIELDS.map(([id]) => id);

/** The limits typed; an empty field says nothing. */
export const typedLimits = ({ fields }: Form): LimitsInput =>
  Object.fromEntries(
    fields
      .filter(({ id, value }) => LIMIT_IDS.includes(id) && value.trim() !== '')
      .map(({ id, value }) => [id, value.trim()]),
  );

const yes = (form: Form, id: string): boolean => typedIn(form, id) === 'yes';

/** Fields whose text stands for another value; a rounded one that nobody touched ("1.2M") is no change. */
export const changedFields = (form: Form, tenant: TenantView): (typeof LIMIT_FIELDS)[number][] => {
  const typed = typedLimits(form);
  const touched = LIMIT_FIELDS.filter(
    ([id]) => typed[id] !== undefined && typed[id] !== formatLimit(id, tenant.limits),
  );
  return touched.filter(([id]) => parseLimits({ [id]: typed[id] }, tenant.limits)[id] !== tenant.limits[id]);
};

/** The share typed, as a rule of the tenant. */
const typedRules = (form: Form): Pick<SetRequest, 'rules'> => {
  const share = typedIn(form, 'share');
  return share === '' ? {} : { rules: { share } };
};

/** The plan typed, when the tenant has another one. */
export const changedPlan = (form: Form, tenant: TenantView): string | undefined => {
  const plan = typedIn(form, 'plan');
  return plan === '' || plan === planOf(tenant) ? undefined : plan;
};

const planRequest = (plan: string): Pick<SetRequest, 'plan'> => ({ plan: plan === NO_PLAN ? null : plan });

export const addRequest = (form: Form): AddRequest => {
  const plan = typedIn(form, 'plan');
  return {
    name: typedIn(form, 'name'),
    template: typedIn(form, 'template'),
    limits: typedLimits(form) as NonNullable<AddRequest['limits']>,
    overcommit: yes(form, 'overcommit'),
    start: typedIn(form, 'start') !== 'no',
    ...(plan === '' || plan === NO_PLAN ? {} : planRequest(plan)),
    ...typedRules(form),
  };
};

/** Only what differs from what the tenant has. */
export const setRequest = (form: Form, tenant: TenantView): SetRequest | undefined => {
  const limits = changedFields(form, tenant).map(([id]) => [id, typedIn(form, id)]);
  const overcommit = typedIn(form, 'overcommit');
  const plan = changedPlan(form, tenant);
  const changes: SetRequest = {
    ...(limits.length > 0 ? { limits: Object.fromEntries(limits) as NonNullable<SetRequest['limits']> } : {}),
    ...(overcommit !== '' && (overcommit === 'yes') !== tenant.overcommit ? { overcommit: overcommit === 'yes' } : {}),
    ...(plan === undefined ? {} : planRequest(plan)),
    ...typedRules(form),
  };
  if (Object.keys(changes).length === 0) return undefined;
  return yes(form, 'allowRestart') ? { ...changes, allowRestart: true } : changes;
};

export const creditsRequest = (form: Form): { give: number; from?: string } => {
  const from = typedIn(form, 'from');
  return { give: Number(typedIn(form, 'give')), ...(from === '' ? {} : { from }) };
};

export const editField = (form: Form, edit: (value: string) => string): Form => ({
  ...form,
  fields: form.fields.map((one, i) => (i === form.index ? { ...one, value: edit(one.value).slice(0, 200) } : one)),
});

export const moveField = (form: Form, by: number): Form => ({
  ...form,
  index: (form.index + by + form.fields.length + 1) % (form.fields.length + 1),
});
