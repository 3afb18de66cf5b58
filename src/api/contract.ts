// What travels over the socket: requests, replies, events. The daemon checks requests with it, tests check replies.

import * as z from 'zod';
import type { ProblemReport } from '../domain/errors.ts';
import { rulesInputSchema, schedulingSchema } from './scheduler-contract.ts';

const typedValue = z.union([z.string().max(64), z.number()]);
const orNull = typedValue.nullable();

/** Limits as people type them; the daemon reads units. */
const limitsInputSchema = z.strictObject({
  cpu: orNull.optional(),
  cpuWeight: typedValue.optional(),
  memory: orNull.optional(),
  swap: typedValue.optional(),
  disk: typedValue.optional(),
  pids: orNull.optional(),
  ioRead: orNull.optional(),
  ioWrite: orNull.optional(),
  cpuset: orNull.optional(),
});

const restartSchema = z.enum(['always', 'on-failure', 'never']);
const name = z.string().max(512);

export const addRequestSchema = z.strictObject({
  name,
  template: z.string().max(4200).optional(),
  limits: limitsInputSchema.optional(),
  /** false: create only. */
  start: z.boolean().optional(),
  restart: restartSchema.optional(),
  bestEffort: z.boolean().optional(),
  overcommit: z.boolean().optional(),
  plan: z.string().max(512).nullable().optional(),
  rules: rulesInputSchema.optional(),
});

export const setRequestSchema = z.strictObject({
  limits: limitsInputSchema.optional(),
  restart: restartSchema.optional(),
  bestEffort: z.boolean().optional(),
  overcommit: z.boolean().optional(),
  plan: z.string().max(512).nullable().optional(),
  rules: rulesInputSchema.optional(),
  /** Stop and start the tenant where a change needs it. */
  allowRestart: z.boolean().optional(),
});

export const stopRequestSchema = z.strictObject({ timeoutMs: z.number().int().min(0).max(600_000).optional() });

export const applyRequestSchema = z.strictObject({
  tenants: z.array(addRequestSchema).max(1024),
  dryRun: z.boolean().optional(),
  allowRestart: z.boolean().optional(),
  overcommit: z.boolean().optional(),
});

export const templateRequestSchema = z.strictObject({ template: z.string().max(4200) });
export const restoreRequestSchema = z.strictObject({
  start: z.boolean().optional(),
  overcommit: z.boolean().optional(),
});
export const emptyRequestSchema = z.strictObject({});

const limitsSchema = z.strictObject({
  cpu: z.number().nullable(),
  cpuWeight: z.number(),
  memory: z.number().nullable(),
  swap: z.number(),
  disk: z.number(),
  pids: z.number().nullable(),
  ioRead: z.number().nullable(),
  ioWrite: z.number().nullable(),
  cpuset: z.string().nullable(),
});

const diskSchema = z.strictObject({ used: z.number(), size: z.number(), inodesUsed: z.number(), inodes: z.number() });

const usageSchema = z.strictObject({
  seconds: z.number(),
  cpu: z.number(),
  throttledShare: z.number(),
  memory: z.number(),
  memoryCache: z.number(),
  swap: z.number().nullable(),
  pids: z.number(),
  ioReadBps: z.number(),
  ioWriteBps: z.number(),
  /** Received and sent by the tenant; null without a link. */
  netRxBps: z.number().nullable(),
  netTxBps: z.number().nullable(),
  pressure: z.strictObject({ cpu: z.number(), memory: z.number(), io: z.number() }).nullable(),
  disk: diskSchema.nullable(),
  oomKills: z.number(),
  memoryMaxHits: z.number(),
  forksRefused: z.number(),
  throttledPeriods: z.number(),
});

const tenantStateSchema = z.enum([
  'creating',
  'starting',
  'running',
  'frozen',
  'stopping',
  'stopped',
  'restarting',
  'failed',
  'deleting',
]);

export const tenantViewSchema = z.strictObject({
  name: z.string(),
  id: z.string(),
  slot: z.number(),
  template: z.string(),
  base: z.strictObject({ template: z.string(), digest: z.string() }).nullable(),
  desired: z.enum(['running', 'stopped', 'frozen']),
  state: tenantStateSchema,
  /** One sentence when the state needs one ("restarts in 4s after 2 deaths"), else empty. */
  reason: z.string(),
  limits: limitsSchema,
  /** Limits accepted as wishes only, with the reason. */
  unenforced: z.array(z.strictObject({ limit: z.string(), why: z.string() })),
  restart: restartSchema,
  bestEffort: z.boolean(),
  overcommit: z.boolean(),
  address4: z.string(),
  address6: z.string(),
  link: z.string(),
  firstId: z.number(),
  idCount: z.number(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  pid: z.number().nullable(),
  /** Absolute path of the mounted root in the host's view. */
  root: z.string(),
  usage: usageSchema.nullable(),
  /** Since the daemon first saw this run of the tenant. */
  faults: z.strictObject({
    throttledPeriods: z.number(),
    oomKills: z.number(),
    memoryMaxHits: z.number(),
    forksRefused: z.number(),
    deaths: z.number(),
  }),
  generation: z.number(),
  scheduling: schedulingSchema.optional(),
});

/** Asked for a tenant that is there already, `add` changes nothing. */
export const addResultSchema = tenantViewSchema.extend({ created: z.boolean() });

const hostViewSchema = z.strictObject({
  hostname: z.string(),
  kernel: z.string(),
  cgroup: z.enum(['v1', 'hybrid', 'v2']),
  cpus: z.number(),
  /** Thousandths of a core in use on the whole host. */
  cpu: z.number(),
  memoryTotal: z.number(),
  memoryUsed: z.number(),
  /** Share of wall time in which some task of the host waited; null without PSI. */
  pressure: z.strictObject({ cpu: z.number(), memory: z.number(), io: z.number() }).nullable(),
  /** What tenants may use together. */
  house: z.strictObject({ cpu: z.number(), memory: z.number() }),
  /** Sum over running tenants. */
  tenants: z.strictObject({ cpu: z.number(), memory: z.number(), pids: z.number() }),
});

export const topSchema = z.strictObject({
  at: z.string(),
  host: hostViewSchema,
  tenants: z.array(tenantViewSchema),
});

export const eventSchema = z.strictObject({
  seq: z.number(),
  at: z.string(),
  type: z.string(),
  tenant: z.string().nullable(),
  text: z.string(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  by: z.string(),
});

export const trashViewSchema = z.strictObject({
  key: z.string(),
  name: z.string(),
  deletedAt: z.string(),
  expiresAt: z.string(),
  disk: z.number(),
});

export const templateViewSchema = z.strictObject({
  name: z.string(),
  summary: z.string(),
  bases: z.array(
    z.strictObject({ digest: z.string(), bytes: z.number(), builtAt: z.string(), usedBy: z.array(z.string()) }),
  ),
});

export const checkSchema = z.strictObject({
  id: z.string(),
  status: z.enum(['pass', 'warn', 'fail', 'unknown']),
  summary: z.string(),
  fix: z.string(),
});

/** The machine as people know it. */
export const inventorySchema = z.strictObject({
  manufacturer: z.string(),
  model: z.string(),
  cpu: z.string(),
  cores: z.number(),
  distro: z.string(),
  kernel: z.string(),
  memory: z.number(),
  filesystems: z.array(z.strictObject({ mount: z.string(), type: z.string(), size: z.number(), used: z.number() })),
});

export const versionSchema = z.strictObject({
  apiVersion: z.number(),
  version: z.string(),
  node: z.string(),
  engine: z.string(),
  pid: z.number(),
  instance: z.string(),
  state: z.string(),
  startedAt: z.string(),
  lastSeq: z.number(),
});

export const applyResultSchema = z.strictObject({
  changes: z.array(
    z.strictObject({
      name: z.string(),
      act: z.enum(['created', 'changed', 'unchanged', 'would-create', 'would-change', 'failed']),
      fields: z.array(z.string()),
      problem: z.string().nullable(),
    }),
  ),
});

/** Samples kept in memory, for graphs: 15 minutes at one a second, each figure within 1/2000 of what was measured. */
export const historySchema = z.strictObject({
  name: z.string(),
  points: z.array(z.strictObject({ at: z.string(), usage: usageSchema })),
});

export type AddRequest = z.infer<typeof addRequestSchema>;
export type AddResult = z.infer<typeof addResultSchema>;
export type SetRequest = z.infer<typeof setRequestSchema>;
export type ApplyRequest = z.infer<typeof applyRequestSchema>;
export type ApplyResult = z.infer<typeof applyResultSchema>;
export type TenantState = z.infer<typeof tenantStateSchema>;
export type TenantView = z.infer<typeof tenantViewSchema>;
export type HostView = z.infer<typeof hostViewSchema>;
export type TopView = z.infer<typeof topSchema>;
export type TrashView = z.infer<typeof trashViewSchema>;
export type TemplateView = z.infer<typeof templateViewSchema>;
export type InventoryView = z.infer<typeof inventorySchema>;
export type CheckView = z.infer<typeof checkSchema>;
export type VersionView = z.infer<typeof versionSchema>;
export type HistoryView = z.infer<typeof historySchema>;
export type EventView = z.infer<typeof eventSchema>;

/** Long work answers with one JSON object a line: steps and progress, then `done` or `problem`, always last. */
export type StreamMessage<T> =
  | {
      readonly type: 'step';
      readonly tenant: string;
      readonly index: number;
      readonly total: number;
      readonly text: string;
    }
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'done'; readonly result: T }
  | { readonly type: 'problem'; readonly problem: ProblemReport };

/** Every plain reply: `{apiVersion, ...}`; a failed one: `{apiVersion, problem}` with the HTTP status of its kind. */
export interface ProblemReply {
  readonly apiVersion: number;
  readonly problem: ProblemReport;
}
