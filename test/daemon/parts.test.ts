// The small parts of the daemon: configuration, routes as a table, status numbers, peers, fault points.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { parseConfig, readConfig } from '../../src/daemon/config.ts';
import { createFaults } from '../../src/daemon/faults.ts';
import { HTTP_STATUS } from '../../src/daemon/http.ts';
import { checkPeer, parseGroupId } from '../../src/daemon/peers.ts';
import { pickRoute, ROUTES } from '../../src/daemon/routes.ts';
import { PROBLEMS, Problem } from '../../src/domain/errors.ts';
import { requires } from '../support/requires.ts';

const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code;
const read = (text: string) => parseConfig(text, '/etc/x.yaml', (yaml) => parse(yaml, { maxAliasCount: 10 }));

test('an empty configuration gives the defaults', async () => {
  const { reserve, trashDays, eventDays } = read('');
  assert.deepEqual(
    { reserve, trashDays, eventDays },
    { reserve: { cpuShare: 0.05, memory: 256 * 2 ** 20 }, trashDays: 7, eventDays: 90 },
  );
  assert.deepEqual(await readConfig('/nonexistent/config.yaml'), read(''));
});

test('every key is read', () => {
  const text = 'house:\n  reserve-cpu: 12.5%\n  reserve-memory: 1G\ntrash-days: 0\nevent-days: 30\n';
  const { reserve, trashDays, eventDays } = read(text);
  assert.deepEqual(
    { reserve, trashDays, eventDays },
    { reserve: { cpuShare: 0.125, memory: 2 ** 30 }, trashDays: 0, eventDays: 30 },
  );
});

test('each wrong configuration is refused with the file and the reason', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n`;
  for (const text of [
    'colour: red',
    'house: {reserve-cpu: 100%}',
    'house: {reserve-cpu: 5}',
    'house: {reserve-memory: lots}',
    'trash-days: -1',
    'trash-days: 1.5',
    'event-days: 0',
    '[1]',
    'x',
    'a: [',
    'house: null',
    bomb,
  ])
    assert.throws(
      () => read(text),
      (error) => isProblem('CONFIG_INVALID')(error) && (error as Error).message.startsWith('/etc/x.yaml: '),
      text,
    );
});

test('every kind of problem has one HTTP status that is an error', () => {
  const kinds = new Set(Object.values(PROBLEMS).map(({ kind }) => kind));
  assert.deepEqual(Object.keys(HTTP_STATUS).sort(), [...kinds].sort());
  for (const status of Object.values(HTTP_STATUS)) assert.ok(status >= 400 && status < 600);
});

test('a path picks the route of its method and hands over the decoded names', () => {
  const picked = (method: string, path: string) => {
    const found = pickRoute(method, path);
    return found ? [found.route.path, ...found.params] : undefined;
  };
  assert.deepEqual(picked('GET', '/v1/tenants'), ['/v1/tenants']);
  assert.deepEqual(picked('GET', '/v1/tenants/alice'), ['/v1/tenants/:', 'alice']);
  assert.deepEqual(picked('POST', '/v1/tenants/alice/stop'), ['/v1/tenants/:/stop', 'alice']);
  assert.deepEqual(picked('DELETE', '/v1/templates/minimal%40abc'), ['/v1/templates/:', 'minimal@abc']);
  assert.deepEqual(picked('GET', '/v1/tenants/%2e%2e%2fx'), ['/v1/tenants/:', '../x']);
  assert.deepEqual(picked('GET', '/v1/tenants/%ff'), ['/v1/tenants/:', '%ff']);
  for (const [method, path] of [
    ['PUT', '/v1/tenants'],
    ['GET', '/'],
    ['GET', '/v1'],
    ['GET', '/v1/tenants/a/b/c'],
    ['POST', '/v1/tenants/alice/dance'],
    ['GET', '/v2/tenants'],
  ] as const)
    assert.equal(picked(method, path), undefined, `${method} ${path}`);
});

test('no two routes answer the same request', () => {
  const keys = ROUTES.map(({ method, path }) => `${method} ${path}`);
  assert.equal(new Set(keys).size, keys.length);
  for (const { method, path } of ROUTES) {
    const sample = path.replaceAll(':', 'x');
    assert.equal(pickRoute(method, sample)?.route.path, path);
  }
});

/** Rows of the table in docs/api.md, with `POST /a, /b` as two; names in capitals stand for `:`. */
const documented = (): string[] =>
  [
    ...readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8').matchAll(
      /^\| (GET|POST|PATCH|DELETE) ([^|]+) \|/gm,
    ),
  ].flatMap(([, method = '', paths = '']) => {
    const [first = '', ...rest] = paths.trim().split(/,\s*/);
    const parent = first.slice(0, first.lastIndexOf('/'));
    const all = [first, ...rest.map((path) => (path.startsWith('/v1') ? path : parent + path))];
    return all.map((path) => `${method} ${path.replace(/\?.*/, '').replace(/\/[A-Z@]+(?=\/|$)/g, '/:')}`);
  });

test('docs/api.md lists exactly the routes there are', () => {
  assert.deepEqual(documented().sort(), ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
});

test('root and members of the group may act, by primary or further group; nobody else', () => {
  const none = () => [];
  assert.doesNotThrow(() => checkPeer({ pid: 1, uid: 0, gid: 0 }, null, none));
  assert.doesNotThrow(() => checkPeer({ pid: 1, uid: 1000, gid: 77 }, 77, none));
  assert.doesNotThrow(() => checkPeer({ pid: 9, uid: 1000, gid: 1000 }, 77, (pid) => (pid === 9 ? [4, 77] : [])));
  for (const [peer, group] of [
    [{ pid: 1, uid: 1000, gid: 1000 }, 77],
    [{ pid: 1, uid: 1000, gid: 0 }, null],
    [{ pid: 1, uid: -1, gid: -1 }, null],
    [undefined, 77],
    [undefined, null],
  ] as const)
    assert.throws(() => checkPeer(peer, group, none), isProblem('NOT_ALLOWED'));
});

test("a member's further groups are read from the kernel", async (t) => {
  if (!requires(t, 'root')) return;
  const child = spawn('setpriv', ['--groups=4711,4712', '--', 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    child.stdin.write('ready');
    await once(child.stdout, 'data'); // setpriv is done and cat runs
    const pid = child.pid ?? 0;
    assert.doesNotThrow(() => checkPeer({ pid, uid: 4242, gid: 4242 }, 4712));
    assert.throws(() => checkPeer({ pid, uid: 4242, gid: 4242 }, 4713), isProblem('NOT_ALLOWED'));
  } finally {
    child.kill('SIGKILL');
  }
  assert.throws(() => checkPeer({ pid: 2 ** 22 + 1, uid: 4242, gid: 4242 }, 4712), isProblem('NOT_ALLOWED'));
});

test("the group's number is read as a whole word, and a line without one gives none", () => {
  const text = 'root:x:0:\nnottenantctl:x:1:\ntenantctl:x:989:alice,bob\ntenantctl2:x:3:\n';
  assert.equal(parseGroupId(text, 'tenantctl'), 989);
  assert.equal(parseGroupId('root:x:0:\n', 'tenantctl'), null);
  assert.equal(parseGroupId('tenantctl:x\n', 'tenantctl'), null);
  assert.equal(parseGroupId('tenantctl:x::\n', 'tenantctl'), null, 'never root by accident');
  assert.equal(parseGroupId('tenantctl:x:-1:\n', 'tenantctl'), null);
  assert.equal(parseGroupId('', 'tenantctl'), null);
});

test('a fault point kills at its name and number only, and nothing happens after it', async () => {
  let kills = 0;
  const faults = createFaults('after:mount#2', () => {
    kills += 1;
  });
  await faults.reach('before:mount');
  await faults.reach('after:mount');
  assert.equal(kills, 0);
  let after = false;
  void faults.reach('after:mount').then(() => {
    after = true;
  });
  await new Promise(setImmediate);
  assert.deepEqual([kills, after], [1, false]);
});

test('a normal run has no fault points', async () => {
  for (const spec of [undefined, '']) {
    await createFaults(spec, () => assert.fail('killed')).reach('after:mount');
  }
});

test('the example of docs/configuration.md is read, and says the defaults', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
  const text = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  assert.deepEqual(read(text), { ...read(''), timeZone: 'Europe/Berlin' });
});
