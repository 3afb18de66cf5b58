// What was measured on real tenants, decided again: under the rules in force exactly what was done, under others not.

import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { after, before, test } from 'node:test';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { RulesBox } from '../support/rules-box.ts';

const CPUS = availableParallelism();
const CONFIG = `time-zone: UTC
scheduler:
  score-fill: 2s
  penalty-times: [3s, 4s, 5s]
  credit-ramp: 4s
  turn-pause: 1s
`;
const ACTS_MS = 60_000;

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: RulesBox;

/** An act by one rule, of a kind, after so many acts of the tenant. */
const waitForAct = (name: string, rule: string, kind: string, known = 0) =>
  until(
    `${rule} ${kind} on ${name}`,
    async () => (await box.acts(name)).slice(known).find((act) => act.rule === rule && act.kind === kind),
    ACTS_MS,
  );
const countActs = async (name: string): Promise<number> => (await box.acts(name)).length;

/** Nothing may differ; the number of acts is printed. */
const replayed = async (t: { diagnostic: (text: string) => void }, what: string): Promise<number> => {
  const { acts, differences, ticks } = await box.simulate();
  t.diagnostic(`${what}: ${ticks} ticks, ${acts.length} acts, ${differences} differences`);
  assert.equal(differences, 0);
  return acts.length;
};

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new RulesBox(CONFIG);
  await box.start();
  const own = { score: 'enforce', 'share-mode': 'off' };
  await box.add('alice', { limits: { cpu: null, cpuWeight: 1000 }, rules: { ...own, share: '5%' } });
  await box.add('bob', { limits: { cpu: null, cpuWeight: 100 }, rules: { share: '60%', 'share-mode': 'off' } });
  await box.add('carol', { limits: { cpu: '0.3' }, rules: { credits: 'baseline=0.05,burst=0.3' } });
  for (const name of ['alice', 'bob']) await box.spin(name, 2 * CPUS);
  await box.spin('carol');
});
after(() => box?.close());

test('penalties, credits, gifts and changes of rules are replayed without a difference', async (t) => {
  if (!can(t)) return;
  await waitForAct('alice', 'score', 'penalty');
  await waitForAct('alice', 'score', 'penalty-ended');
  await box.grant('carol', 0.05);
  await waitForAct('carol', 'credits', 'raise');
  await replayed(t, 'loads and a present');
  const known = await countActs('alice');
  await waitForAct('alice', 'score', 'penalty', known);
  await box.pardon('alice');
  await box.set('carol', { rules: { windows: 'now: * * * * * cpu=0.2', 'budget-cpu': '2s/month' } });
  await waitForAct('carol', 'window', 'lower');
  await waitForAct('carol', 'budget', 'lower');
  await replayed(t, 'with a pardon, a window and a budget');
});

test('the same holds across a kill of the daemon', async (t) => {
  if (!can(t)) return;
  const known = await countActs('alice');
  await waitForAct('alice', 'score', 'penalty', known);
  await box.kill();
  await box.start();
  await waitForAct('alice', 'score', 'penalty-ended', known);
  const count = await replayed(t, 'across a kill');
  const recorded = (await Promise.all(['alice', 'bob', 'carol'].map(countActs))).reduce((sum, one) => sum + one, 0);
  assert.ok(count > 0 && Math.abs(count - recorded) <= 2, `${count} replayed, ${recorded} recorded by now`);
  await box.restart();
  await replayed(t, 'across an orderly end');
});

test('other rules give other acts, and change nothing', async (t) => {
  if (!can(t)) return;
  const rules = await box.get('/v1/tenants/alice/rules');
  const free = await box.simulate({ alice: { score: 'off' } });
  assert.equal(free.differences, null);
  assert.deepEqual(
    free.acts.filter(({ tenant, rule }) => tenant === 'alice' && rule === 'score'),
    [],
  );
  const strict = await box.simulate({ carol: { credits: 'none', 'budget-cpu': 'none', windows: 'none' } });
  assert.deepEqual(
    strict.acts.filter(({ tenant }) => tenant === 'carol'),
    [],
  );
  assert.ok(strict.acts.some(({ tenant, rule }) => tenant === 'alice' && rule === 'score'));
  t.diagnostic(`score off: ${free.acts.length} acts; carol without rules: ${strict.acts.length}`);
  assert.deepEqual(await box.get('/v1/tenants/alice/rules'), rules);
  await replayed(t, 'still the rules in force');
});
