// The API of rules, acts, incidents and history over a real socket: every reply by its schema, every refusal by its code.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { tenantViewSchema } from '../../src/api/contract.ts';
import {
  actSchema,
  incidentSchema,
  planViewSchema,
  processesSchema,
  ruleRowSchema,
  schedulingSchema,
  simulateResultSchema,
  whySchema,
} from '../../src/api/scheduler-contract.ts';
import { hostSeriesSchema, seriesSchema } from '../../src/api/series-contract.ts';
import { API_VERSION } from '../../src/api/version.ts';
import { buildIncidentView, buildScheduling } from '../../src/daemon/scheduling-views.ts';
import { moveCredits } from '../../src/engine/policy-verbs.ts';
import { setTenant } from '../../src/engine/set.ts';
import { climb, createScene, placeIn, type Scene, setCounters, tick, use, work } from '../engine/scene.ts';
import { type Call, serveScene } from './serving.ts';

const RULES = {
  score: 'enforce',
  credits: 'baseline=0.5,burst=2',
  'budget-cpu': '40h/week',
  'budget-memory': '200Gh/month',
  'budget-egress': '500G/month',
};
const reply = <T extends z.ZodRawShape>(shape: T) => z.strictObject({ apiVersion: z.literal(API_VERSION), ...shape });

/** alice with rules, a penalty and some minutes of history; bob beside her. */
const withScene = async (body: (call: Call, scene: Scene) => Promise<void>): Promise<void> => {
  const scene = await createScene({ tenants: [{ name: 'alice', limits: { cpu: 1 }, rules: RULES }, { name: 'bob' }] });
  await tick(scene, 12);
  await climb(scene, 0);
  await serveScene(scene, (call) => body(call, scene));
};

test('every reply fits its schema', () =>
  withScene(async (call, { box }) => {
    const get = (path: string): Promise<unknown> => call('GET', path);
    const range = `from=${new Date(box.clock.now() - 60_000).toISOString()}`;
    const series = reply(seriesSchema.shape).parse(await get(`/v1/tenants/alice/series?step=10&${range}`));
    assert.ok(series.rows.length > 0);
    const host = reply(hostSeriesSchema.shape).parse(await get(`/v1/host/series?step=10&${range}`));
    assert.ok(host.rows.length > 0);
    reply({ rules: z.array(ruleRowSchema).min(10) }).parse(await get('/v1/tenants/alice/rules'));
    reply(whySchema.shape).parse(await get('/v1/tenants/alice/why'));
    const then = new Date(box.clock.now() - 2000).toISOString();
    reply(whySchema.shape).parse(await get(`/v1/tenants/alice/why?at=${then}`));
    const incidents = reply({ incidents: z.array(incidentSchema).min(1) });
    incidents.parse(await get('/v1/tenants/alice/incidents'));
    incidents.parse(await get('/v1/incidents'));
    const soon = new Date(box.clock.now() + 1000).toISOString();
    const { acts } = reply({ acts: z.array(actSchema).min(1) }).parse(await get(`/v1/acts?tenant=alice&until=${soon}`));
    assert.ok(acts.some(({ kind }) => kind === 'penalty'));
    reply({ acts: z.array(actSchema).length(0) }).parse(await get('/v1/acts?tenant=bob'));
    const plans = [{ name: 'small', rules: { share: '0.1' } }];
    reply({
      changes: z.array(z.strictObject({ name: z.literal('small'), act: z.literal('created') })).length(1),
    }).parse(await call('POST', '/v1/plans', { plans }));
    reply({ plans: z.array(planViewSchema).length(1) }).parse(await get('/v1/plans'));
    reply({ removed: z.literal('small') }).parse(await call('DELETE', '/v1/plans/small'));
    const moved = await call('POST', '/v1/tenants/alice/credits', { give: 5 });
    reply({ tenant: tenantViewSchema, moved: z.literal(5) }).parse(moved);
    const simulated = await call('POST', '/v1/simulate', { sinceMs: 3_600_000 });
    assert.equal(reply(simulateResultSchema.shape).parse(simulated).differences, 0);
    const pardoned = reply({ tenant: tenantViewSchema }).parse(await call('POST', '/v1/tenants/alice/pardon', {}));
    assert.equal(pardoned.tenant.scheduling?.penalty, null);
  }));

test('processes are listed with what the kernel says of them, their names made harmless by the adapter', () =>
  withScene(async (call, scene) => {
    const pid = scene.box.cgroups.addProcess(placeIn(scene));
    scene.box.processes.set({ pid, name: 'cc1', cpuUsec: 7, memory: 4096, startedAt: 0 });
    const { processes } = reply(processesSchema.shape).parse(await call('GET', '/v1/tenants/alice/processes'));
    const cc1 = processes.find((one) => one.pid === pid);
    assert.deepEqual([cc1?.name, cc1?.cpuUsec, cc1?.startedAt], ['cc1', 7, '1970-01-01T00:00:00.000Z']);
  }));

test('each wrong request is refused with its code', () =>
  withScene(async (call) => {
    const refused: [string, Parameters<Call>][] = [
      ['TENANT_MISSING', ['GET', '/v1/tenants/carol/rules']],
      ['TENANT_MISSING', ['GET', '/v1/acts?tenant=carol']],
      ['REQUEST_INVALID', ['GET', '/v1/tenants/alice/series?step=7']],
      ['REQUEST_INVALID', ['GET', '/v1/tenants/alice/series?step=10&from=1990-01-01']],
      ['REQUEST_INVALID', ['GET', '/v1/tenants/alice/series?from=yesterday']],
      ['REQUEST_INVALID', ['GET', '/v1/tenants/alice/why?at=7']],
      ['NOT_MEASURED', ['GET', '/v1/tenants/alice/why?at=1990-01-01']],
      ['NOT_MEASURED', ['GET', '/v1/tenants/alice/suggest']],
      ['REQUEST_INVALID', ['POST', '/v1/tenants/alice/credits', { give: -1 }]],
      ['REQUEST_INVALID', ['POST', '/v1/tenants/alice/credits', { give: 1, colour: 'red' }]],
      ['CREDITS_OFF', ['POST', '/v1/tenants/bob/credits', { give: 1 }]],
      ['CREDITS_OFF', ['POST', '/v1/tenants/alice/credits', { give: 1, from: 'bob' }]],
      ['TENANT_MISSING', ['POST', '/v1/tenants/carol/pardon', {}]],
      ['PLAN_INVALID', ['POST', '/v1/plans', { plans: [{ name: '../x', rules: {} }] }]],
      ['RULE_UNKNOWN', ['POST', '/v1/plans', { plans: [{ name: 'x', rules: { colour: 'red' } }] }]],
      ['PLAN_MISSING', ['DELETE', '/v1/plans/x']],
      ['REQUEST_INVALID', ['POST', '/v1/simulate', { sinceMs: 0 }]],
      ['TENANT_MISSING', ['POST', '/v1/simulate', { sinceMs: 1000, rules: { carol: {} } }]],
    ];
    for (const [code, request] of refused) await assert.rejects(call(...request), { code }, JSON.stringify(request));
  }));

test('a simulation from before all time begins with what there is', () =>
  withScene(async (call) => {
    const all = await call('POST', '/v1/simulate', { sinceMs: Number.MAX_SAFE_INTEGER });
    assert.ok(reply(simulateResultSchema.shape).parse(all).ticks > 10);
  }));

test('a bank that is off shows no forecast, budgets that are off are not shown', async () => {
  const scene = await createScene({ tenants: [{ name: 'alice', rules: RULES }] });
  await tick(scene, 4, () => use(scene, 'alice', 1_500_000));
  moveCredits(scene.engine, 'alice', 60, work);
  await tick(scene, 2, () => use(scene, 'alice', 1_500_000));
  const view = () => buildScheduling(scene.engine, scene.box.registry.current.tenants[0] ?? assert.fail('no tenant'));
  assert.notEqual(view().credits?.emptyAt, null);
  assert.equal(view().budgets.length, 3);
  await setTenant(scene.engine, 'alice', { rules: { 'credits-mode': 'off', 'budget-mode': 'off' } }, work);
  await tick(scene, 2, () => use(scene, 'alice', 1_500_000));
  assert.equal(view().credits?.emptyAt, null);
  assert.ok((view().credits?.balance ?? 0) > 50, 'what is saved stays');
  assert.deepEqual(view().budgets, []);
});

test('a tenant that a penalty stopped shows it first of all that holds it', async () => {
  const rules = { score: 'enforce', 'ladder-end': 'stop' };
  const scene = await createScene({ tenants: [{ name: 'alice', rules }, { name: 'bob' }] });
  await tick(scene, 2);
  await climb(scene, 4);
  await tick(scene);
  const view = buildScheduling(scene.engine, scene.box.registry.current.tenants[0] ?? assert.fail('no tenant'));
  assert.equal(view.penalty?.kind, 'stop');
  assert.equal(view.holds[0]?.rule, 'score');
});

test('the view of a tenant has its credits, budgets, share and what holds it', () =>
  withScene(async (_call, scene) => {
    await tick(scene, 3, () => use(scene, 'alice', 600_000));
    const tenant = scene.box.registry.current.tenants.find(({ name }) => name === 'alice');
    assert.ok(tenant);
    const view = schedulingSchema.parse(buildScheduling(scene.engine, tenant));
    assert.deepEqual(
      view.budgets.map(({ resource, period }) => `${resource}/${period}`),
      ['cpu/week', 'memory/month', 'egress/month'],
    );
    assert.equal(view.credits?.most, 720);
    assert.equal(view.share.fraction, 0.5);
    assert.ok(view.penalty && view.occurrences === 1);
    const strictest = view.holds.find(({ resource }) => resource === 'cpu')?.cap;
    assert.equal(strictest, view.effective.cpu);
  }));

test('an incident is shown with its evidence', () =>
  withScene(async (_call, scene) => {
    const { periods = 0 } = scene.counters.get('alice') ?? {};
    await tick(scene, 1, () => setCounters(scene, 'alice', { periods: periods + 10, throttled: 9 }));
    const all = scene.box.history.listIncidents({ since: 0, until: Number.MAX_SAFE_INTEGER });
    const one = all.find(({ kind }) => kind === 'cpu-throttled');
    assert.ok(one);
    const view = incidentSchema.parse(buildIncidentView(one));
    assert.equal(view.evidence.figures['throttledPercent'], 90);
    assert.equal(view.closedAt, null);
  }));
