// Why a tenant is slow: each cause made to happen on real tenants, and the right answer ten times of ten.

import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WhyView } from '../../src/api/scheduler-contract.ts';
import { favourHouse } from '../support/limit-files.ts';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { RulesBox, spinHost } from '../support/rules-box.ts';

const CPUS = availableParallelism();
const CONFIG = `time-zone: UTC
scheduler:
  score-fill: 2s
  penalty-times: [300s, 300s, 300s]
  credit-ramp: 2s
  turn-pause: 1s
`;
const ASKED = 10;
/** An answer rests on fifteen seconds: what was before must be over. */
const TURN_MS = 60_000;
/** No cap but what the test makes; two equal shares. */
const FREE = { cpu: null, cpuWeight: 100, memory: '64M' } as const;

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: RulesBox;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new RulesBox(CONFIG);
  await box.start();
  for (const name of ['alice', 'bob']) await box.add(name, { limits: FREE });
});
after(() => box?.close());

/** Waits for an answer, asks ten times while its cause holds, and once more about then. */
const ask = async (
  t: TestContext,
  name: string,
  { cause, neighbour, says = /./ }: { cause: WhyView['cause']; neighbour?: string; says?: RegExp },
): Promise<void> => {
  let last: WhyView | undefined;
  const isRight = (view: WhyView): boolean =>
    view.cause === cause && view.neighbour === (neighbour ?? null) && says.test(view.sentence);
  const look = async (): Promise<boolean> => {
    last = await box.why(name);
    return isRight(last);
  };
  await until(`${cause} is the cause`, look, TURN_MS).catch((error: unknown) => {
    t.diagnostic(JSON.stringify(last));
    throw error;
  });
  const wrong: WhyView[] = [];
  for (let i = 0; i < ASKED; i++) {
    await sleep(300);
    const view = await box.why(name);
    if (!isRight(view)) wrong.push(view);
  }
  const then = Date.now();
  t.diagnostic(`${cause}: ${ASKED - wrong.length} of ${ASKED}; ${last?.sentence}`);
  assert.deepEqual(wrong, []);
  await sleep(3000);
  const past = await box.why(name, then);
  assert.ok(isRight(past), `at ${then}: ${JSON.stringify(past)}`);
};

/** Busy loops and a rule that holds them, taken away afterwards. */
const holdBy = async (
  t: TestContext,
  rules: Readonly<Record<string, string>>,
  cause: WhyView['cause'],
): Promise<void> => {
  await box.set('alice', { rules });
  await ask(t, 'alice', { cause });
  await box.set('alice', { rules: Object.fromEntries(Object.keys(rules).map((key) => [key, null])) });
};

test('nothing: a tenant that sleeps is held by nothing', async (t) => {
  if (!can(t)) return;
  await ask(t, 'alice', { cause: 'nothing' });
});

test('its own cap', async (t) => {
  if (!can(t)) return;
  await box.spin('alice', 2 * CPUS);
  await box.set('alice', { limits: { cpu: '0.05' } });
  await ask(t, 'alice', { cause: 'own-cap' });
  await box.set('alice', { limits: FREE });
});

test('a window', async (t) => {
  if (!can(t)) return;
  await holdBy(t, { windows: 'now: * * * * * cpu=0.05' }, 'window');
});

test('an empty credit bank', async (t) => {
  if (!can(t)) return;
  await holdBy(t, { credits: 'baseline=0.05,burst=0.5' }, 'credits');
});

test('a spent budget', async (t) => {
  if (!can(t)) return;
  await holdBy(t, { 'budget-cpu': '1s/month' }, 'budget');
});

test('a neighbour, and which', async (t) => {
  if (!can(t)) return;
  const calm = favourHouse(box.place('alice').house);
  try {
    await box.spin('bob', 2 * CPUS);
    await box.set('alice', { limits: { cpuWeight: 1000 }, rules: { 'share-mode': 'off', share: '5%' } });
    await box.set('bob', { limits: { cpuWeight: 100 }, rules: { 'share-mode': 'off', share: '60%' } });
    await ask(t, 'bob', { cause: 'neighbour', neighbour: 'alice' });
  } finally {
    calm();
  }
});

test('a penalty', async (t) => {
  if (!can(t)) return;
  const calm = favourHouse(box.place('alice').house);
  try {
    await box.set('alice', { rules: { score: 'enforce' } });
    await ask(t, 'alice', { cause: 'penalty' });
    await box.set('alice', { rules: { score: 'off' } });
  } finally {
    calm();
  }
});

test('the host itself', async (t) => {
  if (!can(t)) return;
  const even = { limits: FREE, rules: { 'share-mode': null, share: null, score: null } } as const;
  for (const name of ['alice', 'bob']) await box.set(name, even);
  await box.calm('bob');
  const end = spinHost(3 * CPUS);
  try {
    await ask(t, 'alice', { cause: 'host' });
  } finally {
    end();
  }
});

test('not running: stopped, and frozen', async (t) => {
  if (!can(t)) return;
  await box.act('alice', 'freeze');
  await ask(t, 'alice', { cause: 'not-running', says: /frozen/ });
  await box.act('alice', 'stop', { timeoutMs: 0 });
  await ask(t, 'alice', { cause: 'not-running', says: /stopped/ });
});
