// The score and the ladder on real tenants: who hurts a neighbour is held to a part, harder each time, and let go.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { after, before, test } from 'node:test';
import type { ActView } from '../../src/api/scheduler-contract.ts';
import { readLimit } from '../support/limit-files.ts';
import { until, untilEqual } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { RulesBox } from '../support/rules-box.ts';
import { initPid } from '../support/tenant-process.ts';

const CPUS = availableParallelism();
const CONFIG = `scheduler:
  score-fill: 2s
  score-empty: 60s
  penalty-times: [4s, 4s, 6s]
  penalty-end: 5s
  penalty-forget: 600s
  turn-pause: 1s
`;
/**
 * By her own weight alice takes ten of eleven parts: bob gets so much that he is not idle where nothing is known of his
 * waiting; by her share she owns little, so that she is above it on a busy machine as well.
 */
const RULES = { score: 'enforce', 'share-mode': 'off', share: '5%' };
/** A busy machine: the score rises slower, and a penalty's fall of pressure must be waited for. */
const STEP_MS = 60_000;

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: RulesBox;

const cap = () => readLimit(box.place('alice').payload, 'cpu');
const scheduling = async () => {
  const view = (await box.show('alice')).scheduling;
  assert.ok(view);
  return view;
};
const scoreActs = async (): Promise<ActView[]> => (await box.acts('alice')).filter(({ rule }) => rule === 'score');
const kindsOf = (acts: readonly ActView[]): string[] => acts.map(({ kind }) => kind);
/** The next act of a kind after so many. */
const nextAct = (kind: string, known: number): Promise<ActView> =>
  until(kind, async () => (await scoreActs()).slice(known).find((act) => act.kind === kind), STEP_MS);

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new RulesBox(CONFIG);
  await box.start();
  await box.add('alice', { limits: { cpu: null, cpuWeight: 1000 }, rules: RULES });
  // he owns more than half of the machine, so that he is below it whatever the host does
  await box.add('bob', { limits: { cpu: null, cpuWeight: 100 }, rules: { ...RULES, score: 'off', share: '60%' } });
  // he first: beside her a command of his would take minutes on one slow processor
  await box.spin('bob', 2 * CPUS);
  await box.spin('alice', 2 * CPUS);
});
after(() => box?.close());

test('who hurts a neighbour gets 0.8 of the quota, then 0.5, then 0.3, and each ends by itself', async (t) => {
  if (!can(t)) return;
  const quota = (await scheduling()).share.cpu;
  const caps: number[] = [];
  for (const part of [0.8, 0.5, 0.3]) {
    const wanted = Math.max(10, Math.round(quota * part));
    const told = await until(
      `a cap of ${part}`,
      async () => {
        const { penalty } = await scheduling();
        return penalty && cap() === wanted ? penalty : undefined;
      },
      STEP_MS,
    );
    caps.push(wanted);
    assert.equal(told.kind, 'cap');
    if (part === 0.8) assert.match(await box.status('alice'), /penalty, step 1/);
    await until('the penalty is over', () => cap() === null);
    assert.ok(Date.now() >= Date.parse(told.until) - 1000, 'not before its time');
  }
  const acts = await scoreActs();
  t.diagnostic(`a quota of ${quota}: ${caps.join(', ')}; ${acts.map(({ kind, at }) => `${at} ${kind}`).join(', ')}`);
  assert.deepEqual(kindsOf(acts).slice(0, 5), ['penalty', 'penalty-ended', 'penalty', 'penalty-ended', 'penalty']);
  assert.equal(acts[0]?.figures['hurt'], 'bob');
  const events = (await box.events()).filter(({ type, tenant }) => type === 'rule-act' && tenant === 'alice');
  assert.match(events[0]?.text ?? '', /more than its share for too long while others waited for CPU/);
});

test('a penalty outlasts a kill of the daemon, no shorter and no longer, and a pardon ends it', async (t) => {
  if (!can(t)) return;
  const { penalty } = await until(
    'a penalty',
    async () => {
      const view = await scheduling();
      return view.penalty && Date.parse(view.penalty.until) - Date.now() > 3000 ? view : undefined;
    },
    STEP_MS,
  );
  const held = cap();
  await box.kill();
  assert.equal(cap(), held, 'the kernel holds it without the daemon');
  await box.start();
  const after = await scheduling();
  assert.equal(after.penalty?.until, penalty?.until);
  assert.equal(cap(), held);
  await box.pardon('alice');
  await untilEqual(cap, null, 'no cap after a pardon');
  const pardoned = await scheduling();
  t.diagnostic(`penalty until ${penalty?.until}, pardoned: ${JSON.stringify(pardoned.score)}`);
  assert.ok(pardoned.occurrences <= 1);
  assert.equal(kindsOf(await scoreActs()).at(-1), 'penalty-ended');
});

test('in mode watch the same is told, and nothing is held', async (t) => {
  if (!can(t)) return;
  await box.set('alice', { rules: { score: 'watch' } });
  await box.pardon('alice');
  const known = (await scoreActs()).length;
  const since = (await box.version()).lastSeq;
  const act = await nextAct('penalty', known);
  assert.equal(act.mode, 'watch');
  await nextAct('penalty-ended', known);
  assert.equal(cap(), null);
  const event = (await box.events(since)).find(({ type }) => type === 'rule-watch');
  assert.match(event?.text ?? '', /watched only/);
  assert.equal(
    (await box.events(since)).some(({ type }) => type === 'rule-act'),
    false,
  );
});

test('the ends of the ladder freeze and stop, and the tenant comes back as it was wanted', async (t) => {
  if (!can(t)) return;
  await box.set('alice', { rules: { score: 'enforce', 'ladder-end': 'stop' } });
  await box.pardon('alice');
  const known = (await scoreActs()).length;
  await nextAct('freeze', known);
  await box.waitForState('alice', 'frozen');
  const frozen = await scheduling();
  assert.equal(frozen.penalty?.kind, 'freeze');
  await nextAct('thaw', known);
  await box.waitForState('alice', 'running');
  await nextAct('stop', known);
  await box.waitForState('alice', 'stopped');
  assert.equal((await box.show('alice')).desired, 'running');
  await nextAct('start', known);
  await box.waitForState('alice', 'running');
  t.diagnostic(kindsOf((await scoreActs()).slice(known)).join(', '));
});

test('processes with an exempt name do not feed the score, others beside them do', async (t) => {
  if (!can(t)) return;
  await box.set('alice', { rules: { exempt: 'cc1', 'ladder-end': 'repeat' } });
  await box.pardon('alice');
  // a shell by another name: what proc(5) calls comm
  assert.equal((await box.sh('alice', 'cp -L /bin/sh /root/cc1')).status, 0);
  // all of them begin now: beside busy ones nobody is let in in time (findInside)
  const others = Array.from({ length: 2 * CPUS }, () => '(while :; do :; done) &').join(' ');
  await box.background('alice', `until [ -e /root/go ]; do sleep 0.2; done; ${others} wait`);
  const compilers = Array.from({ length: 2 * CPUS }, () => '/root/cc1 -c "while :; do :; done" &').join(' ');
  await box.background('alice', `${compilers} wait`);
  const used = async () => ((await box.show('alice')).usage?.cpu ?? 0) > 200;
  await until('the compilers are busy', used);
  await box.pardon('alice');
  const scores: number[] = [];
  const end = Date.now() + 6000;
  await until('six seconds of it', async () => {
    scores.push((await scheduling()).score.cpu);
    return Date.now() > end;
  });
  t.diagnostic(`the highest score in 6 s, full after 2: ${Math.max(...scores)}`);
  assert.ok(Math.max(...scores) < 100 && (await scheduling()).penalty === null);
  writeFileSync(`/proc/${await initPid(box, 'alice')}/root/root/go`, '');
  await until('a penalty', async () => (await scheduling()).penalty, STEP_MS);
});
