// A tenant as it is wanted: what the registry stores and every plan starts from.

import * as z from 'zod';
import { problem } from './errors.ts';
import type { Limits } from './limits.ts';
import { spellOut, whyNotName } from './names.ts';
import { planSchema } from './plans.ts';
import { ruleSetSchema } from './resolve-rules.ts';
import type { Plan, RuleSet } from './rules.ts';
import { checkTemplateLength, TEMPLATE_MAX } from './template-length.ts';

export type DesiredState = 'running' | 'stopped' | 'frozen';
export type RestartPolicy = 'always' | 'on-failure' | 'never';

/** All but `ready` mark work that a crash may have cut; the next start undoes the first and finishes the others. */
export type Phase = 'creating' | 'ready' | 'deleting' | 'restoring';

/** A base rootfs: built once per template and content, never written again. */
export interface BaseRef {
  /** `minimal`, `debian` or `tar`. */
  readonly template: string;
  /** Hex digest of what it was built from. */
  readonly digest: string;
}

export interface Tenant {
  readonly name: string;
  /** Stable for the tenant's life, new when the name is used again. */
  readonly id: string;
  /** Index of its block of ids and of its address; see domain/slots. */
  readonly slot: number;
  /** What the user asked for: `minimal`, `debian`, `tar:/path`. */
  readonly template: string;
  /** Set once the base is built. */
  readonly base: BaseRef | null;
  readonly limits: Limits;
  readonly desired: DesiredState;
  readonly phase: Phase;
  readonly restart: RestartPolicy;
  /** Limits this host cannot enforce are accepted as wishes. */
  readonly bestEffort: boolean;
  /** Guarantees beyond the house were accepted. */
  readonly overcommit: boolean;
  /** Name of the plan whose rules hold where the tenant sets none of its own. */
  readonly plan: string | null;
  /** The tenant's own rules. */
  readonly rules: RuleSet;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Grows with every change of the desired state. */
  readonly generation: number;
}

export interface TrashEntry {
  /** NAME-ID of the folder below trash/. */
  readonly key: string;
  readonly tenant: Tenant;
  /** ISO 8601. */
  readonly deletedAt: string;
  readonly expiresAt: string;
}

export interface Registry {
  readonly schema: number;
  readonly tenants: readonly Tenant[];
  readonly trash: readonly TrashEntry[];
  readonly plans: readonly Plan[];
}

/** Grows with each incompatible change of the registry file. */
export const REGISTRY_SCHEMA = 2;

export const EMPTY_REGISTRY: Registry = { schema: REGISTRY_SCHEMA, tenants: [], trash: [], plans: [] };

const limit = z.number().int().nonnegative();
const limitsSchema = z.strictObject({
  cpu: limit.nullable(),
  cpuWeight: limit,
  memory: limit.nullable(),
  swap: limit,
  disk: limit,
  pids: limit.nullable(),
  ioRead: limit.nullable(),
  ioWrite: limit.nullable(),
  cpuset: z.string().nullable(),
});

const tenantSchema = z.strictObject({
  name: z.string().refine((text) => whyNotName(text) === undefined, 'not a tenant name'),
  id: z.string().regex(/^[0-9a-f]{8,32}$/),
  slot: z.number().int().nonnegative(),
  template: z.string().max(TEMPLATE_MAX),
  base: z
    .strictObject({ template: z.string().regex(/^[a-z]+$/), digest: z.string().regex(/^[0-9a-f]{12,64}$/) })
    .nullable(),
  limits: limitsSchema,
  desired: z.enum(['running', 'stopped', 'frozen']),
  phase: z.enum(['creating', 'ready', 'deleting', 'restoring']),
  restart: z.enum(['always', 'on-failure', 'never']),
  bestEffort: z.boolean(),
  overcommit: z.boolean(),
  plan: z.string().nullable(),
  rules: ruleSetSchema,
  createdAt: z.string(),
  generation: z.number().int().nonnegative(),
});

const isUnique = (values: readonly (string | number)[]): boolean => new Set(values).size === values.length;

export const registrySchema = z
  .strictObject({
    schema: z.literal(REGISTRY_SCHEMA),
    tenants: z.array(tenantSchema),
    trash: z.array(
      z.strictObject({
        key: z.string().regex(/^[a-z0-9-]{1,80}$/),
        tenant: tenantSchema,
        deletedAt: z.string(),
        expiresAt: z.string(),
      }),
    ),
    plans: z.array(planSchema),
  })
  .refine(({ plans }) => isUnique(plans.map(({ name }) => name)), 'two plans have the same name')
  .refine(({ tenants }) => isUnique(tenants.map(({ name }) => name)), 'two tenants have the same name')
  // files in the trash still belong to their block of ids
  .refine(
    ({ tenants, trash }) => isUnique([...tenants, ...trash.map(({ tenant }) => tenant)].map(({ slot }) => slot)),
    'two tenants have the same slot',
  );

/** Reads `minimal`, `debian`, `tar:/absolute/path`; anything else is refused before any work. */
export const parseTemplate = (text: string): { kind: 'minimal' | 'debian' } | { kind: 'tar'; path: string } => {
  checkTemplateLength(text);
  if (text === 'minimal' || text === 'debian') return { kind: text };
  if (text.startsWith('tar:')) {
    const path = text.slice(4);
    if (!path.startsWith('/'))
      throw problem('TEMPLATE_INVALID', { value: spellOut(text, 120), why: 'the path must be absolute' });
    if (/\p{Cc}/u.test(path))
      throw problem('TEMPLATE_INVALID', { value: 'tar:…', why: 'the path has control characters' });
    return { kind: 'tar', path };
  }
  if (/^[a-z0-9-]{1,40}$/.test(text)) throw problem('TEMPLATE_MISSING', { value: text });
  throw problem('TEMPLATE_INVALID', { value: spellOut(text, 120), why: 'unknown form' });
};

/** Folder of a deleted tenant below trash/. */
export const trashKey = (tenant: Tenant): string => `${tenant.name}-${tenant.id}`;
