// Plans on the command line, and files with plans and tenants.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { parseTenantFile } from '../../src/cli/tenant-file.ts';
import { parsePlans } from '../../src/domain/plans.ts';
import { aScheduling, aTenant, fail, reply, stream } from '../support/fake-daemon.ts';
import { runWithDaemon } from '../support/with-daemon.ts';

const PLANS = [
  { name: 'small', rules: {}, usedBy: [] },
  { name: 'third', rules: { share: '1/3', windows: 'nights: * 22-23 * * * cpu=max' }, usedBy: ['alice', 'bob'] },
];

const withFile = async <T>(text: string, act: (file: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync('/tmp/tenantctl-plans-');
  try {
    const file = join(folder, 'f.yaml');
    writeFileSync(file, text);
    return await act(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const change = (name: string, act: string) => ({ name, act, fields: [], problem: null });

describe('plans', () => {
  it('are listed with who lives by them', async () => {
    const ran = await runWithDaemon({ 'GET /v1/plans': reply({ plans: PLANS }) }, ['plan', 'ls']);
    assert.equal(
      ran.out,
      [
        'PLAN   USED BY     RULES',
        'small  –           as the defaults',
        'third  alice, bob  share=1/3 windows=nights: * 22-23 * * * cpu=max',
        '',
      ].join('\n'),
    );
    const none = await runWithDaemon({ 'GET /v1/plans': reply({ plans: [] }) }, ['plan', 'ls']);
    assert.match(none.err, /make some: tenantctl plan apply/);
  });

  it('are shown so that a file takes them back', async () => {
    const answers = { 'GET /v1/plans': reply({ plans: PLANS }) };
    const ran = await runWithDaemon(answers, ['plan', 'show', 'third']);
    assert.match(ran.out, /^# used by: alice, bob\nplans:\n {2}third:\n/);
    assert.deepEqual(parseTenantFile(ran.out, 'out').plans, [{ name: 'third', rules: PLANS[1]?.rules }]);
    const empty = await runWithDaemon(answers, ['plan', 'show', 'small']);
    assert.deepEqual(parseTenantFile(empty.out, 'out').plans, [{ name: 'small', rules: {} }]);
    const near = await runWithDaemon(answers, ['plan', 'show', 'thrid']);
    assert.equal(near.status, 3);
    assert.match(near.err, /there is no plan "thrid"\nhint: did you mean "third"\?/);
  });

  it('are removed, unless somebody lives by them', async () => {
    const ran = await runWithDaemon({ 'DELETE /v1/plans/small': reply({ removed: 'small' }) }, ['plan', 'rm', 'small']);
    assert.equal(ran.out, 'plan small is removed\n');
    const missing = await runWithDaemon({ 'DELETE /v1/plans/small': fail('PLAN_MISSING', { name: 'small' }, 404) }, [
      'plan',
      'rm',
      'small',
    ]);
    assert.equal(missing.status, 3);
    assert.equal((await runWithDaemon({}, ['plan', 'rm', '../x'])).status, 2);
  });

  it('of a file are applied without its tenants', async () => {
    const text = 'plans:\n  third: {share: 1/3}\ntenants:\n  alice: {plan: third}\n';
    const answers = { 'POST /v1/plans': reply({ changes: [{ name: 'third', act: 'changed' }] }) };
    await withFile(text, async (file) => {
      const ran = await runWithDaemon(answers, ['plan', 'apply', file]);
      assert.equal(ran.out, '~ plan third  changed\n');
      assert.match(ran.err, /its tenants are left alone/);
      assert.deepEqual(
        ran.seen.map(({ path, body }) => [path, body]),
        [['/v1/plans', { plans: [{ name: 'third', rules: { share: '1/3' } }] }]],
      );
      const dry = await runWithDaemon(answers, ['plan', 'apply', file, '--dry-run', '--json']);
      assert.deepEqual(JSON.parse(dry.out).plans, [{ name: 'third', act: 'would-change' }]);
      assert.deepEqual(dry.seen[0]?.body, { plans: [{ name: 'third', rules: { share: '1/3' } }], dryRun: true });
    });
  });
});

describe('apply', () => {
  const TEXT = 'plans:\n  third: {share: 1/3}\ntenants:\n  alice: {plan: third, rules: {exempt: [gcc]}}\n';

  it('makes the plans first, then the tenants', async () => {
    const answers = {
      'POST /v1/plans': reply({ changes: [{ name: 'third', act: 'created' }] }),
      'POST /v1/apply': stream({ type: 'done', result: { changes: [change('alice', 'changed')] } }),
    };
    await withFile(TEXT, async (file) => {
      const ran = await runWithDaemon(answers, ['apply', file]);
      assert.deepEqual(
        ran.seen.map(({ path }) => path),
        ['/v1/plans', '/v1/apply'],
      );
      assert.deepEqual(ran.seen[1]?.body, { tenants: [{ name: 'alice', plan: 'third', rules: { exempt: 'gcc' } }] });
      assert.equal(ran.out, '+ plan third  created\n~ alice  changed\n0 created, 1 changed, 0 unchanged, 0 failed\n');
    });
  });

  it('leaves a plan that is not made yet out of what a dry run asks about tenants', async () => {
    const answers = {
      'POST /v1/plans': reply({ changes: [{ name: 'third', act: 'created' }] }),
      'POST /v1/apply': stream({ type: 'done', result: { changes: [change('alice', 'would-create')] } }),
    };
    await withFile(TEXT, async (file) => {
      const ran = await runWithDaemon(answers, ['apply', file, '--dry-run']);
      assert.deepEqual(ran.seen[1]?.body, { tenants: [{ name: 'alice', rules: { exempt: 'gcc' } }], dryRun: true });
      assert.match(ran.out, /^\+ plan third {2}would be created\n\+ alice {2}would be created\n/);
    });
  });

  it('asks nothing about tenants for a file of plans only, and sends no tenants after a refused plan', async () => {
    const made = { 'POST /v1/plans': reply({ changes: [{ name: 'p', act: 'unchanged' }] }) };
    await withFile('plans:\n  p: {}\n', async (file) => {
      const ran = await runWithDaemon(made, ['apply', file]);
      assert.deepEqual([ran.status, ran.out, ran.seen.length], [0, '= plan p  unchanged\n', 1]);
    });
    const refused = { 'POST /v1/plans': fail('SHARES_EXCEED', { sum: '120%', owners: 'alice, bob' }, 409) };
    await withFile(TEXT, async (file) => {
      const ran = await runWithDaemon(refused, ['apply', file]);
      assert.deepEqual([ran.status, ran.seen.length], [7, 1]);
    });
  });
});

describe('the plans that come along', () => {
  it('are three, each within its bounds', () => {
    const path = resolve(import.meta.dirname, '../../tenants/plans.yaml');
    const { plans, tenants } = parseTenantFile(readFileSync(path, 'utf8'), path);
    assert.deepEqual(
      parsePlans(plans).map(({ name }) => name),
      ['small', 'third', 'night-owl'],
    );
    assert.deepEqual(tenants, []);
  });
});

describe('a tenant with rules', () => {
  it('shows each with its value and where that came from', async () => {
    const rules = [
      { key: 'share', value: '1/3', origin: 'plan' },
      { key: 'score', value: 'watch', origin: 'default' },
      { key: 'exempt', value: 'gcc\u001b[31m', origin: 'tenant' },
    ];
    const answers = { 'GET /v1/tenants/alice/rules': reply({ rules }) };
    const ran = await runWithDaemon(answers, ['show', 'alice', '--rules']);
    assert.equal(
      ran.out,
      ['RULE    FROM     VALUE', 'share   plan     1/3', 'score   default  watch', 'exempt  tenant   gcc', ''].join(
        '\n',
      ),
    );
    const json = await runWithDaemon(answers, ['show', 'alice', '--rules', '--json']);
    assert.deepEqual(JSON.parse(json.out), { apiVersion: 1, rules });
  });

  it('is told its share after a change of rules', async () => {
    const tenant = aTenant({ scheduling: aScheduling({ plan: 'third' }) });
    const answers = { 'PATCH /v1/tenants/alice': stream({ type: 'done', result: tenant }) };
    const ran = await runWithDaemon(answers, ['set', 'alice', '--plan', 'third']);
    assert.match(
      ran.out,
      /\nalice owns 33% of the house, 1\.266 cores; plan third; see: tenantctl show alice --rules\n$/,
    );
    assert.doesNotMatch((await runWithDaemon(answers, ['set', 'alice', '--cpu', '1'])).out, /owns/);
  });
});
