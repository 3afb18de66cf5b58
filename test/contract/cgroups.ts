// What every implementation of the Cgroups port must do: run on the fake, on a folder that plays the kernel, on the kernel.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Place } from '../../src/domain/instance.ts';
import { DEFAULT_LIMITS, type LimitName, type Limits } from '../../src/domain/limits.ts';
import { GiB, MiB } from '../../src/domain/units.ts';
import type { Cgroups, CgroupValue } from '../../src/ports/cgroups.ts';
import { until } from '../support/poll.ts';

export interface CgroupsBench {
  readonly cgroups: Cgroups;
  readonly place: Place;
  /** Makes the groups that LXC makes at a start. */
  makeGroups(): void;
  /** Writes a value behind the port's back. */
  spoil(value: CgroupValue, text: string): void;
  /** A process in the tenant's tree, or in none. */
  spawn(where: 'inside' | 'outside'): Promise<{ readonly pid: number; isAlive(): boolean }>;
  /** Makes the tenant use that much memory that cannot be reclaimed. */
  occupy?(bytes: number): Promise<void>;
  close(): Promise<void>;
}

const CAP = { cpu: 1900, memory: 4 * GiB };
const LIMITS: Limits = { ...DEFAULT_LIMITS, cpu: 500, cpuWeight: 200, memory: 256 * MiB, pids: 100 };

/** A value for each limit that differs from LIMITS. */
const OTHER: Readonly<Partial<Limits>> = { cpu: 250, cpuWeight: 50, memory: 128 * MiB, pids: 50, cpuset: '0' };

const SPOILT: Readonly<Record<string, string>> = {
  'cpu.max': '70000 100000',
  'cpu.cfs_quota_us': '70000',
  'pids.max': '77',
  'memory.max': String(512 * MiB),
  'cpu.weight': '300',
  'cpu.shares': '3072',
  'memory.low': String(8 * MiB),
  'memory.soft_limit_in_bytes': String(8 * MiB),
};

export interface ContractOptions {
  readonly open: () => Promise<CgroupsBench>;
  /** False where a plain folder plays a kernel whose freezer would have to answer. */
  readonly freezes?: boolean;
  /** False where nothing can use memory: `occupy` is missing. */
  readonly occupies?: boolean;
  /** Returns false where the machine cannot run the test (it is skipped or failed by then). */
  readonly may?: (t: { skip(message?: string): void }) => boolean;
}

export const cgroupsContract = (name: string, options: ContractOptions): void => {
  const started = (title: string, body: (bench: CgroupsBench) => Promise<void> | void): void => {
    test(title, async (t) => {
      if (options.may && !options.may(t)) return;
      const bench = await options.open();
      try {
        await bench.cgroups.ensureHouse(bench.place.house, CAP);
        bench.makeGroups();
        await body(bench);
      } finally {
        await bench.close();
      }
    });
  };
  describe(name, () => {
    limitTests(started);
    protectionTests(started);
    driftTests(started);
    outerTests(started);
    memoryTests(started);
    signalTests(started);
    if (options.occupies ?? true) descentTests(started);
    lifeTests(started, options.freezes ?? true);
  });
};

type Started = (title: string, body: (bench: CgroupsBench) => Promise<void> | void) => void;

const limitTests = (started: Started): void => {
  started('limits that were applied show no drift, and applying them again is fine', async ({ cgroups, place }) => {
    await cgroups.apply(place, LIMITS);
    assert.deepEqual(cgroups.findDrift(place, LIMITS), []);
    await cgroups.apply(place, LIMITS);
    assert.deepEqual(cgroups.findDrift(place, LIMITS), []);
  });
  started('each limit that can be enforced is told apart from another value of it', async ({ cgroups, place }) => {
    await cgroups.apply(place, LIMITS);
    for (const [limit, value] of Object.entries(OTHER) as [LimitName, never][]) {
      const drifted = new Set(cgroups.findDrift(place, { ...LIMITS, [limit]: value }).map((drift) => drift.limit));
      const isSeen = drifted.has(limit);
      assert.equal(isSeen, !(limit in cgroups.unenforceable), limit);
    }
  });
  started('limits can be tightened, widened and lifted while the groups live', async ({ cgroups, place }) => {
    const cpuset = 'cpuset' in cgroups.unenforceable ? null : '0';
    const lifted: Limits = { ...LIMITS, cpu: null, memory: null, pids: null, cpuset: null };
    for (const limits of [LIMITS, { ...LIMITS, ...OTHER, cpuset }, LIMITS, lifted, { ...LIMITS, cpuset }, lifted]) {
      await cgroups.apply(place, limits);
      assert.deepEqual(cgroups.findDrift(place, limits), []);
    }
  });
  started('a limit above the ceiling of the house is taken, and the house may shrink below a limit', async (bench) => {
    const { cgroups, place } = bench;
    const wide = { ...LIMITS, cpu: CAP.cpu + 100, memory: CAP.memory + MiB };
    await cgroups.apply(place, wide);
    assert.deepEqual(cgroups.findDrift(place, wide), []);
    await cgroups.apply(place, LIMITS);
    await cgroups.ensureHouse(place.house, { cpu: 300, memory: CAP.memory });
    await cgroups.apply(place, LIMITS);
    assert.deepEqual(cgroups.findDrift(place, LIMITS), []);
  });
  started('the plan and the config lines leave out what the host cannot enforce', ({ cgroups }) => {
    const all = { ...LIMITS, ioRead: MiB, ioWrite: MiB, cpuset: '0' };
    const planned = new Set(cgroups.plan(all).map(({ limit }) => limit));
    for (const limit of Object.keys(cgroups.unenforceable)) assert.ok(!planned.has(limit as LimitName), limit);
    for (const line of cgroups.configLines(all)) assert.match(line, /^lxc\.cgroup2?\.[a-z_.]+ = [^\n]+$/);
  });
};

const protectionTests = (started: Started): void => {
  started('memory can be protected, by another amount, and no longer, while the groups live', async (bench) => {
    const { cgroups, place } = bench;
    for (const memoryLow of [64 * MiB, 32 * MiB + 100, 0, undefined, 96 * MiB, undefined]) {
      const limits = memoryLow === undefined ? LIMITS : { ...LIMITS, memoryLow };
      await cgroups.apply(place, limits);
      assert.deepEqual(cgroups.findDrift(place, limits), []);
      assert.notDeepEqual(cgroups.findDrift(place, { ...LIMITS, memoryLow: 128 * MiB }), []);
    }
  });
  started('a protection that is wanted has a value, in whole pages, and a line for the start', ({ cgroups }) => {
    const isProtection = ({ file }: CgroupValue): boolean => /\.(low|soft_limit_in_bytes)$/.test(file);
    const wanted = cgroups.plan({ ...LIMITS, memoryLow: 64 * MiB + 100 }).filter(isProtection);
    assert.deepEqual([...new Set(wanted.map(({ limit, value }) => `${limit} ${value}`))], [`memory ${64 * MiB}`]);
    const lines = (memoryLow: number): readonly string[] =>
      cgroups.configLines({ ...LIMITS, memoryLow }).filter((line) => /low|soft/.test(line));
    assert.match(lines(64 * MiB).join(), new RegExp(`^lxc\\.cgroup2?\\.memory\\.[a-z_]+ = ${64 * MiB}$`));
    assert.deepEqual(lines(0), []);
  });
};

const driftTests = (started: Started): void => {
  started('a value changed behind our back is found with path and both values, and repaired', async (bench) => {
    const { cgroups, place } = bench;
    await cgroups.apply(place, LIMITS);
    const values = cgroups.plan(LIMITS).filter(({ file }) => file in SPOILT);
    assert.ok(values.length >= 3);
    assert.ok(
      values.some(({ node }) => node === 'root'),
      'weights act between tenants',
    );
    if (cgroups.version !== 'v2')
      assert.ok(
        values.some(({ node, file }) => node === 'root' && file === 'cpu.cfs_quota_us'),
        'v1 refuses a quota above one that somebody set on the group around it',
      );
    for (const value of values) {
      bench.spoil(value, SPOILT[value.file] ?? '');
      const [drift, ...more] = cgroups.findDrift(place, LIMITS);
      assert.deepEqual(more, []);
      assert.equal(drift?.limit, value.limit);
      assert.equal(drift?.want, value.value);
      assert.equal(drift?.got, SPOILT[value.file]);
      assert.ok(drift?.path.endsWith(`/${place[value.node]}/${value.file}`), drift?.path);
      await cgroups.apply(place, LIMITS);
      assert.deepEqual(cgroups.findDrift(place, LIMITS), []);
    }
  });
};

const outerTests = (started: Started): void => {
  started('a quota that somebody set around the tenant stands in the way of no limit', async (bench) => {
    const { cgroups, place } = bench;
    await cgroups.apply(place, { ...LIMITS, cpu: null });
    const outer = cgroups.plan(LIMITS).find(({ node, file }) => node === 'root' && file === 'cpu.cfs_quota_us');
    // v2 takes a quota above the one around it, and systemd may own that one
    if (outer) bench.spoil(outer, '12345');
    await cgroups.apply(place, LIMITS);
    assert.deepEqual(cgroups.findDrift(place, LIMITS), []);
  });
};

const memoryTests = (started: Started): void => {
  started('a memory limit above the use is set at once, in whole pages', async ({ cgroups, place }) => {
    await cgroups.apply(place, LIMITS);
    assert.equal(await cgroups.lowerMemory(place, 64 * MiB + 100), 64 * MiB);
    assert.equal(await cgroups.lowerMemory(place, 96 * MiB), 96 * MiB);
    assert.deepEqual(cgroups.findDrift(place, { ...LIMITS, memory: 96 * MiB, swap: LIMITS.swap }).filter(isMemory), []);
  });
};

/** A place in the same house that nobody made. */
const ghostOf = ({ house }: Place): Place => {
  const root = `${house}/none`;
  return { house, root, payload: `${root}/payload`, inner: `${root}/payload/ns`, monitor: `${root}/monitor` };
};

const signalTests = (started: Started): void => {
  started("a signal ends those processes that are the tenant's, and no other", async ({ cgroups, place, spawn }) => {
    const [mine, also, left] = [await spawn('inside'), await spawn('inside'), await spawn('inside')];
    const foreign = await spawn('outside');
    const asked = [foreign.pid, mine.pid, 0, -1, also.pid, mine.pid, 1.5, Number.NaN, 2 ** 22 + 1];
    assert.equal(await cgroups.signalPids(place, asked, 'SIGKILL'), 2);
    await until('both end', () => !mine.isAlive() && !also.isAlive());
    assert.deepEqual([left.isAlive(), foreign.isAlive()], [true, true]);
    assert.equal(await cgroups.signalPids(place, [], 'SIGKILL'), 0);
  });
  started('memory is asked back without harm, from a place that is gone too', async ({ cgroups, place, spawn }) => {
    const mine = await spawn('inside');
    await cgroups.apply(place, LIMITS);
    const went = await cgroups.reclaim(place, 8 * MiB);
    assert.ok(Number.isSafeInteger(went) && went >= 0, `${went}`);
    assert.ok(mine.isAlive());
    assert.deepEqual(cgroups.findDrift(place, LIMITS), []);
    assert.equal(await cgroups.reclaim(ghostOf(place), MiB), 0);
  });
};

const descentTests = (started: Started): void => {
  started('a memory limit below the use follows the use and kills nobody', async (bench) => {
    const { cgroups, place } = bench;
    assert.ok(bench.occupy);
    await cgroups.apply(place, LIMITS);
    await bench.occupy(100 * MiB);
    const sampler = cgroups.openSampler(place);
    const reached = await cgroups.lowerMemory(place, 32 * MiB);
    assert.ok(reached > 100 * MiB && reached < 220 * MiB, `${reached}`);
    await cgroups.apply(place, { ...LIMITS, memory: 32 * MiB });
    assert.deepEqual(
      cgroups.findDrift(place, { ...LIMITS, memory: 32 * MiB }).map(({ limit }) => limit)[0],
      'memory',
      'what could not be taken yet shows as drift',
    );
    const sample = sampler.sample(0);
    sampler.close();
    assert.equal(sample?.oomKills, 0);
    assert.ok((sample?.memory ?? 0) >= 99 * MiB);
  });
  started('a forced memory limit is written where the kernel takes it, and the hog goes', async (bench) => {
    const { cgroups, place } = bench;
    assert.ok(bench.occupy);
    await cgroups.apply(place, LIMITS);
    await bench.occupy(100 * MiB);
    const reached = await cgroups.lowerMemory(place, 32 * MiB, { force: true });
    if (cgroups.forcesMemory) assert.equal(reached, 32 * MiB);
    else assert.ok(reached > 100 * MiB, 'v1 refuses, and nobody is killed');
  });
};

const isMemory = ({ limit }: { limit: LimitName }): boolean => limit === 'memory';

const lifeTests = (started: Started, freezes: boolean): void => {
  started('a house is ensured twice and lists what is in it', async ({ cgroups, place }) => {
    await cgroups.ensureHouse(place.house, CAP);
    assert.deepEqual(cgroups.list(place.house), [place.root.slice(place.house.length + 1)]);
    assert.ok(cgroups.exists(place));
    await cgroups.removeHouse(place.house);
    assert.ok(cgroups.exists(place), 'a house that is not empty stays');
  });
  started('removal takes the whole tree and may run again; its sampler then says it is gone', async (bench) => {
    const { cgroups, place } = bench;
    const sampler = cgroups.openSampler(place);
    const second = cgroups.openSampler(place);
    second.close();
    assert.match(sampler.identity, /^\d+$/);
    assert.equal(second.identity, sampler.identity);
    assert.equal(typeof sampler.sample(5)?.cpuUsec, 'number');
    await cgroups.killAll(place);
    assert.deepEqual(cgroups.listPids(place), []);
    await cgroups.remove(place);
    await cgroups.remove(place);
    assert.deepEqual([cgroups.exists(place), cgroups.list(place.house)], [false, []]);
    sampler.close();
    await cgroups.removeHouse(place.house);
    await cgroups.removeHouse(place.house);
  });
  started('a place without groups is empty, without drift, thawed and removable', async ({ cgroups, place }) => {
    const ghost = ghostOf(place);
    assert.deepEqual(
      [cgroups.exists(ghost), cgroups.listPids(ghost), cgroups.findDrift(ghost, LIMITS)],
      [false, [], []],
    );
    assert.equal(cgroups.isFrozen(ghost), false);
    await cgroups.killAll(ghost);
    await cgroups.remove(ghost);
    await cgroups.thaw(ghost);
    assert.equal(cgroups.openSampler(ghost).sample(0), undefined);
    assert.equal(cgroups.openSampler(ghost).identity, '');
    await assert.rejects(cgroups.apply(ghost, LIMITS), { code: 'KERNEL_WRITE' });
  });
  if (!freezes) return;
  started(
    'a frozen process that is killed ends at once where the kernel does that, else when it is thawed',
    async (bench) => {
      const { cgroups, place } = bench;
      const mine = await bench.spawn('inside');
      await cgroups.freeze(place);
      assert.equal(await cgroups.signalPids(place, [mine.pid], 'SIGKILL'), 1);
      if (!cgroups.killsFrozen) {
        assert.ok(mine.isAlive());
        await cgroups.thaw(place);
      }
      await until('it ends', () => !mine.isAlive());
      await cgroups.thaw(place);
    },
  );
  started('a tenant freezes and thaws, each as often as one likes', async ({ cgroups, place }) => {
    assert.equal(cgroups.isFrozen(place), false);
    for (const frozen of [true, true, false, false, true]) {
      await (frozen ? cgroups.freeze(place) : cgroups.thaw(place));
      assert.equal(cgroups.isFrozen(place), frozen);
    }
    await cgroups.killAll(place);
  });
};
