// The launcher, with a stand-in for lxc-attach that says what it was called with; the real one is in test/host.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';

const launcher = resolve(import.meta.dirname, '../../src/cli/launcher.sh');

describe('the launcher', () => {
  let box = '';
  const put = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(join(box, path, '..'), { recursive: true });
    writeFileSync(join(box, path), text);
    chmodSync(join(box, path), mode);
  };
  const run = (
    args: string[],
    env: Record<string, string> = {},
  ): { status: number | null; out: string; err: string } => {
    const ended = spawnSync(join(box, 'bin/tenantctl'), args, {
      encoding: 'utf8',
      cwd: box,
      env: { PATH: `${box}/bin:/usr/bin:/bin`, TENANTCTL_RUN: `${box}/run`, TERM: 'vt100', ...env },
    });
    return { status: ended.status, out: ended.stdout, err: ended.stderr };
  };
  const makeTenant = (state: string): void => {
    put('run/tenants/alice/lxcpath', `${box}/lxc\n`);
    put('run/tenants/alice/freezer', `${box}/cg/freezer/x/payload/freezer.state\n`);
    put('run/tenants/alice/freezer_frozen', 'FROZEN\n');
    put('cg/freezer/x/payload/freezer.state', `${state}\n`);
    put('cg/freezer/x/payload/ns/cgroup.procs', '17\n');
    put('cg/pids/x/payload/pids.max', '100\n');
    put('cg/pids/x/payload/pids.current', '10\n');
  };

  before(() => {
    box = mkdtempSync('/tmp/tenantctl-launcher-');
    const say = (name: string): string =>
      `#!/bin/sh\nprintf '${name}'; for word; do printf '|%s' "$word"; done; echo; pwd; exit 7\n`;
    put('bin/lxc-attach', say('attach'), 0o755);
    put('app/node', say('node'), 0o755);
    put('app/dist/main.js', '');
    put('app/tenantctl', '');
    rmSync(join(box, 'app/tenantctl'));
    symlinkSync(launcher, join(box, 'app/launcher-link'));
    spawnSync('cp', [launcher, join(box, 'app/tenantctl')]);
    symlinkSync('../app/tenantctl', join(box, 'bin/tenantctl'));
  });
  after(() => rmSync(box, { recursive: true }));

  const attach = (): string =>
    `attach|-P|${box}/lxc|-n|alice|--clear-env|--set-var|TERM=vt100|--set-var|HOME=/root|--set-var|USER=root|--set-var|LOGNAME=root` +
    '|--set-var|LANG=C.UTF-8|--set-var|SHELL=/bin/sh|--set-var|PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|--';

  it('says in its own words that a command is not there or cannot be run, and nothing of one that is', () => {
    makeTenant('THAWED');
    const root = 'lxc/alice/root/usr/bin';
    put(`${root}/true`, '', 0o755);
    put(`${root}/notes`, '', 0o644);
    const end = (status: number): string => `#!/bin/sh\n[ "$1" = -q ] && echo quiet\nexit ${status}\n`;
    const attempt = (status: number, command: string): { status: number | null; out: string; err: string } => {
      put('other/lxc-attach', end(status), 0o755);
      return run(['exec', 'alice', '--', command], { PATH: `${box}/other:/usr/bin:/bin` });
    };
    assert.deepEqual(attempt(127, 'true'), { status: 127, out: '', err: '' }, 'the status is its own');
    assert.deepEqual(attempt(126, '/usr/bin/true'), { status: 126, out: '', err: '' });
    const missing = attempt(127, 'nope');
    assert.deepEqual([missing.status, missing.out], [127, 'quiet\n']);
    assert.match(missing.err, /^tenantctl: there is no command "nope" in tenant "alice"\nhint: .*shell alice/);
    for (const command of ['notes', '/usr']) {
      const refused = attempt(126, command);
      assert.equal(refused.status, 126);
      assert.match(refused.err, /^tenantctl: ".*" in tenant "alice" is a folder, or may not be executed\nhint: /);
    }
    assert.deepEqual(attempt(5, '/mounted/inside/only'), { status: 5, out: 'quiet\n', err: '' });
    rmSync(join(box, 'lxc'), { recursive: true });
  });

  it('follows no link of a tenant to find a command: they would lead about the host', () => {
    makeTenant('THAWED');
    put('lxc/alice/root/usr/bin/true', '', 0o755);
    put('host/tool', '', 0o755);
    symlinkSync(join(box, 'host'), join(box, 'lxc/alice/root/bin'));
    symlinkSync('/nowhere/at/all', join(box, 'lxc/alice/root/usr/bin/linked'));
    put('other/lxc-attach', '#!/bin/sh\n[ "$1" = -q ] && echo quiet\nexit 0\n', 0o755);
    const quietFor = (command: string): boolean =>
      run(['exec', 'alice', '--', command], { PATH: `${box}/other:/usr/bin:/bin` }).out !== '';
    assert.equal(quietFor('tool'), true, 'by a folder that is a link');
    assert.equal(quietFor('linked'), false, 'a link in its place is there, wherever it leads');
    assert.equal(quietFor('/bin/tool'), false, 'nobody looks behind the link');
    rmSync(join(box, 'lxc'), { recursive: true });
  });

  it('hands words to lxc-attach as they are, from the root folder, and ends with its status', () => {
    makeTenant('THAWED');
    const { status, out } = run(['exec', 'alice', '--', 'echo', 'a b', '$(id)', '*', '', '--help']);
    assert.equal(out, `${attach()}|echo|a b|$(id)|*||--help\n/\n`);
    assert.equal(status, 7);
    assert.equal(run(['exec', 'alice', 'ls', '--', 'x']).out, `${attach()}|ls|--|x\n/\n`);
  });

  it('tells how many threads the CPU limit lets run, where the daemon says so', () => {
    makeTenant('THAWED');
    put('run/tenants/alice/threads', '2\n');
    const said = attach().replace('|--set-var|PATH=', '|--set-var|OMP_THREAD_LIMIT=2|--set-var|PATH=');
    assert.equal(run(['exec', 'alice', '--', 'nproc']).out, `${said}|nproc\n/\n`);
    rmSync(join(box, 'run/tenants/alice/threads'));
    assert.equal(run(['exec', 'alice', '--', 'nproc']).out, `${attach()}|nproc\n/\n`);
  });

  it('gives everything it does not know to Node, word by word', () => {
    makeTenant('THAWED');
    for (const words of [
      [],
      ['ls', '--json'],
      ['exec'],
      ['exec', 'alice'],
      ['exec', 'alice', '--'],
      ['exec', 'alice', '--help'],
      ['--json', 'exec', 'alice', '--', 'id'],
      ['exec', '../../etc', '--', 'id'],
      ['exec', 'Alice', '--', 'id'],
      ['exec', 'alice/', '--', 'id'],
      ['exec', 'a'.repeat(31), '--', 'id'],
      ['exec', 'bob', '--', 'id'],
      ['shell', 'alice', 'more'],
      ['shell', '--help'],
    ]) {
      const { out, status } = run(words);
      assert.equal(out.split('\n')[0], ['node', `${box}/bin/../app/dist/main.js`, ...words].join('|'));
      assert.equal(status, 7);
    }
  });

  it('never enters a frozen tenant, nor one without an init', () => {
    makeTenant('FROZEN');
    assert.match(run(['exec', 'alice', '--', 'id']).out, /^node\|/);
    makeTenant('THAWED');
    put('cg/freezer/x/payload/ns/cgroup.procs', '');
    assert.match(run(['exec', 'alice', '--', 'id']).out, /^node\|/);
  });

  it('reads cgroup v2 by its own files', () => {
    makeTenant('THAWED');
    put('run/tenants/alice/freezer', `${box}/cg2/payload/cgroup.freeze\n`);
    put('run/tenants/alice/freezer_frozen', '1\n');
    put('cg2/payload/cgroup.freeze', '0\n');
    put('cg2/payload/cgroup.events', 'populated 1\nfrozen 0\n');
    put('cg2/payload/pids.max', 'max\n');
    assert.match(run(['exec', 'alice', '--', 'id']).out, /^attach\|/);
    put('cg2/payload/cgroup.freeze', '1\n');
    assert.match(run(['exec', 'alice', '--', 'id']).out, /^node\|/);
    put('cg2/payload/cgroup.freeze', '0\n');
    put('cg2/payload/cgroup.events', 'populated 0\nfrozen 0\n');
    assert.match(run(['exec', 'alice', '--', 'id']).out, /^node\|/);
  });

  it('tells a tenant without free processes from a command that fails', () => {
    makeTenant('THAWED');
    put('cg/pids/x/payload/pids.current', '99\n');
    const { status, err } = run(['exec', 'alice', '--', 'id']);
    assert.equal(status, 126);
    assert.match(err, /uses 99 of its 100 processes: no command can start\nhint: tenantctl set alice --pids 200/);
  });

  it('a shell starts in the home of root, bash where there is one', () => {
    makeTenant('THAWED');
    assert.equal(
      run(['shell', 'alice']).out,
      `${attach()}|/bin/sh|-c|cd; [ -x /bin/bash ] && exec /bin/bash -l; exec /bin/sh -l\n/\n`,
    );
  });
});
