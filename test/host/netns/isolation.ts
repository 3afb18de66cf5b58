// Traffic between two tenants, the host and the world, with and without the rules. Runs in a network namespace of its
// own: see ../network.test.ts.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildInstance } from '../../../src/domain/instance.ts';
import { linkName } from '../../../src/domain/slots.ts';
import { run } from '../../../src/linux/exec.ts';
import { openHostSettings } from '../../../src/linux/host-settings.ts';
import { openNetwork } from '../../../src/linux/network/open.ts';
import type { Network } from '../../../src/ports/network.ts';
import { createLog } from '../../fakes/log.ts';
import { openStage, type Stage, type Tenant, UPLINK } from './stage.ts';

const instance = buildInstance('/tmp/state-of-the-isolation-test');
const neighbour = buildInstance('/tmp/state-of-another-instance');
/** Which half to run; the kernel of user-mode-linux can only do the second. */
const method = process.argv[2] === 'rules' ? 'rules' : 'nft';
const notes = mkdtempSync(join(tmpdir(), 'tenantctl-notes-'));
const settings = openHostSettings(notes, '/proc');
let stage: Stage;

const open = (of = instance): Promise<Network> => openNetwork({ instance: of, log: createLog(), settings, method });

/** What each target says to a connection. */
const reach = async (from: Tenant, targets: Readonly<Record<string, string>>): Promise<Record<string, string>> => {
  const answers = await from.connect(...Object.values(targets));
  return Object.fromEntries(Object.keys(targets).map((name, i) => [name, answers[i] ?? '']));
};

const neighbours = (): Record<string, string> => ({ bob4: stage.bob.v4, bob6: stage.bob.v6 });
const host = { host4: UPLINK.host4, host6: UPLINK.host6 };
const world = { world4: UPLINK.world4, world6: UPLINK.world6 };

const isV6 = (address: string): boolean => address.includes(':');

/** Alice sends from addresses that are not hers; the answer is what arrived of it. */
const forge = async (to: Tenant | Stage['host'], addresses: readonly string[]): Promise<string[]> => {
  const arrived: string[] = [];
  for (const address of addresses) {
    for (const source of FORGED.filter((source) => isV6(source) === isV6(address)))
      assert.equal(await stage.alice.send(address, `forged ${source}`, source), 'sent');
    await stage.host.send(address, `mark ${address}`);
    arrived.push(...(await to.wait(`mark ${address}`)).filter((text) => text.startsWith('forged')));
  }
  return arrived.sort();
};

/** ip rules answer with an error (prohibit), which may get lost. */
const UNREACHED = /^(timeout|E(HOSTUNREACH|ACCES|NETUNREACH))$/;

const FORGED = ['10.96.200.200', 'fd77:7465:6e61::beef', '198.51.100.7', 'fd01::7'];

const own = async (verb: 'add' | 'del', address: string): Promise<void> => {
  const v6 = isV6(address);
  const words = ['addr', verb, `${address}/${v6 ? 128 : 32}`, 'dev', 'eth0'];
  // deprecated: never chosen as a source by itself (RFC 6724)
  await stage.alice.ip(...words, ...(verb === 'add' && v6 ? ['nodad', 'preferred_lft', '0'] : []));
};

before(async () => {
  stage = await openStage(instance);
  for (const address of FORGED) await own('add', address);
});
after(() => stage.stop());
after(() => rmSync(notes, { recursive: true }));

describe('without rules', () => {
  test('a tenant reaches its neighbour, the host and the world: the stage is open', async () => {
    assert.deepEqual(await reach(stage.alice, { ...neighbours(), ...host, ...world }), {
      bob4: 'open',
      bob6: 'open',
      host4: 'open',
      host6: 'open',
      world4: 'open',
      world6: 'open',
    });
    assert.deepEqual(await stage.world.connect(stage.alice.v4, stage.alice.v6), ['open', 'open']);
    await stage.alice.send(UPLINK.world6, 'out');
    assert.deepEqual(await stage.world.wait('out'), ['out']);
  });

  test('a tenant can forge any source', async () => {
    const all = FORGED.map((source) => `forged ${source}`).sort();
    assert.deepEqual(await forge(stage.bob, [stage.bob.v4, stage.bob.v6]), all);
    assert.deepEqual(await forge(stage.host, [UPLINK.host4, UPLINK.host6]), all);
  });
});

describe('with nftables', { skip: method !== 'nft' }, () => {
  let network: Network;
  before(async () => {
    network = await open();
    await network.ensureIsolation();
  });
  after(() => network.removeIsolation());

  test('a tenant reaches neither its neighbour nor the host nor the world', async () => {
    assert.deepEqual(await reach(stage.alice, { ...neighbours(), ...host, ...world }), {
      bob4: 'timeout',
      bob6: 'timeout',
      host4: 'timeout',
      host6: 'timeout',
      world4: 'timeout',
      world6: 'timeout',
    });
  });

  test('the world reaches no tenant', async () => {
    assert.deepEqual(await stage.world.connect(stage.alice.v4, stage.alice.v6), ['timeout', 'timeout']);
  });

  test('not even one packet passes between a tenant and the world', async () => {
    for (const [tenant, far] of [
      [stage.alice.v4, UPLINK.world4],
      [stage.alice.v6, UPLINK.world6],
    ] as const) {
      await stage.alice.send(far, 'out');
      await stage.host.send(far, `mark ${far}`);
      assert.deepEqual(await stage.world.wait(`mark ${far}`), [`mark ${far}`]);
      await stage.world.send(tenant, 'in');
      await stage.host.send(tenant, `mark ${tenant}`);
      assert.deepEqual(await stage.alice.wait(`mark ${tenant}`), [`mark ${tenant}`]);
    }
  });

  test('the host reaches a tenant, and the answers come back', async () => {
    assert.deepEqual(await stage.host.connect(stage.alice.v4, stage.alice.v6), ['open', 'open']);
  });

  test('neighbour discovery works under the rules, from nothing', async () => {
    await run('ip', ['neigh', 'flush', 'all']);
    await run('ip', ['-6', 'neigh', 'flush', 'all']);
    await stage.alice.ip('-6', 'neigh', 'flush', 'all');
    assert.deepEqual(await stage.host.connect(stage.alice.v4, stage.alice.v6), ['open', 'open']);
  });

  test('nothing with a forged source arrives at the neighbour or the host', async () => {
    assert.deepEqual(await forge(stage.bob, [stage.bob.v4, stage.bob.v6]), []);
    assert.deepEqual(await forge(stage.host, [UPLINK.host4, UPLINK.host6]), []);
  });

  test('a tenant cannot take over an answer that the host expects from its neighbour', async () => {
    for (const [from, hostAddress] of [
      [stage.bob.v4, UPLINK.host4],
      [stage.bob.v6, UPLINK.host6],
    ] as const) {
      // the host asks bob from port 5555, so conntrack lets bob:5555 answer
      await stage.host.send(from, 'question', hostAddress, 5555);
      await stage.bob.wait('question');
      await own('add', from);
      await stage.alice.send(hostAddress, 'forged answer', from, 5555);
      await own('del', from);
      await stage.bob.send(hostAddress, 'true answer', from, 5555);
      assert.deepEqual(await stage.host.wait('true answer'), ['true answer']);
    }
  });
});

describe('with nftables, over time', { skip: method !== 'nft' }, () => {
  test('after a flush tenants meet; the check says so, and ensuring parts them again', async () => {
    const network = await open();
    await network.ensureIsolation();
    await run('nft', ['flush', 'ruleset']);
    assert.equal(await network.checkIsolation(), false);
    assert.deepEqual(await stage.alice.connect(stage.bob.v4, stage.bob.v6), ['open', 'open']);
    await network.ensureIsolation();
    assert.equal(await network.checkIsolation(), true);
    assert.deepEqual(await stage.alice.connect(stage.bob.v4, stage.bob.v6), ['timeout', 'timeout']);
    await network.removeIsolation();
  });

  test('a rule or a set element that somebody takes out is noticed', async () => {
    const network = await open();
    for (const change of [
      ['flush', 'chain', 'inet', instance.name, 'forward'],
      ['flush', 'set', 'inet', instance.name, 'links'],
      ['insert', 'rule', 'inet', instance.name, 'forward', 'accept'],
      ['delete', 'table', 'inet', instance.name],
    ]) {
      await network.ensureIsolation();
      assert.equal(await network.checkIsolation(), true);
      await run('nft', change);
      assert.equal(await network.checkIsolation(), false, change.join(' '));
    }
  });

  test('removing takes only our own table', async () => {
    const [network, other] = [await open(), await open(neighbour)];
    await run('nft', ['add', 'table', 'inet', 'somebody']);
    await other.ensureIsolation();
    await network.ensureIsolation();
    await network.removeIsolation();
    const { stdout } = await run('nft', ['list', 'tables']);
    assert.deepEqual(stdout.trim().split('\n').sort(), ['table inet somebody', `table inet ${neighbour.name}`].sort());
    assert.equal(await other.checkIsolation(), true);
    await other.removeIsolation();
    await run('nft', ['delete', 'table', 'inet', 'somebody']);
  });
});

describe('a link that somebody deleted', () => {
  const bring = async (): Promise<Network> => {
    const network = await open();
    await network.ensureIsolation();
    await run('ip', ['link', 'del', linkName(stage.alice.slot)]);
    return network;
  };

  test('is made anew: the host reaches the tenant again, and tenants are parted as before', async () => {
    const network = await bring();
    await network.relink(stage.alice.slot, stage.alice.pid, () => true);
    assert.deepEqual(await network.listLinks(), [stage.alice.slot, stage.bob.slot]);
    assert.deepEqual(await stage.host.connect(stage.alice.v4, stage.alice.v6), ['open', 'open']);
    for (const answer of Object.values(await reach(stage.alice, neighbours()))) assert.match(answer, UNREACHED);
    for (const answer of await stage.bob.connect(stage.alice.v4, stage.alice.v6)) assert.match(answer, UNREACHED);
    for (const address of FORGED) await own('add', address);
    assert.deepEqual(await forge(stage.bob, [stage.bob.v4, stage.bob.v6]), []);
    await network.removeIsolation();
  });

  test('is not given to a process that is no longer the tenant, and nothing half-made stays', async () => {
    const network = await bring();
    await assert.rejects(
      network.relink(stage.alice.slot, stage.alice.pid, () => false),
      { code: 'SYSCALL' },
    );
    await assert.rejects(
      network.relink(stage.alice.slot, 2 ** 22 + 1, () => true),
      { code: 'SYSCALL' },
    );
    await stage.alice.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1');
    await assert.rejects(
      network.relink(stage.alice.slot, stage.alice.pid, () => true),
      { code: 'COMMAND_FAILED' },
    );
    assert.deepEqual(await network.listLinks(), [stage.bob.slot]);
    await stage.alice.ip('link', 'del', 'eth0');
    await network.relink(stage.alice.slot, stage.alice.pid, () => true);
    assert.deepEqual(await stage.host.connect(stage.alice.v4), ['open']);
    for (const address of FORGED) await own('add', address);
    await network.removeIsolation();
  });
});

describe('with ip rules', { skip: method !== 'rules' }, () => {
  let network: Network;
  before(async () => {
    network = await open();
    await network.ensureIsolation();
  });
  after(() => network.removeIsolation());

  test('a tenant does not reach its neighbour, whatever source it forges', async () => {
    const answers = Object.values(await reach(stage.alice, neighbours()));
    for (const answer of answers) assert.match(answer, UNREACHED);
    assert.deepEqual(await forge(stage.bob, [stage.bob.v4, stage.bob.v6]), []);
  });

  test('the world reaches no tenant, the host does', async () => {
    const answers = await stage.world.connect(stage.alice.v4, stage.alice.v6);
    for (const answer of answers) assert.match(answer, UNREACHED);
    assert.deepEqual(await stage.host.connect(stage.alice.v4, stage.alice.v6), ['open', 'open']);
  });

  test('removing takes only our own rules', async () => {
    const other = await open(neighbour);
    await other.ensureIsolation();
    await network.removeIsolation();
    assert.equal(await other.checkIsolation(), true);
    await other.removeIsolation();
    const { stdout } = await run('ip', ['rule', 'show']);
    assert.deepEqual(stdout.match(/^\d+/gm), ['0', '32766', '32767']);
    await network.ensureIsolation();
  });
});
