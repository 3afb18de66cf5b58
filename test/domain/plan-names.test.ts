// What may be the name of a plan.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problem } from '../../src/domain/errors.ts';
import { parsePlanName, whyNotPlanName } from '../../src/domain/plan-names.ts';

describe('the name of a plan', () => {
  it('is a word of a-z, 0-9 and "-" that begins with a letter', () => {
    for (const name of ['small', 'third', 'night-owl', 'a', 'p2', 'a'.repeat(30)])
      assert.equal(parsePlanName(name), name);
  });

  it('is nothing that could leave the path it becomes a part of, and not "none"', () => {
    for (const text of ['', 'none', '../x', 'a/b', 'a%2f', 'Small', '2x', '-x', 'a'.repeat(31), 'аb', 'a b', 'a\n'])
      assert.throws(
        () => parsePlanName(text),
        (error) => error instanceof Problem && error.code === 'PLAN_INVALID',
        text,
      );
    assert.match(whyNotPlanName('none') ?? '', /takes a tenant out/);
  });
});
