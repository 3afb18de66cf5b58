// From the text of a registry file to a registry, over every schema ever written. Pure.

import { EMPTY_REGISTRY, REGISTRY_SCHEMA, type Registry, registrySchema } from '../domain/tenant.ts';

export type ReadResult =
  | { readonly kind: 'ok'; readonly registry: Registry }
  | { readonly kind: 'corrupt'; readonly why: string }
  | { readonly kind: 'newer'; readonly found: number };

type Step = (data: Record<string, unknown>) => Record<string, unknown>;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const mapArray = (value: unknown, change: (item: Record<string, unknown>) => unknown): unknown =>
  Array.isArray(value) ? value.map((item: unknown) => (isObject(item) ? change(item) : item)) : value;

/** Tenants of before there were rules live by the defaults. */
const addRules: Step = (data) => {
  const withRules = (tenant: Record<string, unknown>): unknown => ({ ...tenant, plan: null, rules: {} });
  return {
    ...data,
    schema: 2,
    tenants: mapArray(data['tenants'], withRules),
    trash: mapArray(data['trash'], (entry) => ({
      ...entry,
      tenant: isObject(entry['tenant']) ? withRules(entry['tenant']) : entry['tenant'],
    })),
    plans: [],
  };
};

/** One function per schema step, from the number in its key to the next. */
const MIGRATIONS: Readonly<Record<number, Step>> = { 1: addRules };

export const parseRegistry = (text: string | undefined): ReadResult => {
  if (text === undefined) return { kind: 'ok', registry: EMPTY_REGISTRY };
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    const why = text.trim() === '' ? 'it is empty' : `it is not JSON (${(error as Error).message.slice(0, 120)})`;
    return { kind: 'corrupt', why };
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    return { kind: 'corrupt', why: 'it is not an object' };
  return migrate(data as Record<string, unknown>);
};

const migrate = (start: Record<string, unknown>): ReadResult => {
  let data = start;
  const found = data['schema'];
  if (typeof found !== 'number') return { kind: 'corrupt', why: 'it has no schema number' };
  if (found > REGISTRY_SCHEMA) return { kind: 'newer', found };
  for (let schema = found; schema < REGISTRY_SCHEMA; schema++) {
    const step = MIGRATIONS[schema];
    if (!step) return { kind: 'corrupt', why: `its schema ${found} is unknown` };
    data = step(data);
  }
  const parsed = registrySchema.safeParse(data);
  if (parsed.success) return { kind: 'ok', registry: parsed.data };
  const issue = parsed.error.issues[0];
  return { kind: 'corrupt', why: `${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'does not fit'}` };
};
