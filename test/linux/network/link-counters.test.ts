// Link counters from a folder that plays /sys: whose receive is whose send, and links that come and go.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openLinkCounters } from '../../../src/linux/network/link-counters.ts';

const makeLink = (sys: string, slot: number, rx: string, tx: string): string => {
  const folder = join(sys, 'class/net', `tct${slot}`, 'statistics');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'rx_bytes'), `${rx}\n`);
  writeFileSync(join(folder, 'tx_bytes'), `${tx}\n`);
  return folder;
};

test('what the host side received is what the tenant sent', (t) => {
  const sys = mkdtempSync('/tmp/tenantctl-sys-');
  t.after(() => rmSync(sys, { recursive: true }));
  const folder = makeLink(sys, 7, '100', '9007199254740991');
  const counters = openLinkCounters(sys, 7);
  assert.deepEqual(counters.read(), { rxBytes: 9007199254740991, txBytes: 100 });
  writeFileSync(join(folder, 'rx_bytes'), '150\n');
  assert.equal(counters.read()?.txBytes, 150);
  counters.close();
});

test('a link that is not there says nothing, and is found when it comes', (t) => {
  const sys = mkdtempSync('/tmp/tenantctl-sys-');
  t.after(() => rmSync(sys, { recursive: true }));
  const counters = openLinkCounters(sys, 8);
  assert.equal(counters.read(), undefined);
  const folder = makeLink(sys, 8, '1', '2');
  assert.deepEqual(counters.read(), { rxBytes: 2, txBytes: 1 });
  // as a removed link reads: nothing, whoever holds the file open
  for (const name of ['rx_bytes', 'tx_bytes']) writeFileSync(join(folder, name), '');
  rmSync(join(sys, 'class/net/tct8'), { recursive: true });
  assert.equal(counters.read(), undefined);
  makeLink(sys, 8, '3', '4');
  assert.deepEqual(counters.read(), { rxBytes: 4, txBytes: 3 });
  counters.close();
});
