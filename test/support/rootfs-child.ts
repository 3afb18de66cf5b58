// A process that builds, creates and mounts a tenant, and kills itself at the point named as second argument;
// without one it only builds, and prints the base's digest.

import { buildTenant } from '../contract/rootfs.ts';
import { openRealRootfs } from './rootfs.ts';

const [state = '', fatal] = process.argv.slice(2);

const reach = async (point: string): Promise<void> => {
  if (point === fatal) process.kill(process.pid, 'SIGKILL');
};

const { rootfs, slot } = await openRealRootfs({ state, faults: { reach } });
const base = await rootfs.ensureBase('minimal', { progress: () => undefined, signal: new AbortController().signal });
if (fatal === undefined) {
  process.stdout.write(base.digest);
  process.exit(0);
}
const tenant = buildTenant('alice', slot, base);
await rootfs.createDisk(tenant);
await rootfs.mount(tenant);
