// Books kept by a process that is killed again and again: each microsecond of the box is in them once.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOST_TOTALS } from '../../src/domain/accounting.ts';
import { Accountant } from '../../src/engine/accounting.ts';
import { Outbox } from '../../src/engine/outbox.ts';
import { openHistory } from '../../src/store/history.ts';
import { createLog } from '../fakes/log.ts';
import { BOOT, CPUS, DISK, lookAt, mostOfCarol, SPEED, START, STEADY, totalsAt } from '../support/made-world.ts';

const KILLS = 20;
const CHILD = join(import.meta.dirname, '../support/accounting-child.ts');

/** Starts it, lets it work for a moment, and kills it wherever it then is. @returns when it looked first */
const runAndKill = async (path: string, began: number, moment: number): Promise<number> => {
  const child = spawn(process.execPath, [CHILD, path, String(began)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [told] = (await Promise.race([once(child.stdout, 'data'), ended])) as [unknown];
  await sleep(moment);
  child.kill('SIGKILL');
  assert.deepEqual(await ended, [null, 'SIGKILL'], 'it ran until it was killed');
  return Number(String(told));
};

const sumOf = <K extends string>(rows: readonly { readonly [P in K]: number }[], key: K): number =>
  rows.reduce((sum, row) => sum + row[key], 0);

test(`after ${KILLS} times kill -9, tenants + system + idle is capacity x time, and nothing is counted twice`, async (t) => {
  const folder = mkdtempSync('/tmp/tenantctl-books-');
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'usage.db');
  const began = Date.now();
  // moments that differ in length, so that the end falls on other statements
  const firsts: number[] = [];
  for (let i = 0; i < KILLS; i++) firsts.push(await runAndKill(path, began, 20 + ((i * 37) % 100)));
  const first = firsts[0] ?? Number.NaN;
  const set: string[] = [];
  const history = openHistory({ path, now: Date.now, onSetAside: (aside) => set.push(aside) });
  const accountant = new Accountant({
    history,
    outbox: new Outbox(),
    cpus: CPUS,
    bootId: BOOT,
    readDisk: () => DISK,
    readTotals: () => totalsAt(up),
    log: createLog(),
  });
  const up = (Date.now() - began) * SPEED;
  const { now, host, readings } = lookAt(up);
  accountant.tick(now, host, readings);
  accountant.finish(now);
  const rows = history.readHostSeries(0, START * 2, 3600);
  const used = sumOf(rows, 'tenantsUsec') + sumOf(rows, 'systemUsec') + sumOf(rows, 'idleUsec');
  const capacity = CPUS * (up - first) * 1000;
  t.diagnostic(`tenants + system + idle: ${used}, capacity x time: ${capacity} us, in ${rows.length} hours`);
  assert.ok(Math.abs(used / capacity - 1) < 0.0001, `${used} of ${capacity}`);
  for (const key of HOST_TOTALS) {
    const counted = rows.reduce((sum, row) => sum + (row[key] ?? Number.NaN), 0);
    assert.equal(counted, (totalsAt(up)[key] ?? 0) - (totalsAt(first)[key] ?? 0), key);
  }
  for (const [name, share] of Object.entries(STEADY)) {
    const cpu = sumOf(history.readSeries(name, 0, START * 2, 3600), 'cpuUsec');
    assert.ok(Math.abs(cpu / (share * (up - first) * 1000) - 1) < 0.0001, `${name}: ${cpu}`);
  }
  const carol = sumOf(history.readSeries('carol', 0, START * 2, 3600), 'cpuUsec');
  assert.ok(carol > 0 && carol <= mostOfCarol(up), `${carol} of ${mostOfCarol(up)}`);
  assert.deepEqual(set, [], 'the file was never damaged');
  history.close();
  const db = new DatabaseSync(path);
  assert.deepEqual(db.prepare('PRAGMA integrity_check').all().map(Object.values), [['ok']]);
  db.close();
});
