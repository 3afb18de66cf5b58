// What every implementation of the network port must do, the fake and the real ones alike.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instance } from '../../src/domain/instance.ts';
import type { Network } from '../../src/ports/network.ts';

export interface NetworkUnderTest {
  readonly network: Network;
  readonly instance: Instance;
  /** Deletes every rule of the host, as another program may. */
  readonly flush: () => Promise<void> | void;
  /** Makes the host side of a link, as LXC does. */
  readonly addLink: (slot: number) => Promise<void> | void;
  /** Lets the host send something over a link. @returns how many bytes it was at least */
  readonly passBytes: (slot: number) => Promise<number> | number;
}

const slotsOf = ({ slots }: Instance): readonly [number, number] => [slots.first, slots.first + slots.count - 1];

const isolationContract = (name: string, open: () => Promise<NetworkUnderTest>): void => {
  test(`${name}: rules that were never written do not stand`, async () => {
    const { network } = await open();
    assert.equal(await network.checkIsolation(), false);
  });

  test(`${name}: rules stand once they are ensured, and may be ensured twice`, async () => {
    const { network } = await open();
    await network.ensureIsolation();
    assert.equal(await network.checkIsolation(), true);
    await network.ensureIsolation();
    assert.equal(await network.checkIsolation(), true);
    await network.removeIsolation();
  });

  test(`${name}: a flush by another program is noticed and repaired`, async () => {
    const { network, flush } = await open();
    await network.ensureIsolation();
    await flush();
    assert.equal(await network.checkIsolation(), false);
    await network.ensureIsolation();
    assert.equal(await network.checkIsolation(), true);
    await network.removeIsolation();
  });

  test(`${name}: rules that are removed no longer stand, and removing them again is fine`, async () => {
    const { network } = await open();
    await network.ensureIsolation();
    await network.removeIsolation();
    assert.equal(await network.checkIsolation(), false);
    await network.removeIsolation();
  });
};

const linkContract = (name: string, open: () => Promise<NetworkUnderTest>): void => {
  test(`${name}: the links of this instance are listed, those of others are not`, async () => {
    const { network, instance, addLink } = await open();
    const [first, last] = slotsOf(instance);
    for (const slot of [last, first, last + 1]) await addLink(slot);
    try {
      assert.deepEqual(await network.listLinks(), [first, last]);
    } finally {
      for (const slot of [first, last, last + 1]) await network.removeLink(slot);
    }
  });

  test(`${name}: a removed link is gone, and removing it again is fine`, async () => {
    const { network, instance, addLink } = await open();
    const [first] = slotsOf(instance);
    await addLink(first);
    await network.removeLink(first);
    assert.deepEqual(await network.listLinks(), []);
    await network.removeLink(first);
  });
};

const countersContract = (name: string, open: () => Promise<NetworkUnderTest>): void => {
  test(`${name}: what the host sends to a tenant is what the tenant received`, async () => {
    const { network, instance, addLink, passBytes } = await open();
    const [slot] = slotsOf(instance);
    await addLink(slot);
    const counters = network.openLinkCounters(slot);
    const before = counters.read();
    const sent = await passBytes(slot);
    const after = counters.read();
    counters.close();
    await network.removeLink(slot);
    assert.ok(before && after && sent > 0);
    assert.ok(after.rxBytes - before.rxBytes >= sent, `${after.rxBytes - before.rxBytes} of ${sent} bytes`);
  });

  test(`${name}: counters are read while the link is there, and of a new link of that name`, async () => {
    const { network, instance, addLink } = await open();
    const [slot] = slotsOf(instance);
    const counters = network.openLinkCounters(slot);
    assert.equal(counters.read(), undefined);
    await addLink(slot);
    assert.equal(typeof counters.read()?.txBytes, 'number');
    await network.removeLink(slot);
    assert.equal(counters.read(), undefined);
    await addLink(slot);
    assert.equal(typeof counters.read()?.rxBytes, 'number');
    await network.removeLink(slot);
    counters.close();
  });
};

export const networkContract = (name: string, open: () => Promise<NetworkUnderTest>): void => {
  isolationContract(name, open);
  linkContract(name, open);
  countersContract(name, open);
};
