// Whole runs of commands against a real socket: what is sent, what is printed, what status comes back.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMMANDS, publicNames } from '../../src/cli/commands.ts';
import { EXIT_STATUS } from '../../src/cli/exit-status.ts';
import { loadDefinitions } from '../../src/cli/help.ts';
import { type Answer, aTenant, aTop, fail, reply, stream } from '../support/fake-daemon.ts';
import { type How, runCommand } from '../support/run-command.ts';
import { runWithDaemon } from '../support/with-daemon.ts';

const done = (result: object) => ({ type: 'done', result });
const step = (index: number, text: string) => ({ type: 'step', tenant: 'alice', index, total: 2, text });

describe('commands', () => {
  it('add sends what was typed and says what it got', async () => {
    const ran = await runWithDaemon(
      {
        'POST /v1/tenants': stream(
          step(1, 'creating the disk'),
          step(2, 'starting'),
          done({ ...aTenant(), created: true }),
        ),
      },
      ['add', 'alice', '--cpu', '1', '--memory=512M', '--disk', '5G', '--restart-policy', 'never', '--overcommit'],
    );
    assert.equal(ran.err, 'alice [1/2] creating the disk\nalice [2/2] starting\nnext: sudo tenantctl shell alice\n');
    assert.equal(ran.out, 'alice is running: cpu 1, memory 512M, disk 5G, pids 512, address 10.96.0.3\n');
    assert.equal(ran.status, 0);
    assert.deepEqual(ran.seen[0], {
      method: 'POST',
      path: '/v1/tenants',
      api: '1',
      body: { name: 'alice', limits: { cpu: '1', memory: '512M', disk: '5G' }, restart: 'never', overcommit: true },
    });
  });

  it('a relative tarball is meant from where the command runs', async () => {
    const ran = await runWithDaemon(
      { 'POST /v1/tenants': stream(done({ ...aTenant(), created: true })) },
      ['add', 'alice', '--template', 'tar:x.tgz', '--no-start'],
      { cwd: '/home/me' },
    );
    assert.deepEqual(ran.seen[0]?.body, { name: 'alice', template: 'tar:/home/me/x.tgz', start: false });
  });

  it('progress is one line that is drawn over on a terminal, and nothing with --json', async () => {
    const answers = { 'POST /v1/tenants/alice/start': stream(step(1, 'a\u001b[31m'), step(2, 'b'), done(aTenant())) };
    const live = await runWithDaemon(answers, ['start', 'alice'], { terminal: true, env: { NO_COLOR: '1' } });
    assert.equal(live.err, '\r\u001b[Kalice [1/2] a\r\u001b[Kalice [2/2] b\r\u001b[K');
    assert.equal(live.out, 'alice is running\n');
    const json = await runWithDaemon(answers, ['--json', 'start', 'alice']);
    assert.equal(json.err, '');
    assert.deepEqual(JSON.parse(json.out), { apiVersion: 1, tenant: aTenant() });
  });

  it('ls marks wishes, shows – for what is unknown, and drops columns that do not fit', async () => {
    const bob = aTenant({
      name: 'bob',
      state: 'stopped',
      usage: null,
      startedAt: null,
      unenforced: [{ limit: 'pids', why: 'no pids controller' }],
    });
    const answers = { 'GET /v1/tenants': reply({ tenants: [aTenant(), bob] }) };
    const wide = await runWithDaemon(answers, ['ls']);
    assert.equal(
      wide.out,
      [
        'NAME   STATE       CPU     MEMORY   DISK    PIDS  ADDRESS       UP',
        'alice  running  0.42/1  100M/512M  1G/5G  12/512  10.96.0.3  1m30s',
        'bob    stopped     –/1     –/512M   –/5G  –/512*  10.96.0.3      –',
        '* a wish only: this host cannot enforce it; the reason: tenantctl show NAME',
        '',
      ].join('\n'),
    );
    const narrow = await runWithDaemon(answers, ['ls', '--no-color'], { terminal: true, columns: 40 });
    assert.equal(narrow.out.split('\n')[0], 'NAME   STATE       CPU     MEMORY   DISK');
    const names = await runWithDaemon(answers, ['ls', '--names']);
    assert.equal(names.out, 'alice\nbob\n');
  });

  it('colour comes on a terminal only, and never with NO_COLOR, TERM=dumb or --no-color', async () => {
    const answers = { 'GET /v1/tenants': reply({ tenants: [aTenant()] }) };
    const colored = (how: How, ...more: string[]) => runWithDaemon(answers, ['ls', ...more], how);
    assert.equal((await colored({ terminal: true })).out.includes('\u001b[32mrunning\u001b[39m'), true);
    for (const env of [{ NO_COLOR: '1' }, { TENANTCTL_NO_COLOR: '1' }, { TERM: 'dumb' }] as Record<string, string>[])
      assert.equal((await colored({ terminal: true, env })).out.includes('\u001b'), false);
    assert.equal((await colored({ terminal: true }, '--no-color')).out.includes('\u001b'), false);
    assert.equal((await colored({})).out.includes('\u001b'), false);
  });

  it('show tells why a limit is not enforced', async () => {
    const tenant = aTenant({
      limits: { ...aTenant().limits, ioRead: 50 * 1024 * 1024 },
      unenforced: [{ limit: 'ioRead', why: 'cgroup v1 cannot' }],
    });
    const ran = await runWithDaemon({ 'GET /v1/tenants/alice': reply({ tenant }) }, ['show', 'alice']);
    assert.match(ran.out, /^ {2}io-read {5}50M\* {6}2K\/s read {2}not enforced: cgroup v1 cannot$/m);
    assert.match(ran.out, /^ {2}state {7}running for 1m30s$/m);
    assert.match(ran.out, /^ {2}cpu {9}1 {9}0\.42 used, throttled in 25% of periods$/m);
  });

  it('rm asks for the name on a terminal, and fails without one, naming --yes', async () => {
    const answers = {
      'GET /v1/tenants/alice': reply({ tenant: aTenant() }),
      'DELETE /v1/tenants/alice': stream(done({ key: 'alice-01', expiresAt: '2026-12-01T12:00:00.000Z' })),
    };
    const refused = await runWithDaemon(answers, ['rm', 'alice']);
    assert.equal(refused.status, 2);
    assert.match(refused.err, /no terminal to ask on\nhint: add --yes: tenantctl rm alice --yes\n$/);
    const wrong = await runWithDaemon(answers, ['rm', 'alice'], { terminal: true, typed: 'bob' });
    assert.equal(wrong.status, 2);
    assert.match(wrong.err, /"bob" is not "alice": nothing was removed\nhint: .*: tenantctl rm alice --yes\n$/);
    const closed = await runWithDaemon(answers, ['rm', 'alice'], { terminal: true });
    assert.equal(closed.status, 130);
    assert.match(closed.err, /to go on: \ntenantctl: removing alice \(running\) was cancelled; nothing was changed\n/);
    assert.equal(
      wrong.seen.some(({ method }) => method === 'DELETE'),
      false,
    );
    const right = await runWithDaemon(answers, ['rm', 'alice'], {
      terminal: true,
      typed: 'alice ',
      env: { NO_COLOR: '1' },
    });
    assert.equal(right.out, 'alice is in the trash until 2026-12-01 12:00:00 UTC\n');
    const yes = await runWithDaemon(answers, ['rm', 'alice', '--yes', '--json']);
    assert.deepEqual(JSON.parse(yes.out), { apiVersion: 1, key: 'alice-01', expiresAt: '2026-12-01T12:00:00.000Z' });
  });

  it('a wrong answer to trash empty is told with its own command', async () => {
    const answers = { 'GET /v1/trash': reply({ trash: [{ name: 'alice', key: 'alice-01' }] }) };
    const wrong = await runWithDaemon(answers, ['trash', 'empty'], { terminal: true, typed: 'al' });
    assert.equal(wrong.status, 2);
    assert.match(wrong.err, /hint: type all to go on, or: tenantctl trash empty --yes\n$/);
  });

  it('a problem of the daemon keeps its words, its hint and the status of its kind', async () => {
    const answers = { 'POST /v1/tenants': fail('TENANT_EXISTS', { name: 'alice' }, 409) };
    const ran = await runWithDaemon(answers, ['add', 'alice']);
    assert.equal(ran.status, EXIT_STATUS.conflict);
    assert.equal(
      ran.err,
      'tenantctl: tenant "alice" exists already\nhint: to change it: tenantctl set alice …; to look: tenantctl show alice\n',
    );
    const json = await runWithDaemon(answers, ['add', 'alice', '--json']);
    assert.equal(json.err, '');
    assert.equal(JSON.parse(json.out).problem.code, 'TENANT_EXISTS');
    const debug = await runWithDaemon(answers, ['add', 'alice', '--debug']);
    assert.match(debug.err, /Problem: tenant "alice" exists already\n {4}at /);
  });

  it('a problem at the end of long work is as good as one before it', async () => {
    const report = { code: 'START_FAILED', kind: 'failure', message: '', hint: '', data: { name: 'alice', why: 'x' } };
    const ran = await runWithDaemon(
      { 'POST /v1/tenants/alice/start': stream(step(1, 'starting'), { type: 'problem', problem: report }) },
      ['start', 'alice'],
    );
    assert.equal(ran.status, 1);
    assert.match(ran.err, /tenantctl: tenant "alice" did not start: x\nhint: see: tenantctl logs alice\n$/);
  });

  it('a daemon that goes away in the middle is told as such', async () => {
    const cut: Answer = (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write(`${JSON.stringify(step(1, 'starting'))}\n`, () => response.destroy());
    };
    const ran = await runWithDaemon({ 'POST /v1/tenants/alice/start': cut }, ['start', 'alice']);
    assert.equal(ran.status, EXIT_STATUS.unreachable);
    assert.match(ran.err, /no daemon answers on .*: it closed the connection/);
  });

  it('^C closes the connection, waits for the undoing and ends with 130', async () => {
    let closed = false;
    let asked = 0;
    let interrupt = (): void => undefined;
    const hang: Answer = (_seen, response) => {
      response.on('close', () => {
        closed = true;
      });
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write(`${JSON.stringify(step(1, 'starting'))}\n`, () => interrupt());
    };
    const undoing: Answer = (seen, response) => {
      asked += 1;
      const answer =
        asked < 3 ? reply({ tenant: aTenant({ state: 'creating' }) }) : fail('TENANT_MISSING', { name: 'alice' }, 404);
      return answer(seen, response);
    };
    const ran = await runWithDaemon({ 'POST /v1/tenants': hang, 'GET /v1/tenants/alice': undoing }, ['add', 'alice'], {
      onStart: (act) => {
        interrupt = act;
      },
    });
    assert.equal(ran.status, 130);
    assert.equal(closed, true);
    assert.equal(asked, 3);
    assert.match(
      ran.err,
      /cancelling add alice: .*\(\^C again: do not wait\)\ntenantctl: add alice was cancelled; what it had begun is undone\n/,
    );
  });

  it('^C tells what became of the tenant, and no more than is known', async () => {
    let interrupt = (): void => undefined;
    const hang: Answer = (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write(`${JSON.stringify(step(1, 'at it'))}\n`, () => interrupt());
    };
    const onStart = (act: () => void): void => {
      interrupt = act;
    };
    const cancel = (answers: Readonly<Record<string, Answer>>, ...words: string[]) =>
      runWithDaemon(answers, words, { onStart });
    const build = await cancel({ 'POST /v1/templates': hang }, 'template', 'build', 'minimal');
    assert.match(build.err, /tenantctl: template build was cancelled; what it had begun is being undone\n/);
    const gone = { 'GET /v1/tenants/alice': fail('TENANT_MISSING', { name: 'alice' }, 404) };
    const rm = await cancel({ 'DELETE /v1/tenants/alice': hang, ...gone }, 'rm', 'alice', '--yes');
    assert.match(rm.err, /tenantctl: rm alice was cancelled; too late: alice is in the trash\n/);
    const still = { 'GET /v1/tenants/alice': reply({ tenant: aTenant() }) };
    const set = await cancel({ 'PATCH /v1/tenants/alice': hang, ...still }, 'set', 'alice', '--cpu', '1');
    assert.match(set.err, /set alice was cancelled; what it had begun is undone: tenant "alice" is running\n/);
  });

  it('add of a tenant that is there says so', async () => {
    const answers = { 'POST /v1/tenants': stream(done({ ...aTenant(), created: false })) };
    const ran = await runWithDaemon(answers, ['add', 'alice']);
    assert.match(ran.err, /^alice exists already with these limits: nothing was changed\n/);
    assert.equal(ran.status, 0);
    assert.equal(JSON.parse((await runWithDaemon(answers, ['add', 'alice', '--json'])).out).created, false);
  });

  it('set tells what is not in force yet, and wishes by the names that are typed', async () => {
    const tenant = aTenant({
      reason: 'its memory limit is being lowered step by step',
      unenforced: [{ limit: 'ioWrite', why: 'cgroup v1 cannot' }],
    });
    const answers = {
      'PATCH /v1/tenants/alice': stream(done(tenant)),
      'GET /v1/tenants': reply({ tenants: [tenant] }),
    };
    const ran = await runWithDaemon(answers, ['set', 'alice', '--memory', '90M']);
    assert.match(ran.out, /^alice is running \(its memory limit is being lowered step by step\): cpu 1, memory/);
    assert.equal(ran.err, 'note: io-write is a wish only: cgroup v1 cannot\n');
    assert.match((await runWithDaemon(answers, ['ls'])).out, /^alice: io-write not enforced here;/m);
  });

  it('exec and shell refuse --json: their output is that of the program inside', async () => {
    for (const words of [
      ['exec', 'alice', '--json', '--', 'id'],
      ['--json', 'exec', 'alice', 'id'],
      ['shell', 'alice', '--json'],
    ]) {
      const ran = await runCommand(words, { uid: 0 });
      assert.equal(ran.status, 2, words.join(' '));
      assert.equal(JSON.parse(ran.out).problem.code, 'USAGE');
    }
    assert.doesNotMatch((await runCommand(['exec', '--help'])).out, /--json/);
    assert.match((await runCommand(['ls', '--help'])).out, /--json/);
  });

  it('logs escapes what a tenant wrote, unless raw bytes are asked for', async () => {
    const text = 'boot\r\n\u001b]0;owned\u0007\u001b[31mred\u001b[0m \u202egnp\b\n';
    const answers = { 'GET /v1/tenants/alice/log': reply({ text, before: false }) };
    assert.equal((await runWithDaemon(answers, ['logs', 'alice'])).out, 'boot\nred \\u202egnp\\x08\n');
    assert.equal((await runWithDaemon(answers, ['logs', 'alice', '--raw'])).out, text);
  });

  it('logs says on standard error that a run before left something, and prints it when asked', async () => {
    const answers = {
      'GET /v1/tenants/alice/log': reply({ text: '', before: true }),
      'GET /v1/tenants/alice/log?bytes=9&before=1': reply({ text: 'panic\n', before: true }),
    };
    const now = await runWithDaemon(answers, ['logs', 'alice']);
    assert.equal(now.out, '');
    assert.equal(
      now.err,
      'alice has written nothing on its console yet\nthis is since its last start; of the run before: tenantctl logs alice --before\n',
    );
    const earlier = await runWithDaemon(answers, ['logs', 'alice', '--before', '--bytes', '9']);
    assert.deepEqual([earlier.out, earlier.err], ['panic\n', '']);
  });

  it('events starts at the last 50, and prints one document a line with --json', async () => {
    const event = {
      seq: 61,
      at: '2026-11-24T12:00:00.000Z',
      type: 'oom-kill',
      tenant: 'alice',
      text: 'x\u0007',
      data: {},
      by: 'daemon',
    };
    const answers = {
      'GET /v1/version': reply({ lastSeq: 61 }),
      'GET /v1/events?since=11&follow=0&tenant=alice': stream(event),
    };
    const ran = await runWithDaemon(answers, ['events', '--tenant', 'alice']);
    assert.equal(ran.out, '   61 2026-11-24 12:00:00 alice      oom-kill         x\\x07 (daemon)\n');
    const json = await runWithDaemon(answers, ['events', '--tenant', 'alice', '--json']);
    assert.deepEqual(JSON.parse(json.out), { apiVersion: 1, ...event });
  });

  it('top shows the host, the sum and each tenant; without a terminal --watch is one table', async () => {
    const ran = await runWithDaemon({ 'GET /v1/top': reply(aTop([aTenant()])) }, ['top', '--watch']);
    assert.equal(
      ran.out,
      [
        'NAME       STATE         CPU  CPU%  THR%     MEMORY  MEM%    PIDS   DISK  READ/s  WRITE/s  WAIT c/m/i',
        '(host)     box           1/4   25%     –      2G/8G   25%       –      –       –        –           –',
        '(tenants)  1 up     0.42/3.8   11%     –  100M/7.8G    1%      12      –       –        –           –',
        'alice      running    0.42/1   42%   25%  100M/512M   20%  12/512  1G/5G      2K        0   10%/0%/2%',
        '',
      ].join('\n'),
    );
  });

  it('doctor ends with 8 when something needed is missing', async () => {
    const checks = [
      { id: 'root', status: 'pass', summary: 'fine', fix: '' },
      { id: 'loop', status: 'fail', summary: 'none', fix: 'modprobe loop' },
    ];
    const inventory = {
      manufacturer: 'QEMU',
      model: 'Standard PC\u001b[2J',
      cpu: 'Intel Xeon',
      cores: 2,
      distro: 'Debian GNU/Linux 12',
      kernel: '6.1.0',
      memory: 8 * 1024 ** 3,
      filesystems: [],
    };
    const ran = await runWithDaemon({ 'GET /v1/doctor': reply({ checks, inventory }) }, ['doctor']);
    assert.equal(ran.status, 8);
    assert.equal(
      ran.out,
      'QEMU Standard PC, 2 x Intel Xeon, 8G of memory, Debian GNU/Linux 12, Linux 6.1.0\n\n' +
        'pass     root  fine\nfail     loop  none\n               fix: modprobe loop\n\n1 pass, 1 fail\n',
    );
  });

  it('version does not need a daemon', async () => {
    const ran = await runCommand(['version']);
    assert.equal(ran.status, 0);
    assert.match(
      ran.out,
      /^tenantctl \d+\.\d+\.\d+ \(API 1, node v\d+.*\)\ndaemon: no daemon answers on \/nonexistent/,
    );
  });

  it('someone who is not root is told to use sudo for exec, and starts no daemon', async () => {
    const ran = await runCommand(['exec', 'alice', '--', 'id']);
    assert.equal(ran.status, EXIT_STATUS.permission);
    assert.match(ran.err, /hint: run: sudo tenantctl exec alice/);
    assert.equal((await runCommand(['ls'])).status, EXIT_STATUS.unreachable);
  });

  it('daemon hands its options over', async () => {
    assert.equal(
      (await runCommand(['daemon', '--log-level', 'debug', '--use-backup'])).out,
      'daemon --use-backup --log-level debug\n',
    );
  });

  it('names for completion are those that can be typed: a tarball needs its path', async () => {
    const bases = [{ digest: 'aabb', bytes: 1, builtAt: '2026-11-24T11:00:00.000Z', usedBy: [] }];
    const templates = ['minimal', 'tar'].map((name) => ({ name, summary: '', bases }));
    const answers = { 'GET /v1/templates': reply({ templates }) };
    assert.equal((await runWithDaemon(answers, ['__names', 'template'])).out, 'minimal\ntar:\n');
    assert.equal((await runWithDaemon(answers, ['__names', 'base'])).out, 'minimal@aabb\ntar@aabb\n');
  });

  it('a path that is longer than any is refused before it is sent', async () => {
    for (const words of [
      ['add', 'alice', '--template'],
      ['template', 'build'],
    ]) {
      const ran = await runCommand([...words, `tar:/${'x'.repeat(5000)}`]);
      assert.equal(ran.status, 2);
      assert.match(ran.err, /is not a template: it has 5005 characters, 4096 is the most/);
    }
  });

  it('names for completion are silent without a daemon', async () => {
    assert.deepEqual(await runCommand(['__names', 'tenant']), { status: 0, out: '', err: '' });
  });
});

describe('every command', () => {
  it('has help with an example and its statuses, and loads', async () => {
    for (const name of Object.keys(COMMANDS)) {
      const ran = await runCommand([...name.split(' '), '--help']);
      assert.equal(ran.status, 0, name);
      assert.match(ran.out, /Examples:\n {2}# /, name);
      assert.match(ran.out, /Exit status:\n/, name);
      assert.equal(ran.err, '', name);
    }
    for (const def of await loadDefinitions(Object.keys(COMMANDS))) assert.equal(typeof (await def.load()), 'function');
  });

  it('refuses each of its options without a value, with an empty one, and with an unknown neighbour', async () => {
    for (const def of await loadDefinitions(publicNames())) {
      const words = [...def.name.split(' '), ...(def.args ?? []).map(({ choices }) => choices?.[0] ?? 'alice')];
      for (const { long, value } of def.options ?? []) {
        const tries =
          value === undefined
            ? [[`--${long}=x`]]
            : [[`--${long}`], [`--${long}`, ''], [`--${long}=`], [`--${long}`, '--json']];
        for (const more of [...tries, [`--${long}zzzz`]]) {
          const ran = await runCommand([...words, ...more]);
          assert.equal(ran.status, 2, `${words.join(' ')} ${more.join(' ')}`);
        }
      }
    }
  });

  it('refuses limits that are garbage, unicode or out of range, before any daemon is asked', async () => {
    const limits = ['cpu', 'cpu-weight', 'memory', 'swap', 'disk', 'pids', 'io-read', 'io-write', 'cpuset'];
    for (const limit of limits)
      for (const value of ['garbage', '５１２M', '-1', 'NaN', '1e9', '99999999999999999999T', '1;2', '\u202e1'])
        for (const command of ['add', 'set']) {
          const ran = await runCommand([command, 'alice', `--${limit}=${value}`]);
          assert.equal(ran.status, 2, `${command} --${limit} ${value}: ${ran.err}`);
          assert.match(ran.err, /^tenantctl: .+\nhint: .+\n$/);
        }
    for (const [limit, value] of [
      ['cpu', '0'],
      ['memory', '1'],
      ['disk', '10P'],
    ] as const)
      assert.equal((await runCommand(['add', 'alice', `--${limit}`, value])).status, 2);
  });

  it('refuses names that are none, without sending them', async () => {
    for (const name of ['../x', 'a'.repeat(200), 'аlice', 'Alice', '', '-x', 'a b', 'a\nb', 'root'])
      for (const command of ['add', 'show', 'start', 'rm', 'explain', 'logs']) {
        const ran = await runCommand([command, '--', name]);
        assert.equal(ran.status, 2, `${command} ${JSON.stringify(name)}`);
      }
  });

  it('that is unknown gets a near one, and never a stack', async () => {
    const ran = await runCommand(['lss']);
    assert.deepEqual(ran, {
      status: 2,
      out: '',
      err: 'tenantctl: unknown command "lss"; did you mean ls?\nhint: run: tenantctl --help\n',
    });
    assert.match((await runCommand(['template', 'lx'])).err, /known: ls, build, rm; did you mean ls\?/);
    assert.match((await runCommand(['add', 'alice', '--memry', '1G'])).err, /did you mean --memory\?/);
  });
});
