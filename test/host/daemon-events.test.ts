// The event stream of a real daemon: followed, resumed without gap or repeat, and limit hits with their figures.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { followEvents } from '../../src/api/client.ts';
import { type EventView, eventSchema } from '../../src/api/contract.ts';
import { Box, SMALL } from '../support/daemon.ts';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { killInside, watchProcess } from '../support/tenant-process.ts';

const can = (t: { skip: (reason?: string) => void }): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
let box: Box;

before(async (t) => {
  if (!can(t as { skip: () => void })) return;
  box = new Box();
  await box.start();
  await box.add('alice', { limits: { ...SMALL, cpu: '1', pids: 40 } });
});
after(() => box?.close());

/** Follows from a number until stopped; a daemon that goes away ends it. */
const follow = (since: number, seen: EventView[]): { done: Promise<void>; stop: () => void } => {
  const cut = new AbortController();
  const read = async (): Promise<void> => {
    const stream = followEvents({ socket: box.socket, signal: cut.signal }, { since, follow: true });
    for await (const event of stream) seen.push(eventSchema.parse(event));
  };
  return { done: read().catch(() => undefined), stop: () => cut.abort() };
};

const has = (seen: readonly EventView[], type: string): boolean => seen.some((event) => event.type === type);

test('a follower is told what comes, and resumes after a restart of the daemon without gap or repeat', async (t) => {
  if (!can(t)) return;
  const seen: EventView[] = [];
  const first = follow(0, seen);
  await until('what is kept', () => has(seen, 'tenant-added'));
  await box.act('alice', 'freeze');
  await until('what comes', () => has(seen, 'tenant-frozen'));
  await box.kill();
  await first.done;
  await box.start();
  await box.act('alice', 'thaw');
  const second = follow(seen.at(-1)?.seq ?? 0, seen);
  await until('what came meanwhile', () => has(seen, 'tenant-thawed'));
  await box.set('alice', { limits: { pids: 41 } });
  await until('what comes', () => has(seen, 'limits-changed'));
  second.stop();
  await second.done;
  assert.deepEqual(
    seen.map(({ seq }) => seq),
    seen.map((_, index) => index + 1),
  );
  assert.deepEqual(seen, (await box.events()).slice(0, seen.length));
  const by = seen.find(({ type }) => type === 'tenant-frozen')?.by;
  assert.equal(by, 'uid:0');
});

test('events of one tenant can be asked for alone', async (t) => {
  if (!can(t)) return;
  const only: EventView[] = [];
  const query = { since: 0, follow: false, tenant: 'alice' };
  for await (const event of followEvents({ socket: box.socket }, query)) only.push(event);
  assert.ok(only.length >= 3);
  assert.deepEqual([...new Set(only.map(({ tenant }) => tenant))], ['alice']);
});

test('a busy loop at its CPU limit is told once, with the figures', async (t) => {
  if (!can(t)) return;
  const since = (await box.version()).lastSeq;
  // only now: on a slow machine its start alone would reach such a limit, and be the burst that is told
  await box.set('alice', { limits: { cpu: '0.2' } });
  await box.background('alice', 'while :; do :; done');
  const event = await box.waitForEvent('cpu-throttled', 'alice', since);
  assert.match(event.text, /CPU limit of 0\.2/);
  assert.ok(Number(event.data['throttledPeriods']) > 0);
  assert.ok(Number(event.data['throttledPercent']) >= 10);
  const points = async () => (await box.get<{ points: unknown[] }>('/v1/tenants/alice/history')).points.length;
  const before = await points();
  await until('three more ticks', async () => (await points()) >= before + 3);
  const told = (await box.events(since)).filter(({ type }) => type === 'cpu-throttled');
  assert.equal(told.length, 1, 'a burst that goes on is silent');
  assert.ok((await box.show('alice')).faults.throttledPeriods > 0);
  await killInside(box, 'alice', /while :/);
  await box.set('alice', { limits: { cpu: '1' } });
});

test('a tenant whose memory is full is told that it is at its limit, one that only reads files is not', async (t) => {
  if (!can(t)) return;
  await box.add('carol', { limits: { ...SMALL, disk: '192M' } });
  const since = (await box.version()).lastSeq;
  const hits = async (): Promise<number> => (await box.show('carol')).faults.memoryMaxHits;
  const before = await hits();
  // a file larger than the limit, read again and again: its pages come and go
  await box.sh('carol', 'head -c 80000000 /dev/zero > /root/large');
  const reader = (file: string, end: string) => `while [ ! -e ${end} ]; do cat ${file} > /dev/null; done`;
  await box.background('carol', reader('/root/large', '/run/read'));
  await until('file pages reach the limit', async () => (await hits()) > before + 100);
  const samples = async () =>
    (await box.get<{ points: { usage: { memory: number } }[] }>('/v1/tenants/carol/history')).points;
  const next = async (count: number): Promise<number> => {
    const { length } = await samples();
    await until(`${count} more samples`, async () => (await samples()).length >= length + count);
    return (await samples()).at(-1)?.usage.memory ?? 0;
  };
  await next(2);
  assert.ok(!(await box.events()).some(({ type, seq }) => type === 'memory-limit' && seq > since));
  await box.sh('carol', 'touch /run/read; while pidof cat > /dev/null; do sleep 0.1; done');
  // tail keeps what has no end of line: little by little to nine tenths of the limit, for what the kernel needs beside
  // it differs. Then what is read is little more than the rest: each page comes back after it went, and that is waited for
  await box.sh('carol', 'mkfifo /run/fill');
  await box.background('carol', 'tail < /run/fill > /dev/null');
  await box.background('carol', 'exec 3> /run/fill; while [ ! -e /run/enough ]; do sleep 0.2; done');
  await box.sh('carol', 'head -c 48000000 /dev/zero > /run/fill');
  for (let steps = 0; (await next(2)) < 0.91 * 64 * 1024 ** 2; steps += 1) {
    assert.ok(steps < 12, 'nine tenths are full');
    await box.sh('carol', 'head -c 1500000 /dev/zero > /run/fill');
    assert.equal((await box.show('carol')).faults.oomKills, 0, 'nothing was killed');
  }
  await box.sh('carol', 'head -c 10000000 /dev/zero > /root/small; sync');
  await box.background('carol', reader('/root/small', '/run/enough'));
  const event = await box.waitForEvent('memory-limit', 'carol', since);
  assert.match(event.text, /at its memory limit of 64M/);
  assert.ok(Number(event.data['memoryMaxHits']) >= 10);
  await box.sh('carol', 'touch /run/enough');
});

test('a process killed for memory is told with the figures, and the tenant lives', async (t) => {
  if (!can(t)) return;
  const since = (await box.version()).lastSeq;
  const check = await watchProcess(box, 'alice');
  // tail keeps what has no end of line: more than the limit of 64 MiB
  const { status } = await box.sh('alice', 'head -c 200000000 /dev/zero | tail > /dev/null');
  assert.notEqual(status, 0);
  const event = await box.waitForEvent('oom-kill', 'alice', since);
  assert.match(event.text, /memory limit of 64M/);
  assert.ok(Number(event.data['oomKills']) >= 1);
  assert.ok((await box.show('alice')).faults.oomKills >= 1);
  check();
});

test('processes beyond the limit are refused and counted, and the tenant lives', async (t) => {
  if (!can(t)) return;
  const since = (await box.version()).lastSeq;
  const check = await watchProcess(box, 'alice');
  await box.sh('alice', 'for i in $(seq 60); do sleep 20 & done > /dev/null 2>&1');
  const event = await box.waitForEvent('fork-refused', 'alice', since);
  assert.match(event.text, /limit of 41 processes/);
  assert.ok(Number(event.data['forksRefused']) >= 1);
  assert.ok(Number(event.data['pids']) <= 41);
  check();
});
