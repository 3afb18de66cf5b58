import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkForm } from '../../../src/tui/state/form-check.ts';
import type { Effect, State } from '../../../src/tui/state/types.ts';
import { after, begin, NOW, press, tenantCalled, typed } from '../support.ts';

const open = (...keys: string[]): State => press(begin(), ...keys).state;

const goTo = (state: State, id: string): State => {
  const { dialog } = state;
  assert.ok(dialog?.kind === 'form');
  const steps = dialog.form.fields.findIndex((field) => field.id === id) - dialog.form.index;
  return press(state, ...Array.from({ length: Math.abs(steps) }, () => (steps > 0 ? 'down' : 'up'))).state;
};
const fill = (state: State, id: string, text: string): State => typed(press(goTo(state, id), 'ctrl-u').state, text);

const check = (state: State): ReturnType<typeof checkForm> => {
  assert.ok(state.dialog?.kind === 'form');
  return checkForm(state.dialog.form, state);
};
const jobsOf = (effects: readonly Effect[]): unknown[] =>
  effects
    .flatMap((effect) => (effect.kind === 'work' ? effect.jobs : []))
    .map(({ method, path, body }) => [method, path, body]);

describe('the form of a new tenant', () => {
  it('says at once what is wrong, with the words of the domain', () => {
    assert.match(check(open('c')).errors['name'] ?? '', /it is empty/);
    assert.match(check(fill(open('c'), 'name', 'Bad_Name')).errors['name'] ?? '', /only a-z, 0-9/);
    assert.match(check(fill(open('c'), 'name', 'alice')).errors['name'] ?? '', /there is a tenant of this name/);
    assert.match(check(fill(open('c'), 'memory', '5X')).errors['memory'] ?? '', /unknown unit "X"/);
    assert.match(check(fill(open('c'), 'overcommit', 'maybe')).errors['overcommit'] ?? '', /yes or no/);
  });

  it('does nothing while a field is wrong', () => {
    const { state, effects } = press(fill(open('c'), 'name', 'Bad'), 'ctrl-s');
    assert.deepEqual(effects, []);
    assert.equal(state.dialog?.kind, 'form');
    assert.match(state.message?.text ?? '', /a field is not right yet/);
  });

  it('tells what it costs the house', () => {
    const state = fill(fill(open('c'), 'name', 'dave'), 'cpu', '2');
    // three tenants of one core and 512M each stand in a house of 3.8 cores and 7.75G
    assert.deepEqual(check(state).preview, [
      'cpu: 2, promised in all 5 of 3.8: more than the house has, needs overcommit',
      'memory: 512M, promised in all 2G of 7.8G',
      'disk: 5G, promised in all 20G',
    ]);
  });

  it('tells the cost before there is a name, and not while a limit is wrong', () => {
    assert.equal(check(open('c')).preview.length, 3);
    assert.equal(check(open('c')).blocked, 'a field is not right yet');
    assert.deepEqual(check(fill(open('c'), 'cpu', 'x')).preview, []);
  });

  it('sends what was typed', () => {
    const state = fill(fill(open('c'), 'name', 'dave'), 'cpu', '0.5');
    assert.deepEqual(jobsOf(press(state, 'ctrl-s').effects), [
      [
        'POST',
        '/v1/tenants',
        {
          name: 'dave',
          template: 'minimal',
          limits: { cpu: '0.5', cpuWeight: '100', memory: '512M', swap: '0', disk: '5G', pids: '512' },
          overcommit: false,
          start: true,
        },
      ],
    ]);
  });
});

describe('plan and share', () => {
  const withPlans = (state: State): State =>
    after(state, {
      type: 'loaded',
      key: 'plans',
      value: { plans: [{ name: 'small', rules: {}, usedBy: [] }] },
      now: NOW,
    });

  it('go with a new tenant, and the share tells what it takes of the house', () => {
    const state = fill(fill(fill(open('c'), 'name', 'dave'), 'plan', 'small'), 'share', '50%');
    assert.ok(check(state).preview.includes('share: 50%, 1.9 of 3.8 cores when all want theirs'));
    const [job] = jobsOf(press(state, 'ctrl-s').effects) as [[string, string, object]];
    assert.deepEqual(job?.[2], { ...job?.[2], plan: 'small', rules: { share: '50%' } });
  });

  it('are checked as they are typed, the plan by what the daemon has', () => {
    assert.match(check(fill(open('c'), 'share', '5/0')).errors['share'] ?? '', /divides by zero/);
    const state = fill(open('L'), 'plan', 'big');
    assert.equal(check(state).errors['plan'], undefined);
    assert.match(check(withPlans(state)).errors['plan'] ?? '', /no such plan; there are small/);
  });

  it('change with the limits, and only when they differ', () => {
    const state = fill(fill(open('L'), 'plan', 'small'), 'share', '1/4');
    assert.deepEqual(check(state).preview.slice(0, 2), [
      'alice: plan none -> small',
      'alice: share now unknown -> 1/4',
    ]);
    assert.deepEqual(jobsOf(press(state, 'ctrl-s').effects), [
      ['PATCH', '/v1/tenants/alice', { plan: 'small', rules: { share: '1/4' } }],
    ]);
    assert.equal(check(fill(open('L'), 'plan', 'none')).blocked, 'nothing would change');
  });

  it('a tenant is taken out of its plan by none', () => {
    const scheduling = {
      ...{ plan: 'small', effective: { cpu: null, cpuWeight: 100, memory: null }, share: { fraction: 0.5, cpu: 1900 } },
      ...{ holds: [], credits: null, budgets: [], score: { cpu: 0, memory: 0, io: 0 }, occurrences: 0, penalty: null },
    };
    const state = fill(press(begin({ tenants: [tenantCalled('x', { scheduling })] }), 'L').state, 'plan', 'none');
    assert.deepEqual(jobsOf(press(state, 'ctrl-s').effects), [['PATCH', '/v1/tenants/x', { plan: null }]]);
  });
});

describe('the form of limits', () => {
  it('shows what changes, and sends only that', () => {
    const state = fill(open('L'), 'cpu', '2');
    assert.equal(check(state).preview[0], 'alice: cpu 1 -> 2');
    assert.deepEqual(jobsOf(press(state, 'ctrl-s').effects), [
      ['PATCH', '/v1/tenants/alice', { limits: { cpu: '2' } }],
    ]);
  });

  it('knows when nothing would change', () => {
    assert.equal(check(open('L')).blocked, 'nothing would change');
  });

  it('does not take a rounded size for a change', () => {
    const odd = tenantCalled('odd', { limits: { ...tenantCalled('x').limits, memory: 123_456_789 } });
    const state = press(begin({ tenants: [odd] }), 'L').state;
    assert.equal(check(state).blocked, 'nothing would change');
  });

  it('of several tenants changes each by what it lacks', () => {
    const state = fill(open('space', 'space', 'L'), 'pids', '100');
    assert.deepEqual(check(state).preview, ['alice: pids 512 -> 100', 'bob: pids 512 -> 100']);
    assert.equal(jobsOf(press(state, 'ctrl-s').effects).length, 2);
  });
});
