// The scheduler's commands against a daemon of few words: what is asked, what is printed, what status comes back.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ActView, IncidentView } from '../../src/api/scheduler-contract.ts';
import type { HostSeriesRow, SeriesRow } from '../../src/api/series-contract.ts';
import { aScheduling, aTenant, fail, reply } from '../support/fake-daemon.ts';
import { runCommand } from '../support/run-command.ts';
import { runWithDaemon } from '../support/with-daemon.ts';

const BERLIN = { zone: 'Europe/Berlin' };
/** The present of these tests is 2026-11-24 12:00 UTC. */
const WEEK_AGO = '2026-11-17T12:00:00.000Z';
const DAY_AGO = '2026-11-23T12:00:00.000Z';

describe('why', () => {
  const why = {
    name: 'alice',
    at: '2026-11-24T11:05:00.000Z',
    cause: 'neighbour',
    neighbour: 'bob',
    sentence: 'alice waited for bob, who used 1.8 cores\u0007',
    figures: [
      { name: 'own share', value: '0.63 cores' },
      { name: 'used', value: '0.2 cores' },
    ],
  };

  it('is the sentence, then the figures in aligned lines', async () => {
    const ran = await runWithDaemon({ 'GET /v1/tenants/alice/why': reply(why) }, ['why', 'alice'], BERLIN);
    assert.equal(
      ran.out,
      [
        'alice waited for bob, who used 1.8 cores\\x07',
        '  cause      neighbour bob',
        '  at         2026-11-24 12:05:00',
        '  own share  0.63 cores',
        '  used       0.2 cores',
        '',
      ].join('\n'),
    );
  });

  it('is asked for a time by the clocks of the caller', async () => {
    const answers = { 'GET /v1/tenants/alice/why?at=2026-11-24T11:05:00.000Z': reply(why) };
    for (const at of ['12:05', '-55m', '2026-11-24T12:05', '2026-11-24T11:05Z']) {
      const ran = await runWithDaemon(answers, ['why', 'alice', '--at', at, '--json'], BERLIN);
      assert.deepEqual(JSON.parse(ran.out), { apiVersion: 1, ...why }, at);
    }
    assert.equal((await runCommand(['why', 'alice', '--at', 'noon'])).status, 2);
  });
});

const anAct = (change: Partial<ActView> = {}): ActView => ({
  at: '2026-11-24T09:30:00.000Z',
  tenant: 'alice',
  rule: 'budget',
  kind: 'lower',
  mode: 'enforce',
  resource: 'cpu',
  from: 1000,
  to: 400,
  until: '2026-11-29T23:00:00.000Z',
  cause: '92 % of its budget …ent',
  figures: { percent: 92 },
  ...change,
});

describe('acts', () => {
  const acts = [
    anAct(),
    anAct({
      tenant: 'bob',
      rule: 'score',
      kind: 'freeze',
      mode: 'watch',
      from: null,
      to: null,
      until: null,
      cause: 'x\u202e',
    }),
    anAct({
      rule: 'guard',
      kind: 'reclaim',
      resource: 'memory',
      from: 512 * 1024 ** 2,
      to: null,
      until: null,
      cause: 'y',
    }),
  ];

  it('are a table of changes with their cause; what was only watched is marked', async () => {
    const answers = { [`GET /v1/acts?since=${DAY_AGO}`]: reply({ acts }) };
    const ran = await runWithDaemon(answers, ['acts'], BERLIN);
    assert.equal(
      ran.out,
      [
        'AT                   TENANT  RULE    ACT       RESOURCE       CHANGE  UNTIL             CAUSE',
        '2026-11-24 10:30:00  alice   budget  lower     cpu          1 -> 0.4  2026-11-30 00:00  92 % of its budget …ent',
        '2026-11-24 10:30:00  bob     score   (freeze)  cpu                 –  –                 x\\u202e',
        '2026-11-24 10:30:00  alice   guard   reclaim   memory    512M -> max  –                 y',
        '(…) only watched: what enforce would have done',
        '',
      ].join('\n'),
    );
    const narrow = await runWithDaemon(answers, ['acts', '--no-color'], { ...BERLIN, terminal: true, columns: 80 });
    for (const line of narrow.out.split('\n')) assert.ok(line.length <= 80, line);
    assert.match(narrow.out, /1 -> 0\.4 {2}92 % of its budget …/);
  });

  it('are those of one tenant, so far back as is asked for', async () => {
    const answers = { [`GET /v1/acts?since=${WEEK_AGO}&tenant=alice`]: reply({ acts: [] }) };
    const ran = await runWithDaemon(answers, ['acts', 'alice', '--since', '7d']);
    assert.deepEqual([ran.status, ran.out, ran.err], [0, '', 'no rule acted within 7d\n']);
    for (const since of ['7', '0s', '401d', 'week'])
      assert.equal((await runCommand(['acts', '--since', since])).status, 2);
  });
});

const anIncident = (change: Partial<IncidentView> = {}): IncidentView => ({
  id: 7,
  tenant: 'alice',
  kind: 'oom-kill',
  openedAt: '2026-11-24T09:30:00.000Z',
  closedAt: '2026-11-24T09:42:30.000Z',
  count: 3,
  summary: 'ran out of its memory limit of 512M',
  action: '',
  outcome: 'the kernel killed one process',
  evidence: {
    processes: [
      {
        name: 'x\u001b]0;owned\u0007\u202ey',
        pid: 4711,
        cpuUsec: 2_345_000,
        memory: 300 * 1024 ** 2,
        memoryDelta: 50 * 1024 ** 2,
      },
      { name: 'other', pid: 0, cpuUsec: 10_000, memory: 0, memoryDelta: 0 },
    ],
    pressure: { cpu: 0.1, memory: 0.62, io: 0 },
    neighbours: [{ name: 'bob', cpu: 412.3, memory: 1024 ** 3 }],
    figures: { oomKills: 1, 'a\nb': '\u0000' },
  },
  ...change,
});

describe('incidents', () => {
  const incidents = [anIncident(), anIncident({ id: 8, closedAt: null, kind: 'cpu-throttled', summary: 'z\u0007' })];

  it('are a table, of all or of one tenant', async () => {
    const answers = {
      [`GET /v1/incidents?from=${WEEK_AGO}`]: reply({ incidents }),
      [`GET /v1/tenants/alice/incidents?from=${DAY_AGO}`]: reply({ incidents: [] }),
    };
    const ran = await runWithDaemon(answers, ['incidents'], BERLIN);
    assert.equal(
      ran.out,
      [
        'ID  OPENED               LASTED      TENANT  KIND           TIMES  WHAT',
        ' 7  2026-11-24 10:30:00  12m30s      alice   oom-kill           3  ran out of its memory limit of 512M',
        ' 8  2026-11-24 10:30:00  open 2h30m  alice   cpu-throttled      3  z\\x07',
        '',
      ].join('\n'),
    );
    const none = await runWithDaemon(answers, ['incidents', 'alice', '--since', '1d']);
    assert.equal(none.err, 'no incidents within 1d\n');
    const open = await runWithDaemon(answers, ['incidents', '--open', '--json']);
    assert.deepEqual(
      JSON.parse(open.out).incidents.map(({ id }: IncidentView) => id),
      [8],
    );
  });

  it('have their evidence on demand, with nothing in it that a terminal obeys', async () => {
    const answers = { [`GET /v1/incidents?from=${WEEK_AGO}`]: reply({ incidents: [anIncident()] }) };
    const ran = await runWithDaemon(answers, ['incidents', '--details'], BERLIN);
    assert.equal(
      ran.out,
      [
        '7 alice oom-kill',
        '  what        ran out of its memory limit of 512M',
        '  when        2026-11-24 10:30:00, to 2026-11-24 10:42:30, 3 times',
        '  action      none',
        '  outcome     the kernel killed one process',
        '  processes   x\\u202ey (process 4711): 2.35 s of CPU, 300M (50M more)',
        '              other: 0.01 s of CPU',
        '  pressure    cpu 10%, memory 62%, io 0%',
        '  neighbours  bob: 0.412 cores, 1G',
        '  figures     oomKills 1',
        '              a\\x0ab \\x00',
        '',
      ].join('\n'),
    );
  });
});

describe('credits', () => {
  const credits = { balance: 312.44, most: 720, baseline: 500, burst: 2000, emptyAt: '2026-11-25T02:10:00.000Z' };
  const alice = aTenant({ scheduling: aScheduling({ credits }) });
  const bob = aTenant({ name: 'bob', scheduling: aScheduling() });

  it('are shown with what a bank earns and when it is empty', async () => {
    const ran = await runWithDaemon(
      { 'GET /v1/tenants': reply({ tenants: [alice, bob] }) },
      ['credits', 'show'],
      BERLIN,
    );
    assert.equal(
      ran.out,
      [
        'NAME   CREDITS   MOST  EARNS/h  BASELINE  BURST  FORECAST',
        'alice    312.4  720.0     30.0       0.5      2  empty at 03:10',
        '',
      ].join('\n'),
    );
    const none = await runWithDaemon({ 'GET /v1/tenants': reply({ tenants: [bob] }) }, ['credits', 'show']);
    assert.match(none.err, /^no tenant has a credit bank; open one: /);
    const off = await runWithDaemon({ 'GET /v1/tenants/bob': reply({ tenant: bob }) }, ['credits', 'show', 'bob']);
    assert.equal(off.status, 5);
    assert.match(off.err, /tenant "bob" has no credit rule\nhint: give it one/);
  });

  it('are never shown as more than there are', async () => {
    const low = aTenant({ scheduling: aScheduling({ credits: { ...credits, balance: 9.98 } }) });
    const answers = {
      'GET /v1/tenants': reply({ tenants: [low] }),
      'GET /v1/tenants/alice': reply({ tenant: low }),
      'POST /v1/tenants/alice/credits': reply({ tenant: low, moved: 1 }),
    };
    assert.match((await runWithDaemon(answers, ['credits', 'show'])).out, /^alice +9\.9 /m);
    assert.match((await runWithDaemon(answers, ['show', 'alice'])).out, /^ +credits +9\.9 of 720,/m);
    const grant = await runWithDaemon(answers, ['credits', 'grant', 'alice', '1']);
    assert.equal(grant.out, 'alice got 1 credits, it has 9.9 of 720\n');
  });

  it('come from the box or from another tenant; what the bank cannot hold is told', async () => {
    const answers = { 'POST /v1/tenants/alice/credits': reply({ tenant: alice, moved: 20 }) };
    const grant = await runWithDaemon(answers, ['credits', 'grant', 'alice', '60']);
    assert.equal(grant.out, 'alice got 20 credits, it has 312.4 of 720\n');
    assert.equal(grant.err, 'its bank holds no more: 40 were not moved\n');
    assert.deepEqual(grant.seen[0]?.body, { give: 60 });
    const give = await runWithDaemon(answers, ['credits', 'give', 'bob', 'alice', '20']);
    assert.equal(give.out, 'alice got 20 credits from bob, it has 312.4 of 720\n');
    assert.deepEqual([give.err, give.seen[0]?.body], ['', { give: 20, from: 'bob' }]);
    const json = await runWithDaemon(answers, ['credits', 'give', 'bob', 'alice', '20', '--json']);
    assert.equal(JSON.parse(json.out).moved, 20);
  });

  it('are refused as an amount that is none, and when the giver has too few', async () => {
    for (const amount of ['0', 'x', '1e9', '0.0001', '1000001', '٣'])
      for (const words of [
        ['grant', 'alice', amount],
        ['give', 'bob', 'alice', amount],
      ])
        assert.equal((await runCommand(['credits', ...words])).status, 2, words.join(' '));
    const short = { 'POST /v1/tenants/alice/credits': fail('CREDITS_SHORT', { name: 'bob', has: 1, asked: 20 }, 409) };
    assert.equal((await runWithDaemon(short, ['credits', 'give', 'bob', 'alice', '20'])).status, 5);
  });
});

describe('pardon', () => {
  it('sends it and says what holds then', async () => {
    const answers = { 'POST /v1/tenants/alice/pardon': reply({ tenant: aTenant() }) };
    const ran = await runWithDaemon(answers, ['pardon', 'alice']);
    assert.deepEqual([ran.status, ran.out], [0, 'alice is pardoned and running: no penalty, a score of 0\n']);
    assert.deepEqual(ran.seen[0]?.body, {});
  });
});

describe('history', () => {
  const row: SeriesRow = {
    at: '2026-11-24T10:00:00.000Z',
    seconds: 3600,
    cpu: 417.4,
    throttledShare: 0.25,
    memory: 100 * 1024 ** 2,
    memoryPeak: 200 * 1024 ** 2,
    pids: 11.6,
    ioReadBps: 2048,
    ioWriteBps: 0,
    netRxBps: null,
    netTxBps: 512,
    diskUsed: 1024 ** 3,
    diskSize: 5 * 1024 ** 3,
    pressureCpu: 0.1,
    pressureMemory: null,
    pressureIo: 0.02,
    faults: 7,
    ...{ cpuUser: 0, cpuSystem: 0, memoryCache: 0, swap: null, ioReadOps: 0, ioWriteOps: 0 },
    ...{ inodesUsed: null, inodes: null, faultsCpu: 0, faultsMemory: 0, faultsPids: 0 },
  };
  const series = (...rows: SeriesRow[]) => reply({ name: 'alice', step: 3600, rows });

  it('is a table with – for what was not measured', async () => {
    const answers = { [`GET /v1/tenants/alice/series?from=${DAY_AGO}&step=3600`]: series(row) };
    const ran = await runWithDaemon(answers, ['history', 'alice'], BERLIN);
    assert.equal(
      ran.out,
      [
        'FROM                  CPU  THR%  MEMORY  PEAK  PIDS  READ/s  WRITE/s  IN/s  OUT/s  DISK  WAIT c/m/i  FAULTS',
        '2026-11-24 11:00:00  0.42   25%    100M  200M    12      2K        0     –    512    1G    10%/–/2%       7',
        '',
      ].join('\n'),
    );
    const narrow = await runWithDaemon(answers, ['history', 'alice', '--no-color'], { terminal: true, columns: 80 });
    for (const line of narrow.out.split('\n')) assert.ok(line.length <= 80, line);
    const json = await runWithDaemon(answers, ['history', 'alice', '--json']);
    assert.deepEqual(JSON.parse(json.out), { apiVersion: 1, name: 'alice', step: 3600, rows: [row] });
  });

  it('has a step that fits the time, or the one asked for; host is the machine', async () => {
    const asked = async (...words: string[]): Promise<string | undefined> =>
      (await runWithDaemon({}, ['history', ...words])).seen[0]?.path;
    assert.equal(await asked('host', '--since', '30m'), '/v1/host/series?from=2026-11-24T11:30:00.000Z&step=10');
    assert.equal(
      await asked('alice', '--since', '3h'),
      '/v1/tenants/alice/series?from=2026-11-24T09:00:00.000Z&step=60',
    );
    assert.equal(await asked('alice', '--step', '1m'), `/v1/tenants/alice/series?from=${DAY_AGO}&step=60`);
    assert.equal((await runCommand(['history', 'alice', '--step', '5m'])).status, 2);
    assert.equal((await runCommand(['history', '../x'])).status, 2);
    const answers = { [`GET /v1/host/series?from=${DAY_AGO}&step=3600`]: series() };
    assert.equal((await runWithDaemon(answers, ['history', 'host'])).err, 'nothing is recorded of host within 24h\n');
  });

  it('tells where the time of the whole machine went', async () => {
    const row: HostSeriesRow = {
      ...{ at: '2026-11-24T11:00:00.000Z', seconds: 3600, capacity: 2000, tenants: 500, system: 250, idle: 1250 },
      ...{ iowait: 10, stolen: 0, memoryTotal: 4e9, memoryUsed: 2 ** 30, memoryUsedPeak: 2 ** 31, swapUsed: 0 },
      ...{ diskUsed: 2 ** 30, diskSize: 2 ** 33, pressureCpu: 0.2, pressureMemory: 0, pressureIo: null },
      ...{ inodesUsed: 5, inodes: 9, pidsPeak: 145, ioReadBps: 2 ** 20, ioWriteBps: 0, ioReadOps: 3, ioWriteOps: 0 },
      ...{ netRxBps: null, netTxBps: null, oomKills: 2 },
    };
    const answers = { [`GET /v1/host/series?from=${DAY_AGO}&step=3600`]: reply({ step: 3600, rows: [row] }) };
    assert.equal(
      (await runWithDaemon(answers, ['history', 'host'])).out,
      [
        'FROM                 TENANTS  SYSTEM  IDLE  OF  STOLEN  MEMORY  PEAK  SWAP   DISK  PIDS  READ/s  WRITE/s  IN/s  OUT/s  WAIT c/m/i  OOM',
        '2026-11-24 11:00:00      0.5    0.25  1.25   2       0      1G    2G     0  1G/8G   145      1M        0     –      –    20%/0%/–    2',
        '',
      ].join('\n'),
    );
    const narrow = await runWithDaemon(answers, ['history', 'host', '--no-color'], { terminal: true, columns: 80 });
    assert.equal(
      narrow.out.split('\n')[0],
      'FROM                 TENANTS  SYSTEM  IDLE  OF  MEMORY  PEAK   DISK  WAIT c/m/i',
    );
  });
});

describe('policy suggest', () => {
  const proposals = [
    { limit: 'cpu', now: null, proposed: 613, p95: 510.7, peak: 1990, why: 'p95 plus 20 %' },
    {
      limit: 'memory',
      now: 512 * 1024 ** 2,
      proposed: 300 * 1024 ** 2,
      p95: 250 * 1024 ** 2,
      peak: 290 * 1024 ** 2,
      why: 'peak',
    },
    { limit: 'pids', now: 512, proposed: 512, p95: 12, peak: 40, why: 'as it is' },
  ];
  const path = `GET /v1/tenants/alice/suggest?from=${WEEK_AGO}`;

  it('prints proposals with their figures, and the line to type', async () => {
    const ran = await runWithDaemon({ [path]: reply({ name: 'alice', rows: 168, proposals }) }, [
      'policy',
      'suggest',
      'alice',
    ]);
    assert.equal(
      ran.out,
      [
        'LIMIT    NOW  PROPOSED    P95  PEAK  WHY',
        'cpu      max     0.613  0.511  1.99  p95 plus 20 %',
        'memory  512M      300M   250M  290M  peak',
        'pids     512       512     12    40  as it is',
        'from 168 rows of history; to take them: tenantctl set alice --cpu 0.613 --memory 300M',
        '',
      ].join('\n'),
    );
  });

  it('leaves a smaller disk out of the line: that needs a restart', async () => {
    const disk = (proposed: number) => ({ limit: 'disk', now: 5 * 1024 ** 3, proposed, p95: 1, peak: 1, why: '' });
    const asked = async (proposed: number): Promise<unknown> => {
      const answers = { [path]: reply({ name: 'alice', rows: 9, proposals: [disk(proposed)] }) };
      return JSON.parse((await runWithDaemon(answers, ['policy', 'suggest', 'alice', '--json'])).out).command;
    };
    assert.equal(await asked(2 * 1024 ** 3), null);
    assert.equal(await asked(8 * 1024 ** 3), 'tenantctl set alice --disk 8G');
  });

  it('says so when all fits, or when too little is known', async () => {
    const fits = { [path]: reply({ name: 'alice', rows: 168, proposals: proposals.slice(2) }) };
    const ran = await runWithDaemon(fits, ['policy', 'suggest', 'alice']);
    assert.match(ran.out, /; nothing to change while it runs\n$/);
    const json = await runWithDaemon(fits, ['policy', 'suggest', 'alice', '--json']);
    assert.equal(JSON.parse(json.out).command, null);
    const none = { [path]: reply({ name: 'alice', rows: 0, proposals: [] }) };
    assert.match(
      (await runWithDaemon(none, ['policy', 'suggest', 'alice'])).err,
      /too little is recorded of alice within 7d/,
    );
  });
});
