// From a wish of a person to requests: which verbs a tenant's state allows, what must be typed first, the jobs. Pure.

import type { TenantState, TenantView } from '../../api/contract.ts';
import { buildRows } from '../view-model/list.ts';
import { addRequest, creditsRequest, setRequest } from './form.ts';
import type { Dialog, Form, Job, MenuItem, State, Verb } from './types.ts';

/** States in which a verb means something; the daemon has the last word. */
const LEGAL: { readonly [K in Exclude<Verb, 'pardon'>]: readonly TenantState[] } = {
  start: ['stopped', 'failed', 'restarting'],
  stop: ['running', 'frozen', 'restarting', 'starting'],
  restart: ['running', 'frozen', 'failed'],
  freeze: ['running'],
  thaw: ['frozen'],
  delete: ['running', 'frozen', 'stopped', 'failed', 'restarting'],
};

const VERBS: readonly (readonly [string, Verb, string])[] = [
  ['s', 'start', 'start'],
  ['o', 'stop', 'stop: its processes end'],
  ['r', 'restart', 'restart: its processes end'],
  ['f', 'freeze', 'freeze: its processes stand still, memory stays'],
  ['t', 'thaw', 'thaw'],
  ['p', 'pardon', 'pardon: drop penalty and score'],
  ['D', 'delete', 'delete, into the trash'],
];

export const isLegal = (verb: Verb, tenant: TenantView): boolean =>
  verb === 'pardon' ? tenant.scheduling !== undefined : LEGAL[verb].includes(tenant.state);

/** A filter may hide the selected tenant, for a moment or for good. */
export const isShown = (state: State, name: string | undefined): boolean =>
  buildRows(state).some(({ tenant }) => tenant.name === name);

/** The tenant that is looked at: the one of the detail, else the selected one, when it is in sight. */
export const focused = (state: State): string | undefined =>
  state.detail?.name ?? (isShown(state, state.selected) ? state.selected : undefined);

/** The marked, or the one that is looked at. */
export const targets = (state: State): TenantView[] => {
  const names = !state.detail && state.marked.length > 0 ? state.marked : [focused(state)];
  return (state.top?.tenants ?? []).filter(({ name }) => names.includes(name));
};

export const describeTargets = (names: readonly string[]): string =>
  names.length === 1 ? (names[0] ?? '') : `${names.length} tenants`;

/** Only what can be done with at least one of them. */
export const buildActionMenu = (tenants: readonly TenantView[]): Dialog => {
  const verbs = VERBS.filter(([, verb]) => tenants.some((tenant) => isLegal(verb, tenant)));
  const hasCredits = tenants.some(({ scheduling }) => scheduling?.credits);
  const items: MenuItem[] = [
    ...verbs.map(([key, verb, label]): MenuItem => ({ key, label, choice: { kind: 'verb', verb } })),
    { key: 'L', label: 'limits', choice: { kind: 'limits' } },
    ...(hasCredits ? [{ key: 'c', label: 'credits: give vCPU-minutes', choice: { kind: 'credits' } } as const] : []),
  ];
  return { kind: 'menu', title: `act on ${describeTargets(tenants.map(({ name }) => name))}`, items, index: 0 };
};

/** What ends processes asks first; what ends a tenant wants its name (of several: how many) typed. */
export const askBefore = (verb: Verb, names: readonly string[]): Extract<Dialog, { kind: 'confirm' }> | undefined => {
  if (verb === 'stop' || verb === 'restart') return { kind: 'confirm', verb, names, want: 'y', typed: '' };
  if (verb !== 'delete') return undefined;
  return {
    kind: 'confirm',
    verb,
    names,
    want: names.length === 1 ? (names[0] ?? '') : `delete ${names.length}`,
    typed: '',
  };
};

type Draft = Omit<Job, 'id'>;

const verbJob = (verb: Verb, name: string): Draft =>
  verb === 'delete'
    ? { title: `delete ${name}`, tenant: name, method: 'DELETE', path: `/v1/tenants/${name}`, streams: true }
    : {
        title: `${verb} ${name}`,
        tenant: name,
        method: 'POST',
        path: `/v1/tenants/${name}/${verb}`,
        streams: verb !== 'pardon',
      };

export const verbJobs = (verb: Verb, names: readonly string[]): Draft[] => names.map((name) => verbJob(verb, name));

export const formJobs = (form: Form, state: State): Draft[] => {
  const { purpose } = form;
  if (purpose.kind === 'create') {
    const body = addRequest(form);
    return [
      { title: `create ${body.name}`, tenant: body.name, method: 'POST', path: '/v1/tenants', body, streams: true },
    ];
  }
  if (purpose.kind === 'credits')
    return purpose.names.map((name) => ({
      title: `credits for ${name}`,
      tenant: name,
      method: 'POST',
      path: `/v1/tenants/${name}/credits`,
      body: creditsRequest(form),
      streams: false,
    }));
  return (state.top?.tenants ?? [])
    .filter(({ name }) => purpose.names.includes(name))
    .flatMap((tenant): Draft[] => {
      const body = setRequest(form, tenant);
      const { name } = tenant;
      if (!body) return [];
      return [
        { title: `limits of ${name}`, tenant: name, method: 'PATCH', path: `/v1/tenants/${name}`, body, streams: true },
      ];
    });
};
