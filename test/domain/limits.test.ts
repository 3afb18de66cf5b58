// Limits as people type them: defaults, bounds, what lifts them, what is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../../src/domain/errors.ts';
import {
  DEFAULT_LIMITS,
  diffLimits,
  formatLimit,
  LIMIT_FLAGS,
  type LimitsInput,
  parseLimits,
} from '../../src/domain/limits.ts';
import { GiB, MiB } from '../../src/domain/units.ts';

const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;

test('nothing typed gives the defaults', () => {
  assert.deepEqual(parseLimits({}), DEFAULT_LIMITS);
  assert.deepEqual(DEFAULT_LIMITS, {
    cpu: null,
    cpuWeight: 100,
    memory: 536_870_912,
    swap: 0,
    disk: 5_368_709_120,
    pids: 512,
    ioRead: null,
    ioWrite: null,
    cpuset: null,
  });
});

test('the example of the help text reads as written', () => {
  const typed: LimitsInput = {
    cpu: '1',
    memory: '512M',
    disk: '5G',
    pids: '512',
    cpuWeight: '100',
    swap: '0',
    ioRead: '50M',
    ioWrite: '50M',
    cpuset: '0',
  };
  assert.deepEqual(parseLimits(typed), {
    cpu: 1000,
    cpuWeight: 100,
    memory: 512 * MiB,
    swap: 0,
    disk: 5 * GiB,
    pids: 512,
    ioRead: 50 * MiB,
    ioWrite: 50 * MiB,
    cpuset: '0',
  });
});

test('what is not typed stays as it was', () => {
  const before = parseLimits({ cpu: 2, memory: '1G', pids: 64 });
  assert.deepEqual(parseLimits({ cpu: '0.5' }, before), { ...before, cpu: 500 });
  assert.deepEqual(parseLimits({ cpu: undefined }, before), before);
});

test('max, none and null lift a limit that can be lifted', () => {
  for (const none of ['max', 'none', null]) {
    const limits = parseLimits({ cpu: none, memory: none, pids: none, ioRead: none, ioWrite: none, cpuset: none });
    assert.deepEqual(
      [limits.cpu, limits.memory, limits.pids, limits.ioRead, limits.ioWrite, limits.cpuset],
      Array(6).fill(null),
    );
  }
  assert.throws(() => parseLimits({ disk: 'max' }), isProblem('SIZE_INVALID'));
  assert.throws(() => parseLimits({ swap: 'none' }), isProblem('SIZE_INVALID'));
  assert.throws(() => parseLimits({ cpuWeight: 'max' }), isProblem('NUMBER_RANGE'));
});

const WRONG: readonly (readonly [LimitsInput, string])[] = [
  [{ cpu: '0' }, 'CPU_INVALID'],
  [{ cpu: 0 }, 'CPU_INVALID'],
  [{ cpu: '-1' }, 'CPU_INVALID'],
  [{ cpu: '1\n' + '2' }, 'CPU_INVALID'],
  [{ memory: '1' }, 'SIZE_RANGE'],
  [{ memory: 0 }, 'SIZE_RANGE'],
  [{ memory: '15M' }, 'SIZE_RANGE'],
  [{ memory: '65T' }, 'SIZE_RANGE'],
  [{ memory: '１G' }, 'SIZE_INVALID'],
  [{ disk: '10P' }, 'SIZE_INVALID'],
  [{ disk: '17T' }, 'SIZE_RANGE'],
  [{ disk: '31M' }, 'SIZE_RANGE'],
  [{ disk: '../x' }, 'SIZE_INVALID'],
  [{ disk: '9'.repeat(200) }, 'SIZE_INVALID'],
  [{ pids: '15' }, 'NUMBER_RANGE'],
  [{ pids: '4194305' }, 'NUMBER_RANGE'],
  [{ pids: '1e3' }, 'NUMBER_RANGE'],
  [{ pids: '64.5' }, 'NUMBER_RANGE'],
  [{ pids: 64.5 }, 'NUMBER_RANGE'],
  [{ pids: '' }, 'NUMBER_RANGE'],
  [{ pids: '99999999999999999999' }, 'NUMBER_RANGE'],
  [{ cpuWeight: 0 }, 'NUMBER_RANGE'],
  [{ cpuWeight: 10_001 }, 'NUMBER_RANGE'],
  [{ swap: '-1' }, 'SIZE_INVALID'],
  [{ ioRead: '1' }, 'SIZE_RANGE'],
  [{ ioWrite: '2T' }, 'SIZE_RANGE'],
  [{ cpuset: '' }, 'CPUSET_INVALID'],
  [{ cpuset: '0\0' }, 'CPUSET_INVALID'],
  [{ cpuset: 1.5 }, 'CPUSET_INVALID'],
];

test('each wrong value is refused with its code', () => {
  for (const [input, code] of WRONG) assert.throws(() => parseLimits(input), isProblem(code), JSON.stringify(input));
});

test('a range error says the field, the value, the bounds and an example that is accepted', () => {
  for (const input of [
    { memory: '1' },
    { disk: '17T' },
    { pids: '1' },
    { cpuWeight: 0 },
    { ioRead: 1 },
    { ioWrite: 1 },
  ]) {
    const [field, value] = Object.entries(input)[0] ?? ['', ''];
    assert.throws(
      () => parseLimits(input),
      (thrown) => {
        const { message, hint, data } = thrown as Problem;
        assert.ok(message.includes(String(value)), message);
        assert.ok(hint.startsWith(`try --${LIMIT_FLAGS[field as keyof typeof LIMIT_FLAGS]} `), hint);
        assert.doesNotThrow(() => parseLimits({ [field]: data['example'] }));
        return true;
      },
    );
  }
});

test('limits lie within the kernel-near bounds whatever is typed, or nothing is returned', () => {
  const value = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.integer(),
    fc.double(),
    fc.stringMatching(/^\d{1,8}(\.\d)?[KMGT%m]?$/),
  );
  fc.assert(
    fc.property(fc.record({ cpu: value, memory: value, pids: value, disk: value }, { requiredKeys: [] }), (input) => {
      let limits: ReturnType<typeof parseLimits>;
      try {
        limits = parseLimits(input);
      } catch (error) {
        assert.ok(error instanceof Problem, String(error));
        return;
      }
      assert.ok(limits.cpu === null || (Number.isSafeInteger(limits.cpu) && limits.cpu >= 10));
      assert.ok(limits.memory === null || (Number.isSafeInteger(limits.memory) && limits.memory >= 16 * MiB));
      assert.ok(limits.pids === null || (limits.pids >= 16 && limits.pids <= 4_194_304));
      assert.ok(Number.isSafeInteger(limits.disk) && limits.disk >= 32 * MiB && limits.disk <= 16 * 1024 * GiB);
    }),
  );
});

test('limits print as they are typed', () => {
  const limits = parseLimits({ cpu: '1.5', memory: '512M', cpuset: '1,0', ioRead: null });
  assert.equal(formatLimit('cpu', limits), '1.5');
  assert.equal(formatLimit('memory', limits), '512M');
  assert.equal(formatLimit('cpuset', limits), '0-1');
  assert.equal(formatLimit('ioRead', limits), 'max');
  assert.equal(formatLimit('pids', limits), '512');
  assert.equal(formatLimit('cpuWeight', limits), '100');
  assert.equal(formatLimit('swap', limits), '0');
});

test('a difference names exactly the limits that differ', () => {
  const a = parseLimits({});
  assert.deepEqual(diffLimits(a, a), []);
  assert.deepEqual(diffLimits(a, { ...a, cpu: 10, disk: a.disk + 1 }), ['cpu', 'disk']);
  assert.deepEqual(diffLimits(a, parseLimits({ memory: '512M' })), []);
});
