// Files of tenants: what they may say, and the line of each mistake.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseTenantFile } from '../../src/cli/tenant-file.ts';
import { Problem } from '../../src/domain/errors.ts';

const failOf = (text: string): { code: string; message: string; hint: string } => {
  try {
    parseTenantFile(text, 'f.yaml');
  } catch (error) {
    assert.ok(error instanceof Problem, String(error));
    return { code: error.code, message: error.message, hint: error.hint };
  }
  return assert.fail(`accepted: ${text.slice(0, 80)}`);
};

describe('a file of tenants', () => {
  it('is a list or a mapping, with keys in both spellings', () => {
    const list = 'tenants:\n  - name: alice\n    cpu: 0.5\n    cpu-weight: 200\n    memory: 512M\n    start: false\n';
    const map = 'tenants:\n  alice:\n    cpu: 0.5\n    cpuWeight: 200\n    memory: 512M\n    start: false\n  bob:\n';
    const alice = { name: 'alice', start: false, limits: { cpu: 0.5, cpuWeight: 200, memory: '512M' } };
    assert.deepEqual(parseTenantFile(list, 'f.yaml').tenants, [alice]);
    assert.deepEqual(parseTenantFile(map, 'f.yaml').tenants, [alice, { name: 'bob' }]);
  });

  it('carries every field of a request', () => {
    const text =
      'tenants:\n  a:\n    {template: debian, restart-policy: never, best-effort: true, overcommit: true, io-read: 5M, cpuset: "0", pids: null}\n';
    assert.deepEqual(parseTenantFile(text, 'f.yaml').tenants, [
      {
        name: 'a',
        template: 'debian',
        restart: 'never',
        bestEffort: true,
        overcommit: true,
        limits: { ioRead: '5M', cpuset: '0', pids: null },
      },
    ]);
  });

  it('names the line, the key and a near one when a key is unknown', () => {
    const { code, message, hint } = failOf('tenants:\n  alice:\n    cpu: 1\n    memmory: 1G\n');
    assert.equal(code, 'FIELD_UNKNOWN');
    assert.equal(message, 'f.yaml:4: unknown key "memmory"');
    assert.match(hint, /^known keys: name, template, cpu, .*\(did you mean memory\?\)$/);
  });

  it('names the line and the reason when a value is wrong', () => {
    assert.equal(
      failOf('tenants:\n  alice:\n    disk: 20T\n').message,
      'f.yaml:3: "20T" is not valid for disk: disk 20T is out of range: it must be between 32M and 16T',
    );
    for (const line of [
      'cpu: 0',
      'memory: 1',
      'pids: many',
      'start: yes',
      'restart-policy: 3',
      'cpu: [1]',
      'template: 5',
      'memory: true',
    ])
      assert.equal(failOf(`tenants:\n  alice:\n    ${line}\n`).code, 'FIELD_INVALID', line);
    assert.equal(failOf('tenants:\n  ../x: {}\n').code, 'FIELD_INVALID');
    assert.equal(failOf('tenants:\n - name: Alice\n').code, 'FIELD_INVALID');
  });

  it('refuses what is no such file', () => {
    for (const text of [
      '',
      'tenants',
      '[]',
      'tenants: 5',
      'tenants:',
      'tenants: [5]',
      'tenants: [{cpu: 1}]',
      'tenants:\n  a: {}\n  a: {}\n',
      'tenants: [{name: a}, {name: a}]',
      'tenants: {a: {cpu-weight: 5, cpuWeight: 5}}',
      'tenants: {a: {cpu: !!js/function "x"}}',
      'tenants: {? [a] : {}}',
      '"unclosed',
      'a: b: c',
      '\0',
      `tenants: {${Array.from({ length: 1025 }, (_, i) => `a${i}: {}`).join(', ')}}`,
    ])
      assert.equal(failOf(text).code, 'FILE_INVALID', JSON.stringify(text).slice(0, 60));
    assert.equal(failOf('tenants: {}\nother: 1\n').code, 'FIELD_UNKNOWN');
  });

  it('says in words of its own what the library says to programmers', () => {
    assert.match(failOf('['.repeat(100_000)).message, /^f\.yaml(:1)?: it is nested too deeply$/);
    assert.match(failOf('tenants: {}\n---\ntenants: {}\n').message, /^f\.yaml:\d: it holds more than one document/);
  });

  it('refuses aliases before anything grows: the bomb of nine lists of nine', () => {
    const lines = ['a: &a ["lol","lol","lol","lol","lol","lol","lol","lol","lol"]'];
    for (const [from, to] of [...'abcdefgh'].map((letter, i) => [letter, 'bcdefghi'[i]] as const))
      lines.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(',')}]`);
    const { code, message } = failOf(lines.join('\n'));
    assert.equal(code, 'FILE_INVALID');
    assert.match(message, /^f\.yaml:2: aliases/);
  });

  it('refuses a file of brackets only', () => {
    assert.equal(failOf('['.repeat(100_000)).code, 'FILE_INVALID');
    assert.equal(failOf(`tenants: ${'{a: '.repeat(20_000)}`).code, 'FILE_INVALID');
  });

  it('a key like __proto__ is just unknown', () => {
    assert.equal(failOf('tenants: {a: {__proto__: {cpu: 1}}}').code, 'FIELD_UNKNOWN');
    assert.equal(failOf('tenants: {a: {constructor: 1}}').code, 'FIELD_UNKNOWN');
  });

  it('carries plans, and the plan and the rules of a tenant', () => {
    const text = [
      'plans:',
      '  third: {share: 1/3, score: off, budgetCpu: 40h/week}',
      '  empty: {}',
      'tenants:',
      '  alice:',
      '    plan: third',
      '    rules:',
      '      share: 0.25',
      '      credits: null',
      '      exempt: [gcc, cc1]',
      '      windows:',
      '        - "nights: * 22-23,0-5 * * * cpu=max"',
      '        - "exam: * 8-11 * 6 * share=50%"',
      '  bob: {plan: none, rules: {share: inherit, exempt: []}}',
    ].join('\n');
    assert.deepEqual(parseTenantFile(text, 'f.yaml'), {
      plans: [
        { name: 'third', rules: { share: '1/3', score: 'off', 'budget-cpu': '40h/week' } },
        { name: 'empty', rules: {} },
      ],
      tenants: [
        {
          name: 'alice',
          plan: 'third',
          rules: {
            share: '0.25',
            credits: null,
            exempt: 'gcc,cc1',
            windows: 'nights: * 22-23,0-5 * * * cpu=max; exam: * 8-11 * 6 * share=50%',
          },
        },
        { name: 'bob', plan: null, rules: { share: null, exempt: 'none' } },
      ],
    });
    assert.deepEqual(parseTenantFile('plans: {a: {share: 5%}}', 'f.yaml').tenants, []);
  });

  it('names the line and the reason of a rule that is wrong', () => {
    assert.equal(
      failOf('plans:\n  big:\n    share: 3/2\n').message,
      'f.yaml:3: "3/2" is not valid for share: it is more than the whole house',
    );
    const conflict = 'plans:\n  p:\n    windows: ["a: * 1 * * * cpu=1", "b: * * * * * cpu=2"]\n';
    assert.match(failOf(conflict).message, /^f\.yaml:3: .*windows "a" and "b" set cpu differently/);
    for (const line of [
      'budget-cpu: 0h/week',
      'score: true',
      'share: -1',
      'share: [1/3]',
      'exempt: [[a]]',
      'credits: {}',
    ])
      assert.equal(failOf(`tenants:\n  alice:\n    rules:\n      ${line}\n`).code, 'FIELD_INVALID', line);
    const unknown = failOf('tenants:\n  alice:\n    rules:\n      shar: 1/3\n');
    assert.deepEqual([unknown.code, unknown.message], ['FIELD_UNKNOWN', 'f.yaml:4: unknown key "shar"']);
    assert.match(unknown.hint, /\(did you mean share\?\)$/);
    for (const text of [
      'plans: {../x: {}}',
      'plans: {none: {}}',
      'tenants: {a: {plan: ../x}}',
      'tenants: {a: {plan: 5}}',
    ])
      assert.equal(failOf(text).code, 'FIELD_INVALID', text);
    for (const text of [
      'plans: []',
      'plans:',
      'plans: {a: 5}',
      'tenants: {a: {rules: [x]}}',
      'plans: {a: {share-mode: off, shareMode: off}}',
      `plans: {${Array.from({ length: 257 }, (_, i) => `a${i}: {}`).join(', ')}}`,
    ])
      assert.equal(failOf(text).code, 'FILE_INVALID', text.slice(0, 40));
    assert.equal(failOf('plans: {a: {__proto__: {share: 1}}}').code, 'FIELD_UNKNOWN');
  });
});
