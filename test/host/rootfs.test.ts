// The real rootfs keeps the contract of the port, on real mounts, images and loop devices.

import { type TestContext, test } from 'node:test';
import { rootfsContract } from '../contract/rootfs.ts';
import { requires } from '../support/requires.ts';
import { openRealRootfs } from '../support/rootfs.ts';

const register = (title: string, body: () => Promise<void>): void => {
  test(title, async (t: TestContext) => {
    if (requires(t, 'root', 'overlay', 'loop')) await body();
  });
};

for (const baseMode of ['direct', 'image', 'copy'] as const) {
  rootfsContract(`real rootfs (${baseMode})`, () => openRealRootfs({ baseMode }), register);
}
