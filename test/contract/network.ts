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

export const networkContract = (name: string, open: () => Promise<NetworkUnderTest>): void => {
  isolationContract(name, open);
  linkContract(name, open);
};
