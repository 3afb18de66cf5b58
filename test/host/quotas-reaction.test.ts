// From cause to written limit: how long until the kernel's file holds what was decided, printed, within two ticks.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TICK_MS } from '../../src/daemon/loop.ts';
import { readLimit } from '../support/limit-files.ts';
import { until, untilEqual } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { p95, RulesBox } from '../support/rules-box.ts';

const CONFIG = 'scheduler:\n  credit-ramp: 10s\n  turn-pause: 1s\n';
const POLL_MS = 20;
/** Issue: at p95. */
const MOST_MS = 2 * TICK_MS;
const ASKED = 10;
const FALL_MS = 120_000;

interface Seen {
  readonly at: number;
  readonly cap: number | null;
}

/** Each value of the kernel's file with the time at which it was there first. */
const follow = (read: () => number | null): { readonly seen: Seen[]; readonly end: () => Promise<void> } => {
  const seen: Seen[] = [];
  let over = false;
  const look = (): void => {
    const cap = read();
    if (seen.at(-1)?.cap !== cap) seen.push({ at: Date.now(), cap });
  };
  const done = (async () => {
    while (!over) {
      look();
      await sleep(POLL_MS);
    }
    look();
  })();
  return {
    seen,
    end: () => {
      over = true;
      return done;
    },
  };
};

const print = (t: TestContext, what: string, times: readonly number[]): void => {
  const sorted = [...times].sort((a, b) => a - b);
  t.diagnostic(`${what}: ${times.length} times, ${sorted[0]} to ${sorted.at(-1)} ms, p95 ${p95(times)} ms`);
};

test('what is decided is in the kernel within two ticks of its cause, and what people ask for as well', async (t) => {
  if (!requires(t, 'root', 'lxc', 'overlay', 'loop')) return;
  const box = new RulesBox(CONFIG);
  try {
    await box.start();
    await box.add('alice', { limits: { cpu: null }, rules: { credits: 'baseline=0.1,burst=0.9' } });
    const cap = () => readLimit(box.place('alice').payload, 'cpu');
    await box.spin('alice', 2);
    await untilEqual(cap, 100, 'the baseline');

    const { seen, end } = follow(cap);
    await box.grant('alice', 0.12);
    await until('the cap rises', () => (cap() ?? 0) > 100);
    await until('the baseline again', () => cap() === 100, FALL_MS);
    await end();
    const acts = (await box.acts('alice')).filter(({ kind }) => kind === 'lower').slice(1);
    const lags = acts.map(({ at, to }) => {
      const written = seen.find((one) => one.cap === to && one.at >= Date.parse(at));
      assert.ok(written, `${to} was never in the kernel: ${JSON.stringify(seen)}`);
      return written.at - Date.parse(at);
    });
    print(t, 'from the decision of a tick to the file', lags);
    assert.ok(lags.length >= 10, `${lags.length} acts`);
    // what is decided on happened in the tick before
    assert.ok(TICK_MS + p95(lags) <= MOST_MS, `${p95(lags)} ms after the tick`);

    const asked: number[] = [];
    for (let i = 0; i < ASKED; i++) {
      const millis = 300 + i * 10;
      const start = Date.now();
      const grant = i % 2 === 1;
      if (grant) await box.grant('alice', 1);
      else await box.set('alice', { rules: { credits: `baseline=${millis / 1000},burst=${millis / 1000}` } });
      await until('the file', () => cap() === (grant ? 900 : millis));
      asked.push(Date.now() - start);
      if (grant) await box.set('alice', { rules: { credits: 'none' } });
      else await box.set('alice', { rules: { credits: 'baseline=0.1,burst=0.9' } });
      if (grant) await untilEqual(cap, null, 'no rule');
    }
    print(t, 'from a request to the file', asked);
    assert.ok(p95(asked) <= MOST_MS, `${p95(asked)} ms`);
  } finally {
    await box.close();
  }
});
