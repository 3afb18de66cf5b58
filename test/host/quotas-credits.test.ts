// Credits on a real tenant: the cap falls to the baseline as they are spent, rises with a present, survives a kill.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readLimit } from '../support/limit-files.ts';
import { until, untilEqual } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { RulesBox } from '../support/rules-box.ts';

const BASELINE = 200;
const BURST = 900;
const RULES = { credits: 'baseline=0.2,burst=0.9' };
/** The cap falls over the last 10 s at full burst; whole turns of the rule take no minute. */
const CONFIG = 'scheduler:\n  credit-ramp: 10s\n  turn-pause: 1s\n';
/** A present that begins within the ramp: 6 s of a core. */
const PRESENT = 0.1;
/** A busy machine gives less than the cap: the fall takes longer. */
const FALL_MS = 90_000;

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: RulesBox;

const cap = (name: string) => readLimit(box.place(name).payload, 'cpu');
const balance = async (name: string): Promise<number> => (await box.show(name)).scheduling?.credits?.balance ?? -1;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new RulesBox(CONFIG);
  await box.start();
  for (const name of ['alice', 'bob']) await box.add(name, { limits: { cpu: null }, rules: RULES });
});
after(() => box?.close());

test('without credits the baseline holds, a present raises the cap, and it falls step by step to the baseline', async (t) => {
  if (!can(t)) return;
  await box.spin('alice', 2);
  await untilEqual(() => cap('alice'), BASELINE, 'the baseline of an empty bank');
  assert.equal(await box.grant('alice', PRESENT), PRESENT);
  await until('the cap rises', () => (cap('alice') ?? 0) > BASELINE);
  const caps: number[] = [];
  await until(
    'the baseline again',
    () => {
      const now = cap('alice') ?? BURST;
      if (now !== caps.at(-1)) caps.push(now);
      return now === BASELINE;
    },
    FALL_MS,
  );
  t.diagnostic(`caps after a present of ${PRESENT} credits: ${caps.join(', ')} thousandths of a core`);
  assert.deepEqual(
    caps,
    [...caps].sort((a, b) => b - a),
    'only downwards',
  );
  assert.ok(caps.length >= 5, 'gradually');
  const kinds = (await box.acts('alice')).map(({ rule, kind }) => `${rule} ${kind}`);
  assert.ok(kinds.includes('credits raise') && kinds.includes('credits lower'), kinds.join());
  assert.match(await box.status('alice'), /0\.2 cores: 0\.\d credits are left/);
  await box.calm('alice');
});

test('a balance survives a kill of the daemon, with what was earned meanwhile and no more', async (t) => {
  if (!can(t)) return;
  await box.grant('alice', 10);
  const [before, start] = [await balance('alice'), performance.now()];
  await box.kill();
  await box.start();
  const after = await balance('alice');
  const most = (BASELINE / 1000 / 60) * ((performance.now() - start) / 1000 + 2);
  t.diagnostic(
    `balance ${before.toFixed(3)}, after the kill ${after.toFixed(3)}; at most ${most.toFixed(3)} were earned`,
  );
  assert.ok(after > before - 0.05 && after < before + most, `${after} instead of ${before}`);
  await untilEqual(() => cap('alice'), BURST, 'the burst of a filled bank');
});

test('credits given to a neighbour leave one bank and arrive in the other', async (t) => {
  if (!can(t)) return;
  const [alice, bob] = [await balance('alice'), await balance('bob')];
  assert.equal(await box.grant('bob', 4, 'alice'), 4);
  const [aliceAfter, bobAfter] = [await balance('alice'), await balance('bob')];
  t.diagnostic(
    `alice ${alice.toFixed(2)} -> ${aliceAfter.toFixed(2)}, bob ${bob.toFixed(2)} -> ${bobAfter.toFixed(2)}`,
  );
  // in a second each earns 0.003; some pass
  assert.ok(Math.abs(aliceAfter - (alice - 4)) < 0.1 && Math.abs(bobAfter - (bob + 4)) < 0.1);
  await untilEqual(() => cap('bob'), BURST, 'the burst of a filled bank');
  await assert.rejects(box.grant('bob', 1000, 'alice'), { code: 'CREDITS_SHORT' });
});

test('a bank comes back from the trash with its tenant, and a replay of all that was decided knows it', async (t) => {
  if (!can(t)) return;
  const before = await balance('bob');
  await box.remove('bob');
  await box.restore('bob', true);
  const after = await balance('bob');
  t.diagnostic(`balance ${before.toFixed(3)}, back from the trash ${after.toFixed(3)}`);
  assert.ok(Math.abs(after - before) < 0.5, `${after} instead of ${before}`);
  await untilEqual(() => cap('bob'), BURST, 'the burst of a filled bank');
  assert.equal((await box.simulate()).differences, 0);
});
