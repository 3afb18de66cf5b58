// The rows of the API about rules, acts, incidents and history.

import {
  giveCreditsSchema,
  type ProcessesView,
  planRequestSchema,
  simulateRequestSchema,
} from '../api/scheduler-contract.ts';
import { problem } from '../domain/errors.ts';
import { type Engine, requireTenant } from '../engine/engine.ts';
import { placeOf } from '../engine/observe.ts';
import { applyPlans, removePlan } from '../engine/plans.ts';
import { moveCredits, pardonTenant } from '../engine/policy-verbs.ts';
import { simulatePolicy } from '../engine/simulate.ts';
import { suggestFor } from '../engine/suggest.ts';
import { explainTenant } from '../engine/why.ts';
import { type Exchange, get, nameOf, type Route, readNumber, readTime } from './exchange.ts';
import { readBody, sendJson } from './http.ts';
import { buildActView, buildIncidentView, buildPlanViews, buildRuleRows } from './scheduling-views.ts';
import { buildHostSeriesRow, buildSeriesRow } from './series-views.ts';
import { buildTenantView } from './views.ts';

const DAY_MS = 86_400_000;
/** A page of the dashboard or a report; more is asked for in parts. */
const MOST_ROWS = 20_000;
/** Processes of a tenant that are listed; pids.max is usually 512. */
const MOST_PROCESSES = 2_048;
const STEPS = [10, 60, 3600] as const;

const readStep = (exchange: Exchange, from: number, to: number): (typeof STEPS)[number] => {
  const seconds = readNumber(exchange, 'step', 60);
  const step = STEPS.find((known) => known === seconds);
  const path = exchange.request.url?.slice(0, 200) ?? '';
  if (!step) throw problem('REQUEST_INVALID', { method: 'GET', path, why: `step: ${seconds} is none of 10, 60, 3600` });
  if ((to - from) / 1000 / step > MOST_ROWS)
    throw problem('REQUEST_INVALID', {
      method: 'GET',
      path,
      why: `more than ${MOST_ROWS} rows: a longer step or a shorter time`,
    });
  return step;
};

const readRange = (exchange: Exchange): { readonly from: number; readonly to: number } => {
  const now = exchange.service.engine.ports.clock.now();
  const to = readTime(exchange, 'to', now);
  return { from: readTime(exchange, 'from', to - DAY_MS), to };
};

const buildSeries = (exchange: Exchange): object => {
  const { engine } = exchange.service;
  const { from, to } = readRange(exchange);
  const step = readStep(exchange, from, to);
  const tenant = requireTenant(engine, nameOf(exchange));
  const rows = engine.ports.history.readSeries(tenant.id, from, to, step);
  return { name: tenant.name, step, rows: rows.map(buildSeriesRow) };
};

const buildProcesses = (engine: Engine, name: string): ProcessesView => {
  const { cgroups, processes, clock } = engine.ports;
  const pids = cgroups.listPids(placeOf(engine.config, name));
  return {
    name,
    at: new Date(clock.now()).toISOString(),
    processes: processes.read(pids, MOST_PROCESSES).map((one) => ({
      pid: one.pid,
      name: one.name,
      state: one.state,
      threads: one.threads,
      cpuUsec: one.cpuUsec,
      memory: one.memory,
      startedAt: new Date(one.startedAt).toISOString(),
    })),
  };
};

const ofTenant = (exchange: Exchange, build: (engine: Engine, name: string) => object): object => {
  const { engine } = exchange.service;
  return build(engine, requireTenant(engine, nameOf(exchange)).name);
};

const LOOKING: readonly Route[] = [
  get('/v1/tenants/:/series', buildSeries),
  get('/v1/host/series', (exchange) => {
    const { from, to } = readRange(exchange);
    const step = readStep(exchange, from, to);
    const { history, host } = exchange.service.engine.ports;
    const rows = history.readHostSeries(from, to, step);
    return { step, rows: rows.map((row) => buildHostSeriesRow(row, host.facts.psi)) };
  }),
  get('/v1/tenants/:/processes', (exchange) => ofTenant(exchange, buildProcesses)),
  get('/v1/tenants/:/rules', (exchange) =>
    ofTenant(exchange, (engine, name) => ({
      rules: buildRuleRows(engine.ports.registry.current, requireTenant(engine, name)),
    })),
  ),
  get('/v1/tenants/:/why', (exchange) => {
    const at = exchange.query.has('at') ? readTime(exchange, 'at', 0) : null;
    const { engine } = exchange.service;
    return explainTenant(engine, requireTenant(engine, nameOf(exchange)).name, at);
  }),
  get('/v1/tenants/:/suggest', (exchange) => {
    const { from, to } = readRange(exchange);
    return ofTenant(exchange, (engine, name) => suggestFor(engine, name, from, to));
  }),
  get('/v1/tenants/:/incidents', (exchange) => {
    const { engine } = exchange.service;
    const { from, to } = readRange(exchange);
    const { id } = requireTenant(engine, nameOf(exchange));
    return {
      incidents: engine.ports.history
        .listIncidents({ tenantId: id, since: from, until: to, max: MOST_ROWS })
        .map(buildIncidentView),
    };
  }),
  get('/v1/incidents', (exchange) => {
    const { from, to } = readRange(exchange);
    return {
      incidents: exchange.service.engine.ports.history
        .listIncidents({ since: from, until: to, max: MOST_ROWS })
        .map(buildIncidentView),
    };
  }),
  get('/v1/acts', (exchange) => {
    const { engine } = exchange.service;
    const now = engine.ports.clock.now();
    const name = exchange.query.get('tenant');
    const tenantId = name === null ? undefined : requireTenant(engine, name).id;
    const acts = engine.ports.history.readActs(
      readTime(exchange, 'since', now - DAY_MS),
      readTime(exchange, 'until', now),
      tenantId,
    );
    return { acts: acts.slice(-MOST_ROWS).map(buildActView) };
  }),
  get('/v1/plans', ({ service }) => ({ plans: buildPlanViews(service.engine.ports.registry.current) })),
];

const ACTING: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/tenants/:/pardon',
    act: async (exchange) => {
      const { engine } = exchange.service;
      const tenant = pardonTenant(engine, nameOf(exchange), exchange.by);
      sendJson(exchange.response, 200, { tenant: buildTenantView(engine, tenant) });
    },
  },
  {
    method: 'POST',
    path: '/v1/tenants/:/credits',
    act: async (exchange) => {
      const { engine } = exchange.service;
      const { give, from } = await readBody(exchange.request, giveCreditsSchema);
      const { tenant, moved } = moveCredits(engine, nameOf(exchange), give, { tenant: from, by: exchange.by });
      sendJson(exchange.response, 200, { tenant: buildTenantView(engine, tenant), moved });
    },
  },
  {
    method: 'POST',
    path: '/v1/plans',
    act: async (exchange) => {
      const { plans, dryRun = false } = await readBody(exchange.request, planRequestSchema);
      const changes = await applyPlans(exchange.service.engine, plans, { dryRun, by: exchange.by });
      sendJson(exchange.response, 200, { changes });
    },
  },
  {
    method: 'DELETE',
    path: '/v1/plans/:',
    act: async (exchange) => {
      await removePlan(exchange.service.engine, nameOf(exchange), exchange.by);
      sendJson(exchange.response, 200, { removed: nameOf(exchange) });
    },
  },
  {
    method: 'POST',
    path: '/v1/simulate',
    act: async (exchange) => {
      const { rules, sinceMs } = await readBody(exchange.request, simulateRequestSchema);
      const { engine, stop } = exchange.service;
      const since = Math.max(0, engine.ports.clock.now() - sinceMs);
      const { acts, ...rest } = await simulatePolicy(engine, rules, since, stop);
      sendJson(exchange.response, 200, { ...rest, acts: acts.map(buildActView) });
    },
  },
];

export const SCHEDULING: readonly Route[] = [...LOOKING, ...ACTING];
