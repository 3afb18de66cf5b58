// Rules on the command line: every key has its option, what is sent, and what is refused before anything is sent.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RULE_OPTIONS } from '../../src/cli/commands/rule-options.ts';
import { exampleOf, RULE_FLAGS, RULE_KEYS } from '../../src/domain/rule-values.ts';
import { aTenant, stream } from '../support/fake-daemon.ts';
import { runCommand } from '../support/run-command.ts';
import { runWithDaemon } from '../support/with-daemon.ts';

const set = async (...words: string[]) => {
  const answers = { 'PATCH /v1/tenants/alice': stream({ type: 'done', result: aTenant() }) };
  const ran = await runWithDaemon(answers, ['set', 'alice', ...words]);
  assert.equal(ran.status, 0, ran.err);
  return ran.seen[0]?.body;
};

describe('rules on the command line', () => {
  it('have one option each, and set and add send what was typed', async () => {
    for (const key of RULE_KEYS) {
      const flag = RULE_FLAGS[key];
      assert.ok(
        RULE_OPTIONS.some(({ long, value }) => long === flag && value !== undefined),
        flag,
      );
      assert.deepEqual(await set(`--${flag}`, exampleOf(key)), { rules: { [flag]: exampleOf(key) } });
      assert.deepEqual(await set(`--${flag}=inherit`), { rules: { [flag]: null } });
    }
    const added = await runWithDaemon(
      { 'POST /v1/tenants': stream({ type: 'done', result: { ...aTenant(), created: true } }) },
      [...['add', 'alice', '--plan', 'third', '--share', '1/3', '--exempt', 'gcc,cc1']],
    );
    assert.deepEqual(added.seen[0]?.body, { name: 'alice', plan: 'third', rules: { share: '1/3', exempt: 'gcc,cc1' } });
  });

  it('know a short form for budgets, which may be repeated', async () => {
    assert.deepEqual(await set('--budget', 'cpu=40h/week', '--budget=memory=200GBh/month', '--budget', 'egress=none'), {
      rules: { 'budget-cpu': '40h/week', 'budget-memory': '200GBh/month', 'budget-egress': 'none' },
    });
    assert.deepEqual(await set('--budget', 'cpu=inherit'), { rules: { 'budget-cpu': null } });
  });

  it('go with a plan, and "none" takes out of it', async () => {
    assert.deepEqual(await set('--plan', 'night-owl'), { plan: 'night-owl' });
    assert.deepEqual(await set('--plan', 'none', '--cpu', '1'), { limits: { cpu: '1' }, plan: null });
  });

  it('are refused when they are wrong, before any daemon is asked', async () => {
    const wrong = [
      ['--share', '-1'],
      ['--share', '0'],
      ['--share', '4/3'],
      ['--share', '1/0'],
      ['--share-mode', 'maybe'],
      ['--credits', 'baseline=2,burst=1'],
      ['--credits', 'half'],
      ['--budget-cpu', '0h/week'],
      ['--budget-cpu', '40h/year'],
      ['--budget', 'disk=5G/week'],
      ['--budget', 'cpu'],
      ['--budget', 'cpu='],
      ['--budget', '=40h/week'],
      ['--budget', 'cpu=40h/week', '--budget', 'cpu=41h/week'],
      ['--budget', 'cpu=40h/week', '--budget-cpu', '40h/week'],
      ['--share', '1/3', '--share', '1/4'],
      ['--budget-floor', '0'],
      ['--ladder-end', 'burn'],
      ['--exempt', 'a name'],
      ['--windows', 'n: * * * cpu=1'],
      ['--plan', '../x'],
    ];
    for (const words of wrong)
      for (const command of ['set', 'add']) {
        const ran = await runCommand([command, 'alice', ...words]);
        assert.equal(ran.status, 2, `${command} ${words.join(' ')}: ${ran.err}`);
        assert.match(ran.err, /^tenantctl: .+\nhint: .+\n$/);
      }
  });

  it('that contradict each other in time are a conflict, with the minute', async () => {
    const windows = 'nights: * 22-23 * * * cpu=1; all: * * * * * cpu=2';
    const ran = await runCommand(['set', 'alice', '--windows', windows]);
    assert.equal(ran.status, 5);
    assert.match(ran.err, /windows "nights" and "all" set cpu differently at the same time/);
  });
});
