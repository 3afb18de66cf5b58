// The row of doctor about the history.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkHistory } from '../../src/daemon/check-history.ts';

test('a history that is written passes, one that is not fails with the reason and what to do', () => {
  assert.equal(checkHistory(null).status, 'pass');
  const { status, summary, fix } = checkHistory('/x/usage.db: writing a batch: database or disk is full');
  assert.equal(status, 'fail');
  assert.match(summary, /database or disk is full/);
  assert.match(fix, /make room/);
});
