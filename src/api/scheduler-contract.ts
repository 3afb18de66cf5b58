// What travels about rules, the scheduler's acts, incidents and the longer history.

import * as z from 'zod';

const figures = z.record(z.string(), z.union([z.string(), z.number()]));

/** What holds a tenant back now, strictest first. */
const holdSchema = z.strictObject({
  rule: z.string(),
  resource: z.string(),
  cap: z.number().nullable(),
  /** ISO 8601, null = until something changes. */
  until: z.string().nullable(),
  text: z.string(),
});

/** The part of a tenant's view that the scheduler fills. */
export const schedulingSchema = z.strictObject({
  plan: z.string().nullable(),
  /** What the kernel holds now: the limits, less what rules take away. */
  effective: z.strictObject({ cpu: z.number().nullable(), cpuWeight: z.number(), memory: z.number().nullable() }),
  /** Part of the house, 0..1, and what that is in thousandths of a core. */
  share: z.strictObject({ fraction: z.number(), cpu: z.number() }),
  holds: z.array(holdSchema),
  /** In vCPU-minutes; null without a credit rule. */
  credits: z
    .strictObject({
      balance: z.number(),
      most: z.number(),
      baseline: z.number(),
      burst: z.number(),
      emptyAt: z.string().nullable(),
    })
    .nullable(),
  budgets: z.array(
    z.strictObject({
      resource: z.enum(['cpu', 'memory', 'egress']),
      spent: z.number(),
      amount: z.number(),
      period: z.enum(['hour', 'day', 'week', 'month']),
      until: z.string(),
      /** "at this rate you run out on the 23rd"; null = not in this period, or too early to say. */
      runsOutAt: z.string().nullable(),
      /** So little of the period is over that nothing can be said of the rest. */
      tooEarly: z.boolean(),
    }),
  ),
  score: z.strictObject({ cpu: z.number(), memory: z.number(), io: z.number() }),
  occurrences: z.number(),
  penalty: z
    .strictObject({
      resource: z.string(),
      tier: z.number(),
      kind: z.enum(['cap', 'freeze', 'stop']),
      until: z.string(),
    })
    .nullable(),
});

/** One rule key with its value as people write it and where it came from. */
export const ruleRowSchema = z.strictObject({
  key: z.string(),
  value: z.string(),
  origin: z.enum(['default', 'plan', 'tenant']),
});

export const planViewSchema = z.strictObject({
  name: z.string(),
  rules: z.record(z.string(), z.string()),
  usedBy: z.array(z.string()),
});

export const actSchema = z.strictObject({
  at: z.string(),
  tenant: z.string(),
  rule: z.string(),
  kind: z.string(),
  mode: z.enum(['watch', 'enforce']),
  resource: z.string(),
  from: z.number().nullable(),
  to: z.number().nullable(),
  until: z.string().nullable(),
  cause: z.string(),
  figures,
});

export const incidentSchema = z.strictObject({
  id: z.number(),
  tenant: z.string(),
  /** `cpu-throttled`, `memory-limit`, `oom-kill`, `fork-refused`, or the rule that acted. */
  kind: z.string(),
  openedAt: z.string(),
  closedAt: z.string().nullable(),
  /** Bursts and acts that were merged into it. */
  count: z.number(),
  summary: z.string(),
  action: z.string(),
  outcome: z.string(),
  evidence: z.strictObject({
    processes: z.array(
      z.strictObject({
        name: z.string(),
        pid: z.number(),
        cpuUsec: z.number(),
        memory: z.number(),
        memoryDelta: z.number(),
      }),
    ),
    pressure: z.strictObject({ cpu: z.number(), memory: z.number(), io: z.number() }).nullable(),
    neighbours: z.array(z.strictObject({ name: z.string(), cpu: z.number(), memory: z.number() })),
    figures,
  }),
});

/** Why a tenant is slow: one of these, in one sentence, then in figures. */
export const whySchema = z.strictObject({
  name: z.string(),
  at: z.string(),
  cause: z.enum(['own-cap', 'penalty', 'budget', 'credits', 'window', 'neighbour', 'host', 'nothing', 'not-running']),
  /** Set when the cause is a neighbour. */
  neighbour: z.string().nullable(),
  sentence: z.string(),
  figures: z.array(z.strictObject({ name: z.string(), value: z.string() })),
});

/** Cumulative figures of each process: two readings give the rates. */
export const processesSchema = z.strictObject({
  name: z.string(),
  at: z.string(),
  processes: z.array(
    z.strictObject({
      pid: z.number(),
      /** As the tenant named it: not to be trusted, to be escaped. */
      name: z.string(),
      state: z.string(),
      threads: z.number(),
      cpuUsec: z.number(),
      memory: z.number(),
      startedAt: z.string(),
    }),
  ),
});

/** Values as people type them; null goes back to the layer below. */
export const rulesInputSchema = z.record(z.string().max(40), z.union([z.string().max(4096), z.null()]));
export const planRequestSchema = z.strictObject({
  plans: z.array(z.strictObject({ name: z.string().max(512), rules: rulesInputSchema })).max(256),
  dryRun: z.boolean().optional(),
});
export const giveCreditsSchema = z.strictObject({
  /** vCPU-minutes on top of what is there. */
  give: z.number().min(0.001).max(1_000_000),
  /** Another tenant that pays; absent = a present of the box. */
  from: z.string().max(512).optional(),
});
export const simulateRequestSchema = z.strictObject({
  /** Rules by tenant or `plan:NAME`; empty = the rules in force. */
  rules: z.record(z.string().max(512), rulesInputSchema).optional(),
  sinceMs: z.number().int().min(1000),
});
export const simulateResultSchema = z.strictObject({
  from: z.string(),
  to: z.string(),
  ticks: z.number(),
  acts: z.array(actSchema),
  /** Only for the rules in force: what was recorded and what the replay gave differ there. */
  differences: z.number().nullable(),
});
/** GET /v1/tenants/NAME/suggest?from&to; amounts as in limits, null = none. */
const suggestSchema = z.strictObject({
  name: z.string(),
  /** Of history that were looked at. */
  rows: z.number(),
  proposals: z.array(
    z.strictObject({
      limit: z.string(),
      now: z.number().nullable(),
      proposed: z.number().nullable(),
      p95: z.number(),
      peak: z.number(),
      why: z.string(),
    }),
  ),
});

export type HoldView = z.infer<typeof holdSchema>;
export type SchedulingView = z.infer<typeof schedulingSchema>;
export type RuleRowView = z.infer<typeof ruleRowSchema>;
export type PlanView = z.infer<typeof planViewSchema>;
export type ActView = z.infer<typeof actSchema>;
export type IncidentView = z.infer<typeof incidentSchema>;
export type WhyView = z.infer<typeof whySchema>;
export type ProcessesView = z.infer<typeof processesSchema>;
export type SuggestView = z.infer<typeof suggestSchema>;
export type SimulateResult = z.infer<typeof simulateResultSchema>;
