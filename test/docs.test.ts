// The docs say what the code does: every code and command is there, nothing else is, and examples parse.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { PROGRAM_VERSION } from '../src/api/version.ts';
import { COMMANDS, publicNames } from '../src/cli/commands.ts';
import { loadDefinitions } from '../src/cli/help.ts';
import { buildCliPage, buildErrorsPage } from '../src/cli/pages/markdown.ts';
import { parseInput, pickCommand, splitGlobals } from '../src/cli/parse.ts';
import { parseTenantFile } from '../src/cli/tenant-file.ts';
import { capOfBudget } from '../src/domain/budgets.ts';
import { CREDIT_USEC, capOfCredits } from '../src/domain/credits.ts';
import { PROBLEMS } from '../src/domain/errors.ts';
import { formatRule, RULE_FLAGS, RULE_KEYS } from '../src/domain/rule-values.ts';
import { DEFAULT_RULES } from '../src/domain/rules.ts';
import { formatCpu } from '../src/domain/units.ts';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(resolve(root, path), 'utf8');

/** The numbers in the cells of the row that begins so. */
const numbersOf = (page: string, row: string): number[] =>
  (page.split('\n').find((line) => line.startsWith(`| ${row} |`)) ?? '').split('|').flatMap((cell) => {
    const number = /^ ([\d.]+)(?: %)? $/.exec(cell)?.[1];
    return number === undefined ? [] : [Number(number)];
  });

describe('docs/quotas.md', () => {
  const page = read('docs/quotas.md');

  it('has every rule with its default', () => {
    for (const key of RULE_KEYS) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${RULE_FLAGS[key]}\` |`));
      assert.equal(row?.split('|')[3]?.trim(), `\`${formatRule(key, DEFAULT_RULES[key])}\``, RULE_FLAGS[key]);
    }
  });

  it('has figures that the code gives', () => {
    const caps = [...page.matchAll(/^\| cap, cores \|.*$/gm)].map(([line]) =>
      numbersOf(line, 'cap, cores').map(String),
    );
    const rule = { baseline: 500, burst: 2000 };
    const credits = numbersOf(page, 'credits').map((left) => capOfCredits(left * CREDIT_USEC, rule, undefined));
    const spent = numbersOf(page, 'spent').map((percent) =>
      capOfBudget(percent / 100, 1000, DEFAULT_RULES.budgetFloor),
    );
    assert.deepEqual([credits.length, spent.length], [5, 6]);
    assert.deepEqual(caps, [credits.map(formatCpu), spent.map(formatCpu)]);
  });

  it('shows only files that are taken', () => {
    const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block);
    assert.equal(blocks.length, 2);
    for (const block of blocks) {
      const file = block.startsWith('windows:') ? `plans:\n  p:\n${block.replace(/^/gm, '    ')}` : block;
      assert.doesNotThrow(() => parseTenantFile(file, 'quotas.md'), block);
    }
  });
});

describe('the docs', () => {
  it('are as the code makes them (npm run docs)', async () => {
    const isFresh = read('docs/cli.md') === buildCliPage(await loadDefinitions(publicNames()));
    assert.ok(isFresh, 'docs/cli.md is stale; run: npm run docs');
    assert.ok(read('docs/errors.md') === buildErrorsPage(), 'docs/errors.md is stale; run: npm run docs');
  });

  it('list every code of a problem, and each code is thrown somewhere', () => {
    const code = globSync('src/**/*.ts', { cwd: root })
      .filter((path) => !path.endsWith('domain/errors.ts'))
      .map(read)
      .join('\n');
    for (const name of Object.keys(PROBLEMS)) {
      assert.match(read('docs/errors.md'), new RegExp(`^## ${name}$`, 'm'));
      assert.ok(code.includes(`'${name}'`), `${name} is thrown nowhere`);
    }
  });

  it('give the version of package.json', () => {
    assert.equal((JSON.parse(read('package.json')) as { version: string }).version, PROGRAM_VERSION);
  });

  it('show only command lines that parse', async () => {
    const pages = ['README.md', ...globSync('docs/*.md', { cwd: root })].map(read).join('\n');
    const blocks = [...pages.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block ?? '').join('\n');
    const lines = [...blocks.matchAll(/^(?:sudo )?tenantctl (.*?)(?: {2,}#.*)?$/gm)].map(([, words]) => words ?? '');
    assert.ok(lines.length > 30);
    for (const line of lines) {
      const words = line.replace(/ [<>|].*$/, '').split(' ');
      const { globals, words: rest } = splitGlobals(words);
      parseInput({ name: '' }, globals);
      if (rest.length === 0) continue;
      const picked = pickCommand(rest, Object.keys(COMMANDS));
      const def = await COMMANDS[picked.name]?.();
      assert.ok(def);
      assert.doesNotThrow(() => parseInput(def, picked.rest), line);
    }
  });
});
