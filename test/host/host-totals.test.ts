// Totals of this very host: what /proc says of it is what /sys says of its devices.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { openHostTotals } from '../../src/linux/host-totals.ts';
import type { HostTotals } from '../../src/ports/host.ts';

const readFields = (path: string): number[] => readFileSync(path, 'utf8').trim().split(/\s+/).map(Number);

/** Disks with hardware; of one with NVMe paths the paths. */
const listDisks = (): string[] => {
  const names = readdirSync('/sys/block').filter((name) => existsSync(`/sys/block/${name}/device`));
  const heads = names.filter((name) => /c\d+n\d+$/.test(name)).map((name) => name.replace(/c\d+(?=n\d+$)/, ''));
  return names.filter((name) => !heads.includes(name));
};

const listLinks = (): string[] =>
  readdirSync('/sys/class/net').filter(
    (name) => existsSync(`/sys/class/net/${name}/device`) && !existsSync(`/sys/class/net/${name}/master/device`),
  );

type Key = Exclude<keyof HostTotals, 'pids' | 'oomKills'>;

/** The same figures from files of each device (Documentation/block/stat.rst, sysfs-class-net-statistics). */
const sumDevices = (disks: readonly string[], links: readonly string[]): Record<Key, number> => {
  const stats = disks.map((name) => readFields(`/sys/block/${name}/stat`));
  const sum = (values: readonly (number | undefined)[]): number => values.reduce<number>((a, b) => a + (b ?? 0), 0);
  const bytes = (which: 'rx' | 'tx'): number =>
    sum(links.map((name) => readFields(`/sys/class/net/${name}/statistics/${which}_bytes`)[0]));
  return {
    ioReadBytes: sum(stats.map((fields) => fields[2])) * 512,
    ioWriteBytes: sum(stats.map((fields) => fields[6])) * 512,
    ioReadOps: sum(stats.map((fields) => fields[0])),
    ioWriteOps: sum(stats.map((fields) => fields[4])),
    netRxBytes: bytes('rx'),
    netTxBytes: bytes('tx'),
  };
};

const DISK_KEYS = ['ioReadBytes', 'ioWriteBytes', 'ioReadOps', 'ioWriteOps'] as const;
const LINK_KEYS = ['netRxBytes', 'netTxBytes'] as const;

/** What can be compared here: lxcfs of an outer host puts a table of its own over the kernel's, /sys stays the kernel's. */
const planKeys = (t: TestContext, disks: readonly string[], links: readonly string[]): Key[] => {
  const isCovered = readFileSync('/proc/self/mountinfo', 'utf8').includes(' /proc/diskstats ');
  const keys = [...(disks.length > 0 && !isCovered ? DISK_KEYS : []), ...(links.length > 0 ? LINK_KEYS : [])];
  t.diagnostic(`disks ${disks.join(' ') || 'none'}, links ${links.join(' ') || 'none'}: ${keys.join(' ')}`);
  return keys;
};

test('the totals of this host are the sums of its devices', (t) => {
  const [disks, links] = [listDisks(), listLinks()];
  const reader = openHostTotals({ proc: '/proc', sys: '/sys' });
  t.after(() => reader.close());
  const before = sumDevices(disks, links);
  const totals = reader.read();
  const after = sumDevices(disks, links);
  for (const key of planKeys(t, disks, links)) {
    const value = totals[key];
    assert.ok(value !== null && before[key] <= value && value <= after[key], `${key}: ${value}`);
  }
  assert.ok(totals.pids !== null && totals.pids >= readdirSync('/proc/self/task').length, `${totals.pids} tasks`);
  assert.ok(totals.oomKills !== null && totals.oomKills >= 0);
  assert.ok((reader.read().ioReadBytes ?? 0) >= (totals.ioReadBytes ?? 0));
});
