// The table of problems: each code renders with the data its callers give, survives the wire, and is used.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  PROBLEMS,
  Problem,
  type ProblemCode,
  problem,
  problemFromReport,
  reportProblem,
  toProblem,
} from '../../src/domain/errors.ts';

const root = join(import.meta.dirname, '../..');
const codes = Object.keys(PROBLEMS) as ProblemCode[];

/** Data keys an entry reads: found by handing it data that notes what is asked for. */
const keysOf = (code: ProblemCode): Set<string> => {
  const asked = new Set<string>();
  const note = (_: object, key: string | symbol): string | undefined => {
    if (key === 'inFile') return undefined; // apply sets it, whatever the code; its hints need no more than the others
    asked.add(String(key));
    return 'x';
  };
  const data = new Proxy({}, { get: note });
  PROBLEMS[code].message(data);
  PROBLEMS[code].hint(data);
  return asked;
};

/** Keys whose absence the entry provides for. */
const OPTIONAL: Readonly<Partial<Record<ProblemCode, readonly string[]>>> = {
  BASE_MISSING: ['count'],
  USAGE: ['command'],
  CPUSET_INVALID: ['available'],
  TENANT_MISSING: ['near'],
  TENANT_EXISTS: ['differs', 'madeFrom'],
  RULE_UNKNOWN: ['near'],
  PLAN_MISSING: ['near'],
  SHARES_EXCEED: ['when'],
  CANCELLED: ['outcome'],
  STATE_CORRUPT: ['backup'],
  STATE_NEWER: ['backup'],
};

test('every code renders message and hint without undefined once its keys are given', () => {
  for (const code of codes) {
    const optional = OPTIONAL[code] ?? [];
    const data = Object.fromEntries(
      [...keysOf(code)].filter((key) => !optional.includes(key)).map((key) => [key, `<${key}>`]),
    );
    const { message, hint } = problem(code, data);
    assert.doesNotMatch(`${message}${hint}`, /undefined|null|NaN|\[object/, code);
    assert.ok(message.length > 0 && hint.length > 0, code);
    assert.doesNotMatch(`${message}${hint}`, /\n/, code);
  }
});

test('every message shows each input it is given for the message', () => {
  const { message } = problem('KERNEL_WRITE', { path: '/sys/fs/cgroup/x/cpu.max', value: 'max 1000', errno: 'EINVAL' });
  assert.equal(message, 'writing "max 1000" to /sys/fs/cgroup/x/cpu.max: EINVAL');
});

test('every hint is something to type, to read or to do', () => {
  for (const code of codes) {
    const hint = PROBLEMS[code].hint(new Proxy({}, { get: () => 'x' }));
    assert.match(hint, /tenantctl|--|x|\.md|again|ready|backup|example|look|report|mend|free|doctor/, code);
  }
});

/** Object literals behind `problem('CODE', {`, with the keys they name; spreads and variables are left out. */
const calls = (): { path: string; code: string; text: string }[] =>
  globSync('src/**/*.{ts,tsx}', { cwd: root }).flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return [...text.matchAll(/\bproblem\(\s*'([A-Z_]+)'(?:,\s*(\{[^{}]*\}))?/g)].map((match) => ({
      path,
      code: match[1] ?? '',
      text: match[2] ?? '',
    }));
  });

test('every code that is thrown is in the table, and every code of the table is used', () => {
  const sources = globSync('src/**/*.{ts,tsx}', { cwd: root })
    .filter((path) => path !== 'src/domain/errors.ts')
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
  for (const { path, code } of calls()) assert.ok(code in PROBLEMS, `${path}: ${code}`);
  const unused = codes.filter((code) => !new RegExp(`'${code}'`).test(sources));
  assert.deepEqual(unused, []);
});

test('every call gives the keys its message and hint need', () => {
  const missing = calls().flatMap(({ path, code, text }) => {
    if (text === '' || text.includes('...')) return [];
    const optional = OPTIONAL[code as ProblemCode] ?? [];
    const needed = [...keysOf(code as ProblemCode)].filter((key) => !optional.includes(key));
    return needed
      .filter((key) => !new RegExp(`[{,\\s]${key}\\b`).test(text))
      .map((key) => `${path}: ${code} lacks ${key}`);
  });
  assert.deepEqual(missing, []);
});

test('a problem survives the wire with code, kind, message, hint and data', () => {
  const original = problem('TENANT_EXISTS', { name: 'alice', differs: 'cpu' });
  const wire = JSON.parse(JSON.stringify(reportProblem(original))) as ReturnType<typeof reportProblem>;
  const back = problemFromReport(wire);
  assert.deepEqual(reportProblem(back), reportProblem(original));
  assert.ok(back instanceof Problem);
});

test('a code from a newer daemon becomes INTERNAL with its words, not a crash', () => {
  const back = problemFromReport({
    code: 'NEW_THING' as ProblemCode,
    kind: 'failure',
    message: 'no',
    hint: '',
    data: {},
  });
  assert.equal(back.code, 'INTERNAL');
  assert.equal(back.message, 'unexpected: NEW_THING: no');
  const trap = problemFromReport({
    code: 'toString' as ProblemCode,
    kind: 'failure',
    message: 'no',
    hint: '',
    data: {},
  });
  assert.equal(trap.code, 'INTERNAL');
});

test('foreign errors keep their words and their cause; problems stay themselves', () => {
  const cause = new TypeError('boom');
  assert.equal(toProblem(cause).message, 'unexpected: boom');
  assert.equal(toProblem(cause).cause, cause);
  assert.equal(toProblem('text').message, 'unexpected: text');
  const own = problem('DAEMON_STOPPING');
  assert.equal(toProblem(own), own);
});
