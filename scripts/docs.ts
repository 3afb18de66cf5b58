// Texts made from the code. Without arguments: docs/cli.md and docs/errors.md; --check says whether they are stale;
// --out FOLDER writes the man page and the completion scripts there.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PROGRAM_VERSION } from '../src/api/version.ts';
import { publicNames } from '../src/cli/commands.ts';
import { loadDefinitions } from '../src/cli/help.ts';
import { buildBashCompletion } from '../src/cli/pages/bash.ts';
import { buildFishCompletion } from '../src/cli/pages/fish.ts';
import { buildManPage } from '../src/cli/pages/man.ts';
import { buildCliPage, buildErrorsPage } from '../src/cli/pages/markdown.ts';
import { buildZshCompletion } from '../src/cli/pages/zsh.ts';

const root = resolve(import.meta.dirname, '..');
const { values } = parseArgs({ options: { check: { type: 'boolean' }, out: { type: 'string' } } });
const defs = await loadDefinitions(publicNames());

const committed: Readonly<Record<string, string>> = {
  'docs/cli.md': buildCliPage(defs),
  'docs/errors.md': buildErrorsPage(),
};

const shared: Readonly<Record<string, string>> = {
  'tenantctl.1': buildManPage(defs, PROGRAM_VERSION),
  'completions/bash': buildBashCompletion(defs),
  'completions/zsh': buildZshCompletion(defs),
  'completions/fish': buildFishCompletion(defs),
};

const write = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    console.log(`wrote ${name}`);
  }
};

const readIfAny = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const check = (): void => {
  const stale = Object.entries(committed).filter(([name, text]) => readIfAny(join(root, name)) !== text);
  for (const [name] of stale) console.error(`${name} is stale; run: npm run docs`);
  process.exitCode = stale.length === 0 ? 0 : 1;
};

if (values.check) check();
else if (values.out === undefined) write(root, committed);
else write(resolve(values.out), shared);
