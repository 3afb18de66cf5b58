// install.sh refuses what it cannot do before it has done anything, and tells every reason at once.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const root = `${import.meta.dirname}/../..`;
const temp = mkdtempSync(join(tmpdir(), 'tenantctl-install-'));
after(() => rmSync(temp, { recursive: true, force: true }));

const TOOLS = ['sh', 'sed', 'awk', 'df', 'dirname', 'cat', 'grep', 'readlink', 'find', 'sort', 'xargs', 'sha256sum'];
const MORE_TOOLS = [
  'cut',
  'env',
  'dpkg-query',
  'mkdir',
  'getent',
  'uname',
  'id',
  'ls',
  'tr',
  'rm',
  'cp',
  'mv',
  'ln',
  'head',
  'tail',
];

/** A PATH with the named answers of `uname` and `id`, and no package manager unless asked for. */
const buildPath = (name: string, answers: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(temp, `${name}-`));
  for (const tool of [...TOOLS, ...MORE_TOOLS]) {
    if (tool in answers) continue;
    const found = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(found, join(folder, tool));
  }
  for (const [tool, body] of Object.entries(answers)) {
    writeFileSync(join(folder, tool), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, tool), 0o755);
  }
  return folder;
};

const ROOT = 'echo 0';
const uname = (system: string, release: string, machine: string): string =>
  `case $1 in -s) echo ${system} ;; -r) echo ${release} ;; -m) echo ${machine} ;; esac`;
const GOOD = { id: ROOT, uname: uname('Linux', '6.1.0-1', 'x86_64'), 'apt-get': 'exit 0' };

const install = (answers: Readonly<Record<string, string>>, args: readonly string[]) =>
  spawnSync('/bin/sh', ['install.sh', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: buildPath('path', answers), TENANTCTL_INSTALL_PATH: 'as-given', PREFIX: join(temp, 'prefix') },
  });

test('an unknown option is refused with the usage', () => {
  const { status, stderr } = install(GOOD, ['--frobnicate']);
  assert.equal(status, 2);
  assert.match(stderr, /unknown option "--frobnicate"/);
  assert.match(stderr, /--uninstall --purge/);
});

test('--purge alone is refused: it destroys data', () => {
  const { status, stderr } = install(GOOD, ['--purge']);
  assert.equal(status, 2);
  assert.match(stderr, /--purge goes with --uninstall/);
});

test('another system than Linux is named', () => {
  const { status, stderr } = install({ ...GOOD, uname: uname('Darwin', '24.0', 'arm64') }, []);
  assert.equal(status, 2);
  assert.match(stderr, /this is Darwin, not Linux/);
});

test('who is not root is told what to type, and nothing was changed', () => {
  const { status, stdout, stderr } = install({ ...GOOD, id: 'echo 1000' }, []);
  assert.equal(status, 2);
  assert.match(stderr, /not root/);
  assert.match(stderr, /sudo \.\/install\.sh/);
  assert.match(stderr, /nothing was changed/);
  assert.equal(stdout, '');
});

test('all that is missing is told at once', () => {
  const { status, stderr } = install({ id: 'echo 1000', uname: uname('Linux', '4.19.0-26-amd64', 'riscv64') }, []);
  assert.equal(status, 2);
  assert.match(stderr, /not root/);
  assert.match(stderr, /kernel 4\.19\.0-26-amd64 is too old/);
  assert.match(stderr, /riscv64/);
  assert.match(stderr, /no package manager/);
});

for (const [release, verdict] of [
  ['5.3.18', 'too old'],
  ['5.4.0', 'copy'],
  ['5.18.19-rc1', 'copy'],
  ['5.19.0', 'good'],
  ['6.18', 'good'],
  ['10.0.1-generic', 'good'],
] as const) {
  test(`kernel ${release} is judged: ${verdict}`, () => {
    const { status, stderr } = install({ ...GOOD, uname: uname('Linux', release, 'x86_64') }, ['--dry-run']);
    assert.equal(status, verdict === 'too old' ? 2 : 0, stderr);
    assert.equal(/too old/.test(stderr), verdict === 'too old');
    assert.equal(/gets a copy of its base/.test(stderr), verdict === 'copy');
  });
}

test('a dry run needs no root and prints every action with a plus', () => {
  const { status, stdout } = install({ ...GOOD, id: 'echo 1000' }, ['--dry-run', '--demo']);
  assert.equal(status, 0);
  assert.match(stdout, /^\+ .*apply .*three-friends\.yaml$/m);
  assert.match(stdout, /^\+ mv .*tenantctl\.new .*lib\/tenantctl$/m);
});
