// Packs the debian template as a tar file for the machine of test:vm, where debootstrap itself would take half an hour.

import { execFileSync } from 'node:child_process';
import { openRealRootfs } from '../support/rootfs.ts';

const [target = ''] = process.argv.slice(2);
const { rootfs, state, close } = await openRealRootfs();
try {
  const options = { progress: (text: string) => console.error(`vm: ${text}`), signal: new AbortController().signal };
  const { digest } = await rootfs.ensureBase('debian', options);
  execFileSync('tar', ['-C', `${state}/bases/debian@${digest}/root`, '--numeric-owner', '-cf', target, '.']);
} finally {
  await close();
}
