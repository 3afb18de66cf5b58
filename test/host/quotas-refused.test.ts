// Wrong rules, asked of a real daemon and of the command line: refused with code, value and hint, and nothing changes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RuleRowView } from '../../src/api/scheduler-contract.ts';
import { Problem, type ProblemCode } from '../../src/domain/errors.ts';
import { callLauncher } from '../support/launcher.ts';
import { readLimit } from '../support/limit-files.ts';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { RulesBox } from '../support/rules-box.ts';

const RULES = { share: '30%', 'budget-cpu': '10h/week', windows: 'day: * 6-21 * * * cpu=0.4' };

interface Wrong {
  readonly what: string;
  readonly rules: Readonly<Record<string, string>>;
  readonly code: ProblemCode;
  /** What the message must show of the value. */
  readonly value: RegExp;
}

const WRONG: readonly Wrong[] = [
  { what: 'a negative share', rules: { share: '-10%' }, code: 'RULE_INVALID', value: /-10%/ },
  { what: 'a share above 1', rules: { share: '120%' }, code: 'RULE_INVALID', value: /120%/ },
  { what: 'a negative budget', rules: { 'budget-cpu': '-4h/week' }, code: 'RULE_INVALID', value: /-4h/ },
  { what: 'a budget of 0', rules: { 'budget-cpu': '0h/week' }, code: 'RULE_INVALID', value: /0h\/week/ },
  { what: 'a traffic budget of 0', rules: { 'budget-egress': '0/month' }, code: 'RULE_INVALID', value: /0\/month/ },
  { what: 'an unknown resource', rules: { 'budget-gpu': '1h/week' }, code: 'RULE_UNKNOWN', value: /budget-gpu/ },
  { what: 'an unknown mode', rules: { score: 'maybe' }, code: 'RULE_INVALID', value: /maybe/ },
  {
    what: 'a baseline above the burst',
    rules: { credits: 'baseline=1,burst=0.5' },
    code: 'RULE_INVALID',
    value: /baseline=1,burst=0\.5/,
  },
  {
    what: 'more CPU than the host has',
    rules: { credits: 'baseline=0.5,burst=4000' },
    code: 'RULE_INVALID',
    value: /4000/,
  },
  {
    what: 'overlapping windows that contradict each other',
    rules: { windows: 'a: * 8-12 * * * cpu=0.5; b: * 12-18 * * * cpu=0.3' },
    code: 'WINDOWS_CONFLICT',
    value: /a.*b|b.*a/,
  },
  { what: 'shares above the whole', rules: { share: '80%' }, code: 'SHARES_EXCEED', value: /110%/ },
  {
    what: 'shares above the whole in a window only',
    rules: { windows: 'exam: * 8-12 * * * share=90%' },
    code: 'SHARES_EXCEED',
    value: /120%/,
  },
];

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: RulesBox;

/** The rules of both, and what the kernel holds for them. */
const readAll = async () => {
  const rules = await Promise.all(
    ['alice', 'bob'].map(async (name) => (await box.get<{ rules: RuleRowView[] }>(`/v1/tenants/${name}/rules`)).rules),
  );
  const kernel = ['alice', 'bob'].map((name) =>
    (['cpu', 'cpuWeight', 'memory'] as const).map((limit) => readLimit(box.place(name).payload, limit)),
  );
  return { rules, kernel, plans: await box.get('/v1/plans') };
};

const refusal = async (work: Promise<unknown>): Promise<Problem> => {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Problem, String(error));
    return error;
  }
  assert.fail('it was not refused');
};

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new RulesBox('time-zone: UTC\n');
  await box.start();
  for (const name of ['alice', 'bob']) await box.add(name, { rules: RULES });
  // what the second makes of the weight of the first comes with a tick
  const weight = (name: string) => readLimit(box.place(name).payload, 'cpuWeight');
  await until('equal weights', () => weight('alice') === weight('bob'));
});
after(() => box?.close());

for (const { what, rules, code, value } of WRONG)
  test(`${what}: refused by the daemon and by the command line, and the rules in force stay`, async (t) => {
    if (!can(t)) return;
    const before = await readAll();
    const { code: got, message, hint } = await refusal(box.set('alice', { rules }));
    assert.equal(got, code, message);
    assert.match(message, value);
    assert.ok(hint.length > 10, hint);
    t.diagnostic(`${message} | ${hint}`);

    const args = Object.entries(rules).map(([key, text]) => `--${key}=${text}`);
    const { status, stderr, stdout } = await callLauncher(box, ['set', 'alice', ...args]);
    assert.notEqual(status, 0, stdout);
    assert.match(stderr, value);
    assert.deepEqual(await readAll(), before);
  });

test('a plan with a wrong rule is refused as a whole: none of the plans beside it is kept', async (t) => {
  if (!can(t)) return;
  const before = await readAll();
  const plans = [
    { name: 'good', rules: { share: '20%' } },
    { name: 'bad', rules: { 'budget-memory': '0GBh/month' } },
  ];
  const { code, message } = await refusal(box.post('/v1/plans', { plans }));
  assert.equal(code, 'RULE_INVALID', message);
  assert.match(message, /0GBh\/month/);
  assert.deepEqual(await readAll(), before);
});

test('a plan whose share would be too much for the house is refused when a tenant is to live by it', async (t) => {
  if (!can(t)) return;
  await box.post('/v1/plans', { plans: [{ name: 'most', rules: { share: '80%' } }] });
  const known = readLimit(box.place('bob').payload, 'cpuWeight');
  await box.set('bob', { rules: { share: null } });
  await until('the weight of an equal part', () => readLimit(box.place('bob').payload, 'cpuWeight') !== known);
  const before = await readAll();
  const { code } = await refusal(box.set('bob', { plan: 'most' }));
  assert.equal(code, 'SHARES_EXCEED');
  assert.deepEqual(await readAll(), before);
});
