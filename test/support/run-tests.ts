// Runs the checks named as arguments one after the other and ends with the line `N passed, N failed`.
//   lint types docs unit host install vm nested; a folder or file of test/ may be named as well

import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const root = `${import.meta.dirname}/../..`;
process.chdir(root);
/** Folders with tests that need more than a checkout: each is a check of its own. */
const SPECIAL = ['host', 'install', 'vm', 'nested'];
/** No file takes as long as this, even on a busy machine; one that hangs must not hang CI. */
const UNIT_TIMEOUT_MS = 3 * 60_000;
const REAL_TIMEOUT_MS = 15 * 60_000;

const bin = (name: string): string => `node_modules/.bin/${name}`;
const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** A program that passes or fails as a whole. */
const runCommand = (program: string, args: readonly string[]): Tally => {
  const ended = spawnSync(program, args, { stdio: 'inherit' });
  const ok = ended.status === 0;
  console.log(`${ok ? '✔' : '✖'} ${program} ${args.join(' ').slice(0, 80)}`);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
};

const runFiles = async (files: readonly string[], concurrency: number, timeout: number): Promise<Tally> => {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const stream = run({ files: [...files], concurrency, timeout });
  let tally: Tally | undefined;
  stream.on('test:summary', ({ file, counts }) => {
    if (file !== undefined) return;
    const failed = counts.tests - counts.passed - counts.skipped - counts.todo;
    tally = { passed: counts.passed, failed, skipped: counts.skipped };
  });
  for await (const text of stream.compose(new spec())) process.stdout.write(text);
  return tally ?? { passed: 0, failed: 1, skipped: 0 };
};

const listUnit = (): string[] =>
  globSync('test/**/*.test.ts')
    .filter((file) => !SPECIAL.includes(file.split('/')[1] ?? ''))
    .sort();

const SHELL_FILES = [
  'install.sh',
  '.ci/run',
  'scripts/*.sh',
  'test/{lab,vm,nested,install}/*.sh',
  'packaging/**/*.sh',
  'src/**/*.sh',
];

const lint = (): Tally => {
  const scripts = globSync(SHELL_FILES);
  const code = runCommand(bin('biome'), ['check', '--error-on-warnings', '.']);
  if (spawnSync('shellcheck', ['--version']).status !== 0) return code;
  return add(code, runCommand('shellcheck', ['-x', '--severity=warning', ...scripts]));
};

const docs = (): Tally =>
  existsSync('scripts/docs.ts')
    ? runCommand(process.execPath, ['scripts/docs.ts', '--check'])
    : { passed: 0, failed: 0, skipped: 0 };

const CHECKS: Readonly<Record<string, () => Tally | Promise<Tally>>> = {
  lint,
  types: () => runCommand(bin('tsc'), ['--noEmit']),
  docs,
  unit: () => runFiles(listUnit(), 2, UNIT_TIMEOUT_MS),
};

const runCheck = (name: string): Tally | Promise<Tally> => {
  const check = CHECKS[name];
  if (check) return check();
  if (name.endsWith('.test.ts')) return runFiles([name], 1, REAL_TIMEOUT_MS);
  const folder = name.startsWith('test/') ? name : `test/${name}`;
  if (!existsSync(folder)) return { passed: 0, failed: 0, skipped: 0 };
  return runFiles(globSync(`${folder}/**/*.test.ts`).sort(), 1, REAL_TIMEOUT_MS);
};

// where boxes hand each other the bases they built; on the file system on which they live
const bases = mkdtempSync('/var/tmp/tenantctl-bases-');
process.env['TENANTCTL_TEST_BASES'] = bases;
process.on('exit', () => rmSync(bases, { recursive: true, force: true }));

let total: Tally = { passed: 0, failed: 0, skipped: 0 };
if (process.env['TENANTCTL_TEST_ENV'] === 'lab') {
  // not into the checkout, which may be read-only there; beside it the packages that are not bundled
  const built = mkdtempSync('/var/tmp/tenantctl-dist-');
  symlinkSync(resolve('node_modules'), `${built}/node_modules`);
  total = add(total, runCommand(process.execPath, ['scripts/build.ts', '--out', `${built}/dist`]));
  process.env['TENANTCTL_TEST_MAIN'] = `${built}/dist/main.js`;
}
for (const name of process.argv.slice(2)) {
  console.log(`== ${name}`);
  total = add(total, await runCheck(name));
}
if (total.skipped > 0) console.log(`${total.skipped} skipped, each with its reason above`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
