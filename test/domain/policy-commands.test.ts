// What people do to the scheduler's memory: gifts move, grants are bounded, a pardon forgets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CREDIT_USEC } from '../../src/domain/credits.ts';
import { applyCommand } from '../../src/domain/policy-commands.ts';
import { EMPTY_STATE } from '../../src/domain/policy-types.ts';
import { makeConfig } from './policy-values.ts';

test('a grant is added up to what the bank holds, a gift moves, to oneself it is refused', () => {
  const config = makeConfig({ alice: { rules: { credits: { baseline: 300, burst: 2000 } } }, bob: {} });
  const both = makeConfig({
    alice: { rules: { credits: { baseline: 500, burst: 2000 } } },
    bob: { rules: { credits: { baseline: 500, burst: 2000 } } },
  });
  const states = { alice: { ...EMPTY_STATE, credits: 10 * CREDIT_USEC } };
  const give = applyCommand(states, both, { do: 'give', from: 'alice', tenant: 'bob', amount: 4 * CREDIT_USEC });
  assert.deepEqual([give.states['alice']?.credits, give.states['bob']?.credits], [6 * CREDIT_USEC, 4 * CREDIT_USEC]);
  const self = { do: 'give', from: 'alice', tenant: 'alice', amount: CREDIT_USEC } as const;
  for (const house of [both, config, makeConfig({})])
    assert.throws(() => applyCommand(states, house, self), { code: 'CREDITS_SELF' });
  const grant = applyCommand({}, both, { do: 'grant', tenant: 'bob', amount: 9999 * CREDIT_USEC });
  assert.equal(grant.moved, 720 * CREDIT_USEC);
  assert.throws(() => applyCommand({}, config, { do: 'grant', tenant: 'bob', amount: 1 }), { code: 'CREDITS_OFF' });
});

test('a pardon forgets the score, the occurrences and the penalty of that tenant only, and keeps its credits', () => {
  const guilty = { ...EMPTY_STATE, credits: 7, occurrences: 2, forgetAt: 5, score: { cpu: 99, memory: 1, io: 0 } };
  const { states } = applyCommand({ alice: guilty, bob: guilty }, makeConfig({}), { do: 'pardon', tenant: 'alice' });
  assert.deepEqual(states, { alice: { ...EMPTY_STATE, credits: 7 }, bob: guilty });
});

test('who gives more than it has gives nothing', () => {
  const rules = { credits: { baseline: 500, burst: 2000 } };
  const config = makeConfig({ alice: { rules }, bob: { rules } });
  const states = { alice: { ...EMPTY_STATE, credits: CREDIT_USEC } };
  const give = { do: 'give', from: 'alice', tenant: 'bob', amount: 2 * CREDIT_USEC } as const;
  assert.throws(() => applyCommand(states, config, give), { code: 'CREDITS_SHORT' });
});
