// Totals of the whole host from the kernel's tables: which disks and links count, and what is unknown.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type HostTotalsReader, openHostTotals } from '../../src/linux/host-totals.ts';
import type { HostTotals } from '../../src/ports/host.ts';
import { NO_TOTALS } from '../fakes/host.ts';

/** A line of /proc/diskstats: reads, sectors read, writes and sectors written are those given, the rest is 9. */
const disk = (name: string, [reads, sectorsRead, writes, sectorsWritten]: readonly number[]): string =>
  ` 254       0 ${name} ${reads} 9 ${sectorsRead} 9 ${writes} 9 ${sectorsWritten} 9 0 9 9 9 9 9 9 9 9\n`;

const HEAD = [
  'Inter-|   Receive                                                |  Transmit',
  ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
  '',
].join('\n');
const link = (name: string, received: number, sent: number): string =>
  `${name.padStart(6)}: ${received} 9 0 0 0 0 0 0 ${sent} 9 0 0 0 0 0 0\n`;

/** Folders and files of a kernel; a path that ends with / is a folder. */
type Tree = Readonly<Record<string, string>>;

class Kernel {
  readonly root: string;
  readonly reader: HostTotalsReader;

  constructor(t: TestContext, tree: Tree) {
    this.root = mkdtempSync(join(tmpdir(), 'tenantctl-totals-'));
    this.write(tree);
    this.reader = openHostTotals({ proc: join(this.root, 'proc'), sys: join(this.root, 'sys') });
    t.after(() => {
      this.reader.close();
      rmSync(this.root, { recursive: true });
    });
  }

  write(tree: Tree): void {
    for (const [path, text] of Object.entries(tree)) {
      const target = join(this.root, path);
      mkdirSync(path.endsWith('/') ? target : dirname(target), { recursive: true });
      if (!path.endsWith('/')) writeFileSync(target, text);
    }
  }

  link(path: string, to: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    symlinkSync(to, join(this.root, path));
  }

  disks(): readonly (number | null)[] {
    const { ioReadBytes, ioWriteBytes, ioReadOps, ioWriteOps } = this.reader.read();
    return [ioReadBytes, ioWriteBytes, ioReadOps, ioWriteOps];
  }

  links(): readonly (number | null)[] {
    const { netRxBytes, netTxBytes } = this.reader.read();
    return [netRxBytes, netTxBytes];
  }
}

const UNKNOWN_DISKS = [null, null, null, null];

test('tasks, kills, disks and links are read again each time, on descriptors that stay open', (t) => {
  const kernel = new Kernel(t, {
    'proc/loadavg': '0.20 0.18 0.12 3/145 11206\n',
    'proc/vmstat': 'oom_kill_disable 4\noom_kill 117\nzswpin 0\n',
    'proc/diskstats': disk('vda', [7, 100, 5, 2000]),
    'proc/net/dev': HEAD + link('eth0', 3000, 200),
    'sys/block/vda/device/': '',
    'sys/class/net/eth0/device/': '',
  });
  const first: HostTotals = {
    pids: 145,
    oomKills: 117,
    ioReadBytes: 51_200,
    ioWriteBytes: 1_024_000,
    ioReadOps: 7,
    ioWriteOps: 5,
    netRxBytes: 3000,
    netTxBytes: 200,
  };
  assert.deepEqual(kernel.reader.read(), first);
  kernel.write({ 'proc/loadavg': '0.20 0.18 0.12 1/90 11207\n', 'proc/diskstats': disk('vda', [8, 102, 5, 2000]) });
  assert.deepEqual(kernel.reader.read(), { ...first, pids: 90, ioReadBytes: 52_224, ioReadOps: 8 });
});

test('what the kernel does not tell is unknown, not zero', (t) => {
  assert.deepEqual(new Kernel(t, {}).reader.read(), NO_TOTALS);
  const empty = { 'proc/loadavg': '', 'proc/vmstat': 'nr_free_pages 5\n', 'proc/diskstats': '', 'proc/net/dev': HEAD };
  assert.deepEqual(new Kernel(t, empty).reader.read(), NO_TOTALS);
});

test('only whole disks with hardware count: no partition, nothing stacked on them, nothing made of files or memory', (t) => {
  const names = ['vda', 'vda1', 'nvme1n1', 'nvme1n1p1', 'loop0', 'ram0', 'zram0', 'dm-0', 'md127', 'cciss/c0d0'];
  const kernel = new Kernel(t, {
    'proc/diskstats': names.map((name, i) => disk(name, [1, 2 ** (i + 1), 1, 0])).join(''),
    'sys/block/vda/device/': '',
    'sys/block/nvme1n1/device/': '',
    'sys/block/cciss!c0d0/device/': '',
    'sys/block/loop0/slaves/': '',
    'sys/block/zram0/slaves/': '',
    'sys/block/dm-0/slaves/vda1/': '',
    'sys/block/md127/slaves/': '',
  });
  assert.deepEqual(kernel.disks(), [(2 ** 1 + 2 ** 3 + 2 ** 10) * 512, 0, 3, 3]);
});

test('without hardware the disks that stand on no other one count', (t) => {
  const kernel = new Kernel(t, {
    'proc/diskstats': ['ubda', 'ubda1', 'loop0', 'dm-0'].map((name) => disk(name, [1, 1, 1, 1])).join(''),
    'sys/block/ubda/slaves/': '',
    'sys/block/loop0/slaves/': '',
    'sys/block/dm-0/slaves/ubda1/': '',
  });
  assert.deepEqual(kernel.disks(), [512, 512, 1, 1]);
});

test('of disks nothing is known where there are only loops, or /sys is not there', (t) => {
  const loops = { 'proc/diskstats': disk('loop0', [1, 1, 1, 1]), 'sys/block/loop0/slaves/': '' };
  assert.deepEqual(new Kernel(t, loops).disks(), UNKNOWN_DISKS);
  assert.deepEqual(new Kernel(t, { 'proc/diskstats': disk('vda', [1, 1, 1, 1]) }).disks(), UNKNOWN_DISKS);
});

test('an NVMe disk with several paths counts by its paths, not by itself again', (t) => {
  const names = ['nvme0c0n1', 'nvme0c1n1', 'nvme0n1', 'nvme1n1'];
  const kernel = new Kernel(t, {
    'proc/diskstats': names.map((name, i) => disk(name, [1, 10 ** i, 0, 0])).join(''),
    ...Object.fromEntries(names.map((name) => [`sys/block/${name}/device/`, ''])),
  });
  assert.deepEqual(kernel.disks(), [(1 + 10 + 1000) * 512, 0, 3, 0]);
});

test('a disk that is unplugged takes nothing back, and plugged in again it counts from zero', (t) => {
  const both = { 'sys/block/sda/device/': '', 'sys/block/sdb/device/': '' };
  const [sda, sdb] = [disk('sda', [1, 1, 1, 1]), disk('sdb', [1000, 1000, 1000, 1000])];
  const kernel = new Kernel(t, { ...both, 'proc/diskstats': sda + sdb });
  assert.deepEqual(kernel.disks(), [1001 * 512, 1001 * 512, 1001, 1001]);
  kernel.write({ 'proc/diskstats': sda });
  assert.deepEqual(kernel.disks(), [1001 * 512, 1001 * 512, 1001, 1001]);
  kernel.write({ 'proc/diskstats': sda + disk('sdb', [2, 3, 4, 5]) });
  assert.deepEqual(kernel.disks(), [1004 * 512, 1006 * 512, 1003, 1005]);
});

test('a disk plugged in later counts, and so does one whose name was something else before', (t) => {
  const kernel = new Kernel(t, {
    'proc/diskstats': disk('sda', [1, 1, 1, 1]) + disk('sdb', [9, 9, 9, 9]),
    'sys/block/sda/device/': '',
  });
  assert.deepEqual(kernel.disks(), [512, 512, 1, 1]);
  kernel.write({ 'proc/diskstats': disk('sda', [1, 1, 1, 1]), 'sys/block/sdb/device/': '' });
  kernel.disks();
  kernel.write({ 'proc/diskstats': disk('sda', [1, 1, 1, 1]) + disk('sdb', [2, 2, 2, 2]) });
  assert.deepEqual(kernel.disks(), [3 * 512, 3 * 512, 3, 3]);
});

test('a table of a thousand tenants is read to its end', (t) => {
  const loops = Array.from({ length: 1000 }, (_, i) => disk(`loop${i}`, [5, 5, 5, 5])).join('');
  const ours = Array.from({ length: 1000 }, (_, i) => link(`tct${i}`, 5, 5)).join('');
  const kernel = new Kernel(t, {
    'proc/diskstats': loops + disk('vda', [1, 2, 3, 4]),
    'proc/net/dev': HEAD + ours + link('eth0', 6, 7),
    'sys/block/vda/device/': '',
    'sys/class/net/eth0/device/': '',
  });
  assert.deepEqual(kernel.disks(), [1024, 2048, 1, 3]);
  assert.deepEqual(kernel.links(), [6, 7]);
});

test('only links with hardware count: not lo, not those of tenants, nor what passes its bytes on to them', (t) => {
  const names = ['lo', 'eth0', 'eth1', 'bond0', 'br0', 'eth0.7', 'wg0', 'tct12'];
  const kernel = new Kernel(t, {
    'proc/net/dev': HEAD + names.map((name, i) => link(name, 10 ** i, 1)).join(''),
    'sys/class/net/eth0/device/': '',
    'sys/class/net/eth1/device/': '',
    ...Object.fromEntries(['bond0', 'br0', 'eth0.7', 'wg0', 'lo'].map((name) => [`sys/class/net/${name}/`, ''])),
  });
  kernel.link('sys/class/net/eth0/master', '../bond0');
  kernel.link('sys/class/net/eth1/master', '../bond0');
  assert.deepEqual(kernel.links(), [110, 2]);
});

test('a virtual function below a link with hardware of its own is a part of that link', (t) => {
  const kernel = new Kernel(t, {
    'proc/net/dev': HEAD + link('eth0', 100, 10) + link('enP1s1', 90, 9),
    'sys/class/net/eth0/device/': '',
    'sys/class/net/enP1s1/device/': '',
  });
  kernel.link('sys/class/net/enP1s1/master', '../eth0');
  assert.deepEqual(kernel.links(), [100, 10]);
});

test('in a container its own links count, which hang on what is outside, but not those of containers in it', (t) => {
  const outer = (index: number, on: number): string => `INTERFACE=x\nIFINDEX=${index}\n|${on}`;
  const links: Readonly<Record<string, string>> = {
    eth0: outer(2, 77),
    docker0: outer(3, 3),
    veth5: outer(4, 5),
    vlan9: outer(6, 2),
    ifb0: outer(7, 7),
    tct12: outer(8, 9),
  };
  const kernel = new Kernel(t, {
    'proc/net/dev':
      HEAD +
      Object.keys(links)
        .map((name, i) => link(name, 10 ** i, 1))
        .join(''),
    'sys/class/net/veth5/brport/': '',
  });
  for (const [name, text] of Object.entries(links)) {
    const [uevent = '', on = ''] = text.split('|');
    const kind = name === 'vlan9' ? 'DEVTYPE=vlan\n' : '';
    kernel.write({ [`sys/class/net/${name}/uevent`]: kind + uevent, [`sys/class/net/${name}/iflink`]: `${on}\n` });
  }
  assert.deepEqual(kernel.links(), [1, 1]);
});

test('a figure behind the colon without a space is read as well', (t) => {
  const kernel = new Kernel(t, {
    'proc/net/dev': `${HEAD}  eth0:123 9 0 0 0 0 0 0 45 9 0 0 0 0 0 0\n`,
    'sys/class/net/eth0/device/': '',
  });
  assert.deepEqual(kernel.links(), [123, 45]);
});

test('a line with too few figures counts for nothing', (t) => {
  const kernel = new Kernel(t, { 'proc/diskstats': '3 1 hda1 35486 38030\n', 'sys/block/hda1/device/': '' });
  assert.deepEqual(kernel.disks(), UNKNOWN_DISKS);
});
