// What a simulation is asked for and how its result reads.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ActView, RuleRowView } from '../../src/api/scheduler-contract.ts';
import { buildSimulateRules } from '../../src/cli/simulate-rules.ts';
import { formatRule, RULE_FLAGS, RULE_KEYS } from '../../src/domain/rule-values.ts';
import { DEFAULT_RULES, type RuleKey } from '../../src/domain/rules.ts';
import { aScheduling, aTenant, reply } from '../support/fake-daemon.ts';
import { runCommand } from '../support/run-command.ts';
import { runWithDaemon } from '../support/with-daemon.ts';

const DEFAULTS = Object.fromEntries(
  RULE_KEYS.map((key: RuleKey) => [RULE_FLAGS[key], formatRule(key, DEFAULT_RULES[key])]),
);

const row = (key: string, value: string, origin: RuleRowView['origin']): RuleRowView => ({ key, value, origin });

const THIRD = { name: 'third', rules: { share: '1/3', score: 'enforce' }, usedBy: ['alice'] };
const ALICE = {
  plan: 'third',
  rows: [row('share', '1/3', 'plan'), row('exempt', 'gcc', 'tenant'), row('budget-floor', '0.1', 'tenant')],
};
const BOX = { plans: [THIRD], tenants: new Map([['alice', ALICE]]) };

describe('the rules of a simulation', () => {
  it('replace a plan as a whole', () => {
    const file = { plans: [{ name: 'third', rules: { share: '1/4' } }], tenants: [] };
    assert.deepEqual(buildSimulateRules(file, BOX), { 'plan:third': { share: '1/4', score: null } });
  });

  it('leave out plans that nobody lives by yet, and tenants that are not there', () => {
    const file = {
      plans: [{ name: 'new', rules: { share: '1/4' } }],
      tenants: [{ name: 'zoe', rules: { share: '1/4' } }, { name: 'alice' }],
    };
    assert.deepEqual(buildSimulateRules(file, BOX), {});
  });

  it('change single rules of a tenant that keeps its plan', () => {
    const rules = { share: '1/2', exempt: null };
    for (const plan of [{}, { plan: 'third' }])
      assert.deepEqual(buildSimulateRules({ plans: [], tenants: [{ name: 'alice', rules, ...plan }] }, BOX), {
        alice: rules,
      });
  });

  it('are complete for a tenant that would live by another plan: its present one must not show through', () => {
    const file = {
      plans: [{ name: 'new', rules: { 'budget-cpu': '40h/week', credits: null } }],
      tenants: [{ name: 'alice', plan: 'new', rules: { exempt: null, windows: 'none' } }],
    };
    assert.deepEqual(buildSimulateRules(file, BOX), {
      alice: { ...DEFAULTS, 'budget-cpu': '40h/week', 'budget-floor': '0.1', windows: 'none' },
    });
    assert.deepEqual(buildSimulateRules({ plans: [], tenants: [{ name: 'alice', plan: null }] }, BOX), {
      alice: { ...DEFAULTS, exempt: 'gcc', 'budget-floor': '0.1' },
    });
  });
});

const act = (tenant: string, rule: string, kind: string): ActView => ({
  at: '2026-11-24T09:30:00.000Z',
  tenant,
  rule,
  kind,
  mode: 'enforce',
  resource: 'cpu',
  from: 1000,
  to: 400,
  until: null,
  cause: 'c',
  figures: {},
});

const SPAN = { from: '2026-11-17T12:00:00.000Z', to: '2026-11-24T12:00:00.000Z', ticks: 604_800 };
const ACTS = [act('bob', 'score', 'penalty'), act('alice', 'budget', 'lower'), act('alice', 'budget', 'lower')];

describe('policy simulate', () => {
  it('sends the rules of a file and prints every act, a summary and the span', async () => {
    const folder = mkdtempSync('/tmp/tenantctl-simulate-');
    try {
      const file = join(folder, 'f.yaml');
      writeFileSync(file, 'tenants:\n  alice: {cpu: 1, rules: {budget-cpu: 40h/week}}\n  zoe: {rules: {share: 5%}}\n');
      const tenants = [aTenant({ scheduling: aScheduling() }), aTenant({ name: 'bob', scheduling: aScheduling() })];
      const answers = {
        'GET /v1/plans': reply({ plans: [] }),
        'GET /v1/tenants': reply({ tenants }),
        'GET /v1/tenants/alice/rules': reply({ rules: [] }),
        'POST /v1/simulate': reply({ ...SPAN, acts: ACTS, differences: null }),
      };
      const ran = await runWithDaemon(answers, ['policy', 'simulate', file]);
      assert.deepEqual(ran.seen.at(-1)?.body, {
        sinceMs: 7 * 86_400_000,
        rules: { alice: { 'budget-cpu': '40h/week' } },
      });
      assert.equal(ran.err, 'not on this box, so without history: zoe\n');
      assert.equal(ran.status, 0);
      assert.equal(
        ran.out,
        [
          'AT                   TENANT  RULE    ACT      RESOURCE    CHANGE  UNTIL  CAUSE',
          '2026-11-24 09:30:00  bob     score   penalty  cpu       1 -> 0.4  –      c',
          '2026-11-24 09:30:00  alice   budget  lower    cpu       1 -> 0.4  –      c',
          '2026-11-24 09:30:00  alice   budget  lower    cpu       1 -> 0.4  –      c',
          '',
          'TENANT  RULE    ACTS  OF THEM',
          'alice   budget     2  2 lower',
          'bob     score      1  1 penalty',
          '',
          '3 acts in 604800 decisions from 2026-11-17 12:00:00 to 2026-11-24 12:00:00',
          'not replayed: the exempt lists; which CPU time is exempt stays as it was recorded',
          '',
        ].join('\n'),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('of the rules in force says whether it equals the record; status 1 when not', async () => {
    const run = (differences: number) =>
      runWithDaemon({ 'POST /v1/simulate': reply({ ...SPAN, acts: [], differences }) }, [
        ...['policy', 'simulate', '--in-force', '--since', '1d'],
      ]);
    const same = await run(0);
    assert.deepEqual(same.seen[0]?.body, { sinceMs: 86_400_000 });
    assert.equal(same.status, 0);
    assert.match(same.out, /^0 acts in 604800 decisions .*\nthe replay equals the record\n$/);
    const other = await run(2);
    assert.equal(other.status, 1);
    assert.match(other.out, /the replay and the record differ in 2 acts\n$/);
  });

  it('needs a file or --in-force, not both, and plans that exist', async () => {
    assert.equal((await runCommand(['policy', 'simulate'])).status, 2);
    assert.equal((await runCommand(['policy', 'simulate', 'f.yaml', '--in-force'])).status, 2);
    assert.equal((await runCommand(['policy', 'simulate', '/nonexistent/f.yaml'])).status, 2);
    const folder = mkdtempSync('/tmp/tenantctl-simulate-');
    try {
      const file = join(folder, 'f.yaml');
      writeFileSync(file, 'tenants:\n  alice: {plan: thrid}\n');
      const ran = await runWithDaemon({ 'GET /v1/plans': reply({ plans: [THIRD] }) }, ['policy', 'simulate', file]);
      assert.equal(ran.status, 3);
      assert.match(ran.err, /there is no plan "thrid"\nhint: did you mean "third"\?/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
