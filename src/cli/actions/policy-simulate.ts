// `tenantctl policy simulate`: what other rules, or those in force, would have done.

import { callDaemon } from '../../api/client.ts';
import type { TenantView } from '../../api/contract.ts';
import type { PlanView, RuleRowView, SimulateResult } from '../../api/scheduler-contract.ts';
import { problem } from '../../domain/errors.ts';
import { nearestName } from '../../domain/names.ts';
import { type Context, withDaemon } from '../context.ts';
import { type Action, hasSwitch, type Input, textOption } from '../definition.ts';
import type { FileRules } from '../file-rules.ts';
import { readLook } from '../look.ts';
import { readBack } from '../moments.ts';
import { openTenantFile } from '../open-file.ts';
import { renderSimulation } from '../output/acts.ts';
import { buildSimulateRules } from '../simulate-rules.ts';
import type { TenantFile } from '../tenant-file.ts';

const DEFAULT_SINCE = '7d';

/** A week of ticks of many tenants is replayed before the first byte comes. */
const REPLAY_TIMEOUT_MS = 600_000;

/** The file, or nothing for the rules in force. */
const readWanted = (context: Context, input: Input): Promise<TenantFile> | undefined => {
  const file = input.args[0];
  const inForce = hasSwitch(input, 'in-force');
  if (inForce === (file === undefined)) return file === undefined ? undefined : openTenantFile(context, file);
  throw problem('USAGE', {
    what: `policy simulate needs ${inForce ? 'either a file or --in-force, not both' : 'a file, or --in-force'}`,
    command: 'policy simulate',
  });
};

const checkPlans = ({ plans, tenants }: TenantFile, known: readonly PlanView[]): void => {
  const names = [...plans, ...known].map(({ name }) => name);
  const missing = tenants.map(({ plan }) => plan).find((plan) => plan && !names.includes(plan));
  if (missing) throw problem('PLAN_MISSING', { name: missing, near: nearestName(missing, names) });
};

const readTenant = async (context: Context, { name, scheduling }: TenantView) => {
  const path = `/v1/tenants/${name}/rules`;
  const { rules: rows } = await context.call<{ rules: RuleRowView[] }>({ method: 'GET', path });
  return [name, { plan: scheduling?.plan ?? null, rows }] as const;
};

/** Puts the file over what the box has now; tenants that are not on the box have no history to replay. */
const readRules = async (context: Context, file: TenantFile): Promise<Record<string, FileRules>> => {
  const { plans } = await context.call<{ plans: PlanView[] }>({ method: 'GET', path: '/v1/plans' });
  checkPlans(file, plans);
  const { tenants } = await context.call<{ tenants: TenantView[] }>({ method: 'GET', path: '/v1/tenants' });
  const named = new Set(file.tenants.map(({ name }) => name));
  const there = tenants.filter(({ name }) => named.has(name));
  const rows = await Promise.all(there.map((tenant) => readTenant(context, tenant)));
  const gone = [...named].filter((name) => !there.some((tenant) => tenant.name === name));
  if (gone.length > 0) context.tell(`not on this box, so without history: ${gone.join(', ')}\n`);
  const rules = buildSimulateRules(file, { plans, tenants: new Map(rows) });
  if (Object.keys(rules).length === 0) context.tell('the file changes no rule of a tenant or plan on this box\n');
  return rules;
};

export const run: Action = async (context, input) => {
  const sinceMs = readBack(textOption(input, 'since') ?? DEFAULT_SINCE);
  const file = await readWanted(context, input);
  const body = { sinceMs, ...(file === undefined ? {} : { rules: await readRules(context, file) }) };
  const result = await withDaemon(context, (options) =>
    callDaemon<SimulateResult>(
      { ...options, timeoutMs: REPLAY_TIMEOUT_MS },
      { method: 'POST', path: '/v1/simulate', body },
    ),
  );
  if (context.json) context.printJson(result);
  else context.print(renderSimulation(result, readLook(context)));
  return file === undefined && (result.differences ?? 0) > 0 ? 1 : 0;
};
