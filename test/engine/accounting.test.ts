// Books of ten seconds: every microsecond once, over restarts of tenants, of the daemon and of the box.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Reading } from '../../src/engine/account.ts';
import { Accountant } from '../../src/engine/accounting.ts';
import { Outbox } from '../../src/engine/outbox.ts';
import type { HostTotals } from '../../src/ports/host.ts';
import { makeSample } from '../domain/tenant-values.ts';
import { createHistory, type FakeHistory } from '../fakes/history.ts';
import { NO_TOTALS } from '../fakes/host.ts';
import { createLog, type FakeLog } from '../fakes/log.ts';
import { makeAct } from '../store/decision-values.ts';

const START = Date.parse('2026-06-01T10:00:00Z');
const CPUS = 2;

interface Tenant {
  id: string;
  run: number;
  cpuUsec: number;
  memory: number;
  running: boolean;
}

/** A box whose counters are what a test says, and one daemon after the other on it. */
class Scene {
  readonly history: FakeHistory = createHistory();
  readonly log: FakeLog = createLog();
  outbox = new Outbox();
  now = START;
  up = 0;
  boot = 1;
  busyUsec = 0;
  idleUsec = 0;
  /** Of the host; a test that wants some sets them. */
  totals: HostTotals = NO_TOTALS;
  /** How often they were read. */
  readings = 0;
  readonly tenants: Tenant[] = [];
  accountant = this.daemon();

  daemon(): Accountant {
    this.outbox = new Outbox();
    const { history, log, outbox } = this;
    this.accountant = new Accountant({
      ...{ history, outbox, cpus: CPUS, bootId: `boot${this.boot}`, log },
      readDisk: () => ({ used: 1, size: 2, inodesUsed: 3, inodes: 4 }),
      readTotals: () => {
        this.readings += 1;
        return this.totals;
      },
    });
    return this.accountant;
  }

  add(id: string): Tenant {
    const tenant = { id, run: 1, cpuUsec: 0, memory: 0, running: true };
    this.tenants.push(tenant);
    return tenant;
  }

  /** Time passes in which each running tenant uses so much CPU per second, and the host itself a tenth of a core. */
  pass(seconds: number, cpuUsec = 500_000): void {
    this.now += seconds * 1000;
    this.up += seconds * 1000;
    const running = this.tenants.filter((tenant) => tenant.running);
    for (const tenant of running) tenant.cpuUsec += cpuUsec * seconds;
    const busy = (running.length * cpuUsec + 100_000) * seconds;
    this.busyUsec += busy;
    this.idleUsec += CPUS * seconds * 1_000_000 - busy;
  }

  restart(tenant: Tenant): void {
    Object.assign(tenant, { run: tenant.run + 1, cpuUsec: 0, running: true });
  }

  reboot(): void {
    Object.assign(this, { boot: this.boot + 1, up: 0, busyUsec: 0, idleUsec: 0 });
    for (const tenant of this.tenants) this.restart(tenant);
  }

  look(): void {
    const readings: Reading[] = this.tenants
      .filter(({ running }) => running)
      .map(({ id, run, cpuUsec, memory }) => ({
        tenantId: id,
        epoch: `boot${this.boot}/${run}`,
        sample: makeSample({ at: this.up, cpuUsec, memory, pids: 3 }),
      }));
    const { busyUsec, idleUsec } = this;
    const cpu = { busyUsec, idleUsec, iowaitUsec: 0, stolenUsec: 0 };
    this.accountant.tick(
      this.now,
      {
        at: this.up,
        upMs: this.up,
        ...cpu,
        memoryTotal: 100,
        memoryAvailable: 40,
        swapUsed: 0,
        memoryFullUsec: null,
        cpuSomeUsec: null,
        memorySomeUsec: null,
        ioSomeUsec: null,
      },
      readings,
    );
  }

  tick(count = 1, cpuUsec = 500_000): void {
    for (let i = 0; i < count; i++) {
      this.look();
      this.pass(1, cpuUsec);
    }
  }

  rows(id: string, step: 10 | 60 | 3600 = 10) {
    return this.history.readSeries(id, 0, START * 2, step);
  }

  host(step: 10 | 60 | 3600 = 10) {
    return this.history.readHostSeries(0, START * 2, step);
  }
}

const sumOf = <K extends string>(rows: readonly { readonly [P in K]: number }[], key: K): number =>
  rows.reduce((sum, row) => sum + row[key], 0);

/** What the host had is what its rows account for, each microsecond in one place. */
const checkHost = (scene: Scene, usec: number): void => {
  const rows = scene.host();
  const used = sumOf(rows, 'tenantsUsec') + sumOf(rows, 'systemUsec') + sumOf(rows, 'idleUsec');
  assert.equal(used, usec);
  assert.equal(sumOf(rows, 'capacityUsec'), usec);
};

test('a row each ten seconds of the wall clock has the sums, averages and peaks of its ticks', () => {
  const scene = new Scene();
  const alice = scene.add('a');
  for (let i = 0; i <= 20; i++) {
    alice.memory = i * 100;
    scene.tick(1, i < 10 ? 500_000 : 1_000_000);
  }
  const rows = scene.rows('a');
  assert.deepEqual(
    rows.map(({ at, ms, cpuUsec, cpuPeak, memory, memoryPeak, pidsMilli }) => [
      at - START,
      ms,
      cpuUsec,
      cpuPeak,
      memory,
      memoryPeak,
      pidsMilli,
    ]),
    [
      [0, 10_000, 5_000_000, 500, 500, 1000, 3000],
      [10_000, 10_000, 10_000_000, 1000, 1550, 2000, 3000],
    ],
  );
  const [first] = scene.host();
  assert.deepEqual(
    [first?.tenantsUsec, first?.systemUsec, first?.idleUsec, first?.memoryUsed, first?.memoryTotal],
    [5_000_000, 1_000_000, 14_000_000, 60, 100],
  );
});

test('a daemon begun in the middle of a slot has a shorter row, and the next one is whole', () => {
  const scene = new Scene();
  scene.add('a');
  scene.now += 7000;
  scene.tick(14);
  assert.deepEqual(
    scene.rows('a').map(({ at, ms }) => [at - START, ms]),
    [
      [0, 3000],
      [10_000, 10_000],
    ],
  );
});

test('what passed while no daemon watched is one row at its return', () => {
  const scene = new Scene();
  scene.add('a');
  scene.tick(11);
  scene.pass(3600);
  scene.daemon();
  scene.tick(11);
  const [, gap] = scene.rows('a');
  assert.deepEqual([(gap?.at ?? 0) - START, gap?.ms], [3_610_000, 3_610_000]);
  assert.equal(sumOf(scene.rows('a'), 'cpuUsec'), 500_000 * 3620);
  checkHost(scene, CPUS * 3_620_000_000);
});

test('a tenant that was restarted counts from zero, whether the daemon watched or not', () => {
  const scene = new Scene();
  const alice = scene.add('a');
  scene.tick(15);
  scene.look();
  scene.restart(alice);
  scene.tick(6);
  assert.equal(sumOf(scene.rows('a'), 'cpuUsec'), 500_000 * 20);
  scene.restart(alice);
  scene.pass(100);
  scene.daemon();
  scene.tick(10);
  scene.accountant.finish(scene.now);
  // the last second of the run that ended unwatched is nobody's
  assert.equal(sumOf(scene.rows('a'), 'cpuUsec'), 500_000 * (20 + 109));
});

test('time the box was off is nobody’s, and counters of the new start count whole', () => {
  const scene = new Scene();
  scene.add('a');
  scene.tick(11);
  scene.now += 36_000_000;
  scene.reboot();
  scene.pass(30);
  scene.daemon();
  scene.tick(11);
  scene.accountant.finish(scene.now);
  checkHost(scene, CPUS * (10_000_000 + 40_000_000));
  assert.equal(sumOf(scene.rows('a'), 'cpuUsec'), 500_000 * 50);
});

test('of a new history nothing older is counted; of a known one a new tenant counts from its first moment', () => {
  const scene = new Scene();
  const old = scene.add('old');
  old.cpuUsec = 1e12;
  scene.tick(11);
  assert.equal(sumOf(scene.rows('old'), 'cpuUsec'), 5_000_000);
  scene.daemon();
  const fresh = scene.add('new');
  scene.pass(4);
  scene.tick(11);
  assert.equal(fresh.cpuUsec, 15 * 500_000);
  assert.equal(sumOf(scene.rows('new'), 'cpuUsec') % 500_000, 0);
  assert.ok(sumOf(scene.rows('new'), 'cpuUsec') >= 4 * 500_000);
});

test('a tenant that stopped has the row of its last seconds, and then none', () => {
  const scene = new Scene();
  const alice = scene.add('a');
  scene.tick(15);
  alice.running = false;
  scene.tick(30);
  assert.deepEqual(
    scene.rows('a').map(({ cpuUsec }) => cpuUsec),
    [5_000_000, 2_000_000],
  );
  assert.equal(scene.host().length, 4);
});

test('while the disk is full the next batch covers the longer time, and it is told once', () => {
  const scene = new Scene();
  scene.add('a');
  scene.outbox.addAct('a', makeAct(START));
  scene.tick(5);
  scene.history.failNextBatch();
  scene.tick(16);
  assert.deepEqual(
    scene.rows('a').map(({ at, ms, cpuUsec }) => [at - START, ms, cpuUsec]),
    [[10_000, 20_000, 10_000_000]],
  );
  assert.equal(scene.history.readActs(0, START * 2).length, 1);
  assert.deepEqual(scene.outbox.peek().acts, []);
  assert.equal(scene.log.messages('warn').length, 1);
  checkHost(scene, CPUS * 20_000_000);
});

test('an orderly end writes what is left, and the next daemon adds to that slot', () => {
  const scene = new Scene();
  scene.add('a');
  scene.tick(5);
  scene.accountant.finish(scene.now);
  assert.equal(scene.rows('a').length, 1);
  scene.daemon();
  scene.tick(6);
  assert.deepEqual(
    scene.rows('a').map(({ at, ms, cpuUsec }) => [at - START, ms, cpuUsec]),
    [[0, 10_000, 5_000_000]],
  );
});

test('a clock that is set back or ahead neither loses nor doubles time', () => {
  const scene = new Scene();
  scene.add('a');
  scene.tick(25);
  scene.now -= 3_600_000;
  scene.tick(25);
  scene.now += 7_200_000;
  scene.tick(25);
  scene.accountant.finish(scene.now);
  const seconds = (scene.up - 1000) / 1000;
  checkHost(scene, CPUS * seconds * 1_000_000);
  assert.equal(sumOf(scene.rows('a'), 'cpuUsec'), 500_000 * seconds);
});

const totalsOf = (count: number): HostTotals => ({
  pids: count,
  ioReadBytes: count * 512,
  ioWriteBytes: count * 1024,
  ioReadOps: count,
  ioWriteOps: count * 2,
  netRxBytes: count * 1500,
  netTxBytes: count * 64,
  oomKills: count,
});

const readOps = (scene: Scene): (number | null)[] => scene.host().map(({ ioReadOps }) => ioReadOps);

test('what the box did is asked once for each row, and once more when a history begins', () => {
  const scene = new Scene();
  scene.totals = totalsOf(1000);
  scene.tick(10);
  assert.equal(scene.readings, 1);
  scene.totals = totalsOf(1007);
  scene.tick(11);
  assert.equal(scene.readings, 3);
  const [first, second] = scene.host();
  assert.deepEqual(
    [first?.ioReadBytes, first?.ioWriteBytes, first?.ioReadOps, first?.ioWriteOps],
    [7 * 512, 7 * 1024, 7, 14],
  );
  assert.deepEqual([first?.netRxBytes, first?.netTxBytes, first?.oomKills], [7 * 1500, 7 * 64, 7]);
  assert.deepEqual([first?.pidsPeak, first?.inodesUsed, first?.inodes], [1007, 3, 4]);
  assert.deepEqual([second?.ioReadOps, second?.oomKills], [0, 0]);
});

test('what the box did while no daemon watched is in the row of its return, also after a disk that was full', () => {
  const scene = new Scene();
  scene.totals = totalsOf(10);
  scene.tick(11);
  scene.pass(3600);
  scene.totals = totalsOf(110);
  scene.daemon();
  scene.history.failNextBatch();
  scene.tick(10);
  scene.totals = totalsOf(113);
  scene.tick(10);
  assert.deepEqual(readOps(scene), [0, 103]);
});

test('after a reboot the totals count from zero, and a disk unplugged between two daemons adds nothing', () => {
  const scene = new Scene();
  scene.totals = totalsOf(1000);
  scene.tick(11);
  scene.reboot();
  scene.pass(30);
  scene.totals = totalsOf(40);
  scene.daemon();
  scene.tick(10);
  scene.totals = totalsOf(30);
  scene.daemon();
  scene.tick(10);
  scene.totals = totalsOf(35);
  scene.tick(10);
  assert.deepEqual(readOps(scene), [0, 40, 0, 5]);
});

test('a total that the kernel does not tell, or did not a row ago, is unknown', () => {
  const scene = new Scene();
  scene.totals = { ...totalsOf(50), ioReadOps: null };
  scene.tick(11);
  scene.totals = totalsOf(60);
  scene.tick(10);
  scene.totals = totalsOf(61);
  scene.tick(10);
  scene.totals = { ...totalsOf(70), ioReadOps: null };
  scene.tick(10);
  assert.deepEqual(readOps(scene), [null, null, 1, null]);
  assert.deepEqual(
    scene.host().map(({ ioWriteOps }) => ioWriteOps),
    [0, 20, 2, 18],
  );
});

test('a forgotten tenant is known no more', () => {
  const scene = new Scene();
  const alice = scene.add('a');
  scene.tick(11);
  alice.running = false;
  scene.accountant.forgetTenant('a');
  scene.history.forgetTenant('a');
  scene.tick(20);
  assert.deepEqual(scene.rows('a'), []);
});

/** What may happen between ticks. */
const happening = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('tick'), n: fc.integer({ min: 1, max: 25 }) }) },
  fc.record({ kind: fc.constant('die'), n: fc.integer({ min: 0, max: 5000 }) }),
  fc.record({ kind: fc.constant('full'), n: fc.constant(0) }),
  fc.record({ kind: fc.constant('clock'), n: fc.integer({ min: -5000, max: 5000 }) }),
);

const happen = (scene: Scene, { kind, n }: { readonly kind: string; readonly n: number }): void => {
  if (kind === 'tick') scene.tick(n);
  if (kind === 'full') scene.history.failNextBatch();
  if (kind === 'clock') scene.now += n * 1000;
  if (kind !== 'die') return;
  scene.pass(n);
  scene.daemon();
};

test('whatever happens to daemon, disk and clock: tenants + system + idle is capacity x time, and tenants what they used', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 30 }), (happenings) => {
      const scene = new Scene();
      scene.add('a');
      scene.add('b');
      scene.look();
      scene.accountant.finish(scene.now);
      scene.daemon();
      for (const one of happenings) happen(scene, one);
      scene.look();
      scene.accountant.finish(scene.now);
      scene.look();
      scene.accountant.finish(scene.now);
      checkHost(scene, (CPUS * 1_000_000 * scene.up) / 1000);
      for (const { id, cpuUsec } of scene.tenants) assert.equal(sumOf(scene.rows(id), 'cpuUsec'), cpuUsec);
    }),
  );
});
