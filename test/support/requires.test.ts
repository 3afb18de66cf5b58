// What a test requires: skipped with the reason, or failed where it must work.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { requires } from './requires.ts';

const before = { must: process.env['MUST_WORK'], environment: process.env['TENANTCTL_TEST_ENV'] };
const set = (name: string, value: string | undefined): void => {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
};
afterEach(() => {
  set('MUST_WORK', before.must);
  set('TENANTCTL_TEST_ENV', before.environment);
});

/** Runs requires() with an empty PATH, so that a program is surely absent. */
const ask = (...needs: Parameters<typeof requires> extends [unknown, ...infer N] ? N : never) => {
  const reasons: string[] = [];
  const path = process.env['PATH'];
  process.env['PATH'] = '/nowhere';
  try {
    return { may: requires({ skip: (reason) => reasons.push(reason ?? '') }, ...needs), reasons };
  } finally {
    set('PATH', path);
  }
};

test('a test without needs may go on', () => {
  assert.deepEqual(ask(), { may: true, reasons: [] });
});

test('what is missing skips the test with the reason', () => {
  set('MUST_WORK', undefined);
  const { may, reasons } = ask('stress-ng');
  assert.equal(may, false);
  assert.deepEqual(reasons, ['stress-ng: stress-ng is not installed']);
});

test('what is missing fails the test where it must work', () => {
  set('MUST_WORK', '1');
  assert.throws(() => ask('stress-ng'), /must work here, but stress-ng: stress-ng is not installed/);
});

test('what a kind of machine cannot have is skipped even where the rest must work', () => {
  set('MUST_WORK', '1');
  set('TENANTCTL_TEST_ENV', 'lab');
  assert.equal(ask('nft').may, false);
});

test('an unknown kind of machine is an error, not a skip', () => {
  set('MUST_WORK', '1');
  set('TENANTCTL_TEST_ENV', 'moon');
  assert.throws(() => ask('stress-ng'), /"moon"/);
});
