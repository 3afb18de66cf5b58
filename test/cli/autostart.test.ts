// Starting the daemon for real would need root and the machine; a small program that listens, or ends, stands in here.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { callDaemon } from '../../src/api/client.ts';
import { runCli } from '../../src/cli/run.ts';
import type { Surroundings } from '../../src/cli/surroundings.ts';
import { problem, reportProblem } from '../../src/domain/errors.ts';

const LISTENS = `
import { createServer } from 'node:http';
const server = createServer((request, response) => {
  response.end(JSON.stringify({ apiVersion: 1, tenants: [], pid: process.pid }));
  if (request.url === '/v1/shutdown') server.close();
});
console.log('started with', process.argv[2]);
server.listen(process.env.TENANTCTL_RUN + '/tenantctl.sock');
`;
const ENDS = "console.error('registry.json is not a registry\\u001b[31m'); process.exit(1);\n";

describe('a command of root without a daemon', () => {
  let box = '';
  before(() => {
    box = mkdtempSync('/tmp/tenantctl-autostart-');
  });
  after(() => rmSync(box, { recursive: true }));

  const run = async (
    main: string,
    argv: string[],
    run: string,
  ): Promise<{ status: number; out: string; err: string }> => {
    let out = '';
    let err = '';
    const file = join(box, 'main.mjs');
    writeFileSync(file, main);
    const around: Surroundings = {
      env: { PATH: process.env['PATH'], TENANTCTL_RUN: run, TENANTCTL_STATE: join(box, 'state'), SECRET: 'x' },
      uid: 0,
      cwd: () => '/',
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
      stdinIsTerminal: false,
      readLine: async () => undefined,
      now: Date.now,
      zone: () => 'UTC',
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      onInterrupt: () => () => undefined,
      mainFile: file,
      runDaemon: async () => 0,
      openDash: async () => async () => 0,
    };
    const status = await runCli(argv, around);
    return { status, out, err };
  };

  it('starts it apart from itself, waits for the socket and goes on', async () => {
    const folder = join(box, 'run-a');
    const ran = await run(LISTENS, ['ls', '--json'], folder);
    assert.equal(ran.status, 0, ran.err);
    const { pid } = await callDaemon<{ pid: number }>(
      { socket: join(folder, 'tenantctl.sock') },
      { method: 'GET', path: '/' },
    );
    const session = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3];
    assert.equal(Number(session), pid, 'it leads a session of its own');
    assert.equal(readFileSync(`/proc/${pid}/environ`, 'utf8').includes('SECRET'), false);
    assert.equal(readFileSync(join(folder, 'daemon.log'), 'utf8'), 'started with daemon\n');
    assert.equal(statSync(join(folder, 'daemon.log')).mode & 0o777, 0o600);
    await callDaemon({ socket: join(folder, 'tenantctl.sock') }, { method: 'POST', path: '/v1/shutdown', body: {} });
  });

  it('shows the end of its log when it does not come up', async () => {
    const folder = join(box, 'run-b');
    const { status, err } = await run(ENDS, ['ls'], folder);
    assert.equal(status, 6);
    assert.match(
      err,
      /it was started and ended with 1; the end of .*daemon\.log:\n {2}registry\.json is not a registry\n/,
    );
  });

  it('tells what a daemon says that cannot start, in its words and with its hint', async () => {
    const report = reportProblem(problem('STATE_CORRUPT', { path: '/s/registry.json', why: 'x', backup: '/s/r.bak' }));
    const words = JSON.stringify({ apiVersion: 1, problem: report });
    const main = `console.error('begins'); if (process.argv[3] === '--json') console.log(${JSON.stringify(words)}); process.exit(1);\n`;
    const { status, err } = await run(main, ['ls'], join(box, 'run-d'));
    assert.equal(status, 1);
    assert.match(err, /^tenantctl: \/s\/registry\.json is not a registry: x; .*\nhint: .*daemon --use-backup\n$/);
    const json = JSON.parse((await run(main, ['ls', '--json'], join(box, 'run-e'))).out);
    assert.equal(json.problem.code, 'STATE_CORRUPT');
  });

  it('asks no daemon for help, versions and completions', async () => {
    for (const words of [
      ['--help'],
      ['version'],
      ['completion', 'bash'],
      ['man'],
      ['add', '--help'],
      ['__names', 'tenant'],
    ])
      assert.equal((await run('throw new Error();', words, join(box, 'run-c'))).status, 0, words.join(' '));
    assert.throws(() => statSync(join(box, 'run-c')));
  });
});
