// Budgets on a real tenant: the cap goes down to the floor as they are spent, survives a kill, and goes with more budget.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MiB } from '../../src/domain/units.ts';
import { readLimit } from '../support/limit-files.ts';
import { until, untilEqual } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { RulesBox, SPINNING } from '../support/rules-box.ts';
import { findInside } from '../support/tenant-process.ts';

const LIMIT = 500;
const FLOOR = 50;
/** A busy machine gives less than the cap, and towards the floor it takes long. */
const SPEND_MS = 120_000;

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: RulesBox;

const cap = () => readLimit(box.place('alice').payload, 'cpu');
const budget = async () => (await box.show('alice')).scheduling?.budgets[0];

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new RulesBox('scheduler:\n  turn-pause: 1s\n');
  await box.start();
  await box.add('alice', { limits: { cpu: '0.5' } });
});
after(() => box?.close());

test('a CPU budget takes the cap down to the floor in steps, and nothing that runs is killed', async (t) => {
  if (!can(t)) return;
  await box.spin('alice');
  // a month: no test runs into its end but once a month
  await box.set('alice', { rules: { 'budget-cpu': '6s/month' } });
  const caps: number[] = [];
  await until(
    'the floor',
    () => {
      const now = cap() ?? LIMIT;
      if (now !== caps.at(-1)) caps.push(now);
      return now === FLOOR;
    },
    SPEND_MS,
  );
  t.diagnostic(`caps as 6 s are spent: ${caps.join(', ')} thousandths of a core`);
  assert.equal(caps[0], LIMIT);
  assert.deepEqual(
    caps,
    [...caps].sort((a, b) => b - a),
    'only downwards',
  );
  assert.ok(caps.length >= 4, 'a ramp, not a cliff');
  assert.equal((await findInside(box, 'alice', SPINNING)).length, 1, 'the loop lives');
  assert.match(await box.status('alice'), /budget of the month is spent/);
});

test('what is spent survives a kill of the daemon, and the floor holds meanwhile', async (t) => {
  if (!can(t)) return;
  const before = await budget();
  assert.ok(before && before.spent >= before.amount * 0.99, JSON.stringify(before));
  await box.kill();
  assert.equal(cap(), FLOOR);
  await box.start();
  const after = await budget();
  assert.ok(after && after.spent >= before.spent, `${after?.spent} after ${before.spent}`);
  assert.equal(cap(), FLOOR);
});

test('a larger budget frees the tenant at once, and none as well', async (t) => {
  if (!can(t)) return;
  await box.set('alice', { rules: { 'budget-cpu': '1h/month' } });
  await untilEqual(cap, LIMIT, 'the own limit');
  await box.set('alice', { rules: { 'budget-cpu': '6s/month' } });
  await untilEqual(cap, FLOOR, 'the floor');
  await box.set('alice', { rules: { 'budget-cpu': 'none' } });
  await untilEqual(cap, LIMIT, 'the own limit');
  await box.calm('alice');
});

test('a memory budget lowers the memory limit, not below what is needed to log in', async (t) => {
  if (!can(t)) return;
  const limit = () => readLimit(box.place('alice').payload, 'memory');
  assert.equal(limit(), 64 * MiB);
  // of what a small tenant holds some seconds' worth; tail takes up to twice that where it reads in small pieces, and a
  // rule leaves 4 MiB above what is in use
  await box.background('alice', '(head -c 4000000 /dev/zero; sleep 1000) | tail');
  await until('it holds 4 MB', async () => ((await box.show('alice')).usage?.memory ?? 0) > 4 * MiB);
  await box.set('alice', { rules: { 'budget-memory': '20KiBh/month' } });
  await until('the floor', () => limit() === 16 * MiB, SPEND_MS);
  assert.equal((await findInside(box, 'alice', /^tail/)).length, 1, 'tail lives');
  await box.set('alice', { rules: { 'budget-memory': null } });
  await untilEqual(limit, 64 * MiB, 'the own limit');
});
