// The plan, run on a small model of a host: from every state to every wish, each step legal, nothing left to do after.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Observed,
  planTenant,
  planUndoCreation,
  STEP_TEXT,
  type Step,
  type StepKind,
} from '../../src/domain/plan.ts';
import type { Tenant } from '../../src/domain/tenant.ts';
import { GiB } from '../../src/domain/units.ts';
import { makeTenant } from './tenant-values.ts';

type World = Observed & { readonly files: 'there' | 'trash' | 'gone' };

const kinds = (steps: readonly Step[]): string => steps.map(({ kind }) => kind).join(' ');

const isUp = ({ container }: World): boolean => container === 'running' || container === 'frozen';

interface Rule {
  /** What must hold before; the kernel or LXC refuses otherwise. */
  readonly needs: (w: World, t: Tenant) => boolean;
  readonly makes: (w: World, t: Tenant) => Partial<World>;
}

const RULES: { readonly [K in StepKind]: Rule } = {
  'ensure-base': { needs: () => true, makes: () => ({ base: true }) },
  'create-disk': { needs: (w) => w.disk === null, makes: (_, t) => ({ disk: t.limits.disk, files: 'there' }) },
  // a mounted disk changes only while its tenant is up, where the probe allowed it
  'resize-disk': {
    needs: (w) => w.disk !== null && (isUp(w) || !w.mounted),
    makes: (_, t) => ({ disk: t.limits.disk }),
  },
  mount: { needs: (w) => w.base && w.disk !== null && !w.leftovers, makes: () => ({ mounted: true }) },
  'write-identity': { needs: (w) => w.mounted && w.container === 'stopped', makes: () => ({}) },
  start: {
    // LXC: "File exists" while the groups or the link of a former run are there
    needs: (w) => w.mounted && w.container === 'stopped' && !w.cgroup && !w.link,
    makes: () => ({ container: 'running', cgroup: true, link: true, drift: false }),
  },
  'apply-limits': { needs: isUp, makes: () => ({ drift: false }) },
  freeze: { needs: (w) => w.container === 'running', makes: () => ({ container: 'frozen' }) },
  thaw: { needs: (w) => w.container === 'frozen', makes: () => ({ container: 'running' }) },
  stop: {
    needs: (w) => w.container !== 'stopped' && w.container !== 'frozen',
    makes: () => ({ container: 'stopped', drift: false }),
  },
  'remove-cgroup': { needs: (w) => w.container === 'stopped', makes: () => ({ cgroup: false }) },
  'remove-link': { needs: (w) => w.container === 'stopped', makes: () => ({ link: false }) },
  unmount: {
    needs: (w) => w.container === 'stopped' && !w.cgroup,
    makes: () => ({ mounted: false, leftovers: false }),
  },
  'move-to-trash': {
    needs: (w) => w.container === 'stopped' && !w.mounted && !w.leftovers && !w.cgroup && !w.link,
    makes: () => ({ files: 'trash', disk: null }),
  },
  'restore-from-trash': { needs: () => true, makes: (_, t) => ({ files: 'there', disk: t.limits.disk }) },
  'delete-tenant': {
    needs: (w) => w.container === 'stopped' && !w.mounted && !w.leftovers && !w.cgroup && !w.link,
    makes: () => ({ files: 'gone', disk: null }),
  },
};

const runPlan = (steps: readonly Step[], start: World, tenant: Tenant): World => {
  let world = start;
  for (const { kind } of steps) {
    const { needs, makes } = RULES[kind];
    assert.ok(needs(world, tenant), `${kind} is not legal in ${JSON.stringify(world)}; plan: ${kinds(steps)}`);
    world = { ...world, ...makes(world, tenant) };
  }
  return world;
};

const DISK = 5 * GiB;
const bools = [false, true] as const;

/** All that can be seen. A tenant that is up stands on its mounts, groups and link. */
const combine = <K extends keyof World>(known: readonly Partial<World>[], key: K, values: readonly World[K][]) =>
  known.flatMap((world) => values.map((value) => ({ ...world, [key]: value }) as Partial<World>));

const listWorlds = (): World[] => {
  let all: readonly Partial<World>[] = [{ files: 'there' }];
  all = combine(all, 'container', ['stopped', 'running', 'frozen', 'unclear']);
  all = combine(all, 'disk', [null, DISK, DISK - 1, DISK + 1]);
  for (const key of ['base', 'mounted', 'leftovers', 'cgroup', 'link', 'drift'] as const)
    all = combine(all, key, bools);
  return (all as readonly World[]).filter((w) => {
    if (w.mounted && (w.disk === null || !w.base)) return false;
    return isUp(w) ? w.mounted && w.cgroup : !w.drift;
  });
};

const worlds = listWorlds();
const say = (desired: string, w: World): string => `${desired} from ${JSON.stringify(w)}`;

test('every wish is reached from every state by legal steps only, and then nothing is left to do', () => {
  assert.ok(worlds.length > 150);
  for (const world of worlds) {
    for (const desired of ['running', 'stopped', 'frozen'] as const) {
      const tenant = makeTenant({ desired });
      const end = runPlan(planTenant(tenant, world), world, tenant);
      assert.equal(end.container, desired, say(desired, world));
      assert.equal(end.base && end.disk === DISK && !end.drift, true, say(desired, world));
      if (desired === 'stopped')
        assert.equal(end.mounted || end.leftovers || end.cgroup || end.link, false, say(desired, world));
      else assert.equal(end.mounted && end.cgroup, true, say(desired, world));
      assert.deepEqual(planTenant(tenant, end), [], say(desired, world));
    }
  }
});

test('a plan that is cut after any number of steps is finished by the next plan', () => {
  const wish = fc.constantFrom('running' as const, 'stopped' as const, 'frozen' as const);
  fc.assert(
    fc.property(fc.constantFrom(...worlds), wish, wish, fc.nat(12), (world, first, second, cut) => {
      const before = makeTenant({ desired: first });
      const middle = runPlan(planTenant(before, world).slice(0, cut), world, before);
      const tenant = makeTenant({ desired: second });
      const end = runPlan(planTenant(tenant, middle), middle, tenant);
      assert.equal(end.container, second);
      assert.deepEqual(planTenant(tenant, end), []);
    }),
    { numRuns: 3000 },
  );
});

test('a removal ends in the trash with nothing on the host, from every state and after any cut', () => {
  const tenant = makeTenant({ phase: 'deleting', desired: 'stopped' });
  for (const world of worlds) {
    const steps = planTenant(tenant, world);
    for (let cut = 0; cut <= steps.length; cut++) {
      const middle = runPlan(steps.slice(0, cut), world, tenant);
      const end = runPlan(planTenant(tenant, middle), middle, tenant);
      assert.equal(end.files, 'trash');
      assert.equal(end.cgroup || end.link || end.mounted || end.leftovers, false);
    }
  }
});

test('the undo of a creation deletes everything, from every state and after any cut', () => {
  const tenant = makeTenant({ phase: 'creating' });
  for (const world of worlds) {
    const steps = planUndoCreation(world);
    for (let cut = 0; cut <= steps.length; cut++) {
      const middle = runPlan(steps.slice(0, cut), world, tenant);
      const end = runPlan(planUndoCreation(middle), middle, tenant);
      assert.equal(end.files, 'gone');
      assert.equal(end.cgroup || end.link || end.mounted || end.leftovers, false);
    }
  }
});

const nothing: Observed = {
  base: false,
  disk: null,
  mounted: false,
  leftovers: false,
  container: 'stopped',
  cgroup: false,
  link: false,
  drift: false,
};

test('a creation is these steps, in this order', () => {
  assert.equal(
    kinds(planTenant(makeTenant({ phase: 'creating', base: null }), nothing)),
    'ensure-base create-disk mount write-identity start',
  );
  assert.equal(
    kinds(planTenant(makeTenant({ phase: 'creating', desired: 'stopped' }), nothing)),
    'ensure-base create-disk',
  );
  assert.equal(
    kinds(planTenant(makeTenant({ desired: 'frozen' }), nothing)),
    'ensure-base create-disk mount write-identity start freeze',
  );
});

test('a stop from frozen thaws first, so that init can act', () => {
  const frozen: Observed = {
    ...nothing,
    base: true,
    disk: DISK,
    mounted: true,
    container: 'frozen',
    cgroup: true,
    link: true,
  };
  assert.equal(
    kinds(planTenant(makeTenant({ desired: 'stopped' }), frozen)),
    'thaw stop remove-cgroup remove-link unmount',
  );
});

test('a restore only moves; the state follows when it is ready again', () => {
  assert.equal(kinds(planTenant(makeTenant({ phase: 'restoring' }), nothing)), 'restore-from-trash');
});

test('a disk that must change is unmounted first when its tenant is down', () => {
  const left: Observed = { ...nothing, base: true, disk: DISK + 1, mounted: true };
  assert.equal(kinds(planTenant(makeTenant(), left)), 'unmount resize-disk mount write-identity start');
});

test('a penalty does not wait for a disk whose change may be refused', () => {
  const up: Observed = { ...nothing, base: true, disk: DISK + 1, mounted: true, container: 'running', cgroup: true };
  assert.equal(kinds(planTenant(makeTenant({ desired: 'frozen' }), up)), 'freeze resize-disk');
});

test('each step has words for people', () => {
  for (const [kind, text] of Object.entries(STEP_TEXT)) assert.ok(text.length > 3, kind);
});
