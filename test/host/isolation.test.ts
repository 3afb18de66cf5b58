// Two tenants that try to get at each other and at the host: processes, paths, descriptors, mounts, kernel files, ids.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { Box, type Output } from '../support/daemon.ts';
import { execScript } from '../support/launcher.ts';
import { readLimit } from '../support/limit-files.ts';
import { until } from '../support/poll.ts';
import { requires } from '../support/requires.ts';
import { initPid, startTime } from '../support/tenant-process.ts';

const can = (t: Pick<TestContext, 'skip'>): boolean => requires(t, 'root', 'lxc', 'overlay', 'loop');
/** A word no other process on the machine has among its arguments. */
const MARK = `98${process.pid}`;
let box: Box;
/** Of `sleep MARK` in bob, as the host numbers it. */
let bobSleeper: number;
/** A file only the host has. */
let secret: string;

const inAlice = (script: string): Promise<Output> => execScript(box, 'alice', script);

const pidNamespace = (pid: number | string): string => {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return ''; // it ended meanwhile
  }
};

/** Process ids, as the host numbers them, of all that is in the same pid namespace. */
const pidsWith = (init: number): number[] => {
  const wanted = pidNamespace(init);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && pidNamespace(name) === wanted)
    .map(Number);
};

const statusField = (pid: number, field: string): string =>
  new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';

before(async (t) => {
  if (!can(t as TestContext)) return;
  box = new Box();
  await box.start();
  for (const name of ['alice', 'bob']) await box.add(name);
  secret = join(box.base, 'secret');
  writeFileSync(secret, 'host only\n');
  await box.background('bob', `exec sleep ${MARK}`);
  const init = await initPid(box, 'bob');
  bobSleeper = await until('bob sleeps', () =>
    pidsWith(init).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${MARK}\0`),
  );
});
after(() => box?.close());

test('a tenant sees its own processes and no others', async (t) => {
  if (!can(t)) return;
  await box.background('alice', `exec sleep 1${MARK}`);
  const listed = await until('alice sees her own sleeper', async () => {
    const { stdout } = await inAlice('cat /proc/[0-9]*/cmdline | tr "\\0" " "');
    return stdout.includes(`sleep 1${MARK}`) && stdout;
  });
  assert.ok(!listed.includes(`sleep ${MARK}`), `bob's process is seen: ${listed}`);
  assert.doesNotMatch(listed, /run-daemon|lxc-start/);
  const { stdout } = await inAlice('ls -d /proc/[0-9]*');
  const init = await initPid(box, 'alice');
  // the attached shell and its ls are over by now: at most those two more than the host still finds
  const seen = stdout.trim().split('\n').length;
  assert.ok(seen <= pidsWith(init).length + 3, `${seen} processes seen, ${pidsWith(init).length} are hers`);
});

test('neither the host nor a neighbour can be killed, not even by a kill of everything', async (t) => {
  if (!can(t)) return;
  const victims = [process.pid, box.pid, bobSleeper, await initPid(box, 'bob')];
  const born = victims.map(startTime);
  for (const pid of victims) {
    const { status, stderr } = await inAlice(`kill -9 ${pid}`);
    assert.notEqual(status, 0, `kill ${pid} went through`);
    assert.match(stderr, /No such process/);
  }
  await inAlice('kill -9 -1');
  await until('her own sleeper is dead', async () => {
    const { stdout } = await inAlice('cat /proc/[0-9]*/cmdline | tr "\\0" " "');
    return !stdout.includes(`sleep 1${MARK}`);
  });
  assert.deepEqual(victims.map(startTime), born);
});

test('nothing above the root is reachable by path or through any /proc/PID', async (t) => {
  if (!can(t)) return;
  const { stdout } = await inAlice('stat -c %d:%i / /.. /../../..');
  assert.equal(new Set(stdout.trim().split('\n')).size, 1, stdout);
  const looks = await inAlice(`
    for at in "" /.. /../../.. $(echo /proc/[0-9]*/root /proc/[0-9]*/root/.. /proc/[0-9]*/cwd/../../.. /proc/self/root); do
      for file in ${secret} ${box.state}/registry.json ${box.state}/tenants/bob/disk.img; do
        [ -e "$at$file" ] && echo "$at$file"
      done
    done
    true`);
  assert.equal(looks.stdout, '', 'files of the host are in reach');
  assert.equal(looks.status, 0, looks.stderr);
  // what is no longer below the working folder's root could be climbed out of
  const climbs = await inAlice(`mkdir -p /tmp/jail/in && cd /tmp/jail/in && chroot /tmp/jail /bin/true;
    cd /; cd ../../../../../../..; pwd; [ -e .${secret} ] && echo reached; true`);
  assert.doesNotMatch(climbs.stdout, /reached/);
});

/** Descriptors of a process that lead to files outside its own mounts. */
const foreignDescriptors = (pid: number): string[] => {
  const own = new Set([...readFileSync(`/proc/${pid}/mountinfo`, 'utf8').matchAll(/^(\d+) /gm)].map(([, id]) => id));
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
    if (!target.startsWith('/')) return []; // a pipe, a socket, an anonymous one
    const id = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1];
    return own.has(id) ? [] : [`${fd} -> ${target} (mount ${id})`];
  });
};

test("no descriptor of a tenant's processes leads out of its mounts", async (t) => {
  if (!can(t)) return;
  for (const name of ['alice', 'bob'])
    for (const pid of pidsWith(await initPid(box, name)))
      assert.deepEqual(foreignDescriptors(pid), [], `${name}, ${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}`);
});

test('a command gets its three descriptors and none that the caller happened to have open', async (t) => {
  if (!can(t)) return;
  const root = openSync('/', 'r');
  try {
    // numbers of one and of two digits: shells know only the former
    const inherit = Array.from({ length: 12 }, () => root);
    const { stdout, status } = await execScript(box, 'alice', 'exec ls -l /proc/self/fd', { inherit });
    assert.equal(status, 0);
    const open = [...stdout.matchAll(/ (\d+) -> (.*)$/gm)].map(([, fd, target]) => `${fd} ${target}`);
    const beyond = open.filter((line) => !/^[012] /.test(line));
    assert.equal(open.length - beyond.length, 3, stdout);
    // the folder that ls itself reads
    assert.deepEqual(
      beyond.map((line) => line.replace(/\d+\/fd$/, 'PID/fd')),
      ['3 /proc/PID/fd'],
    );
  } finally {
    closeSync(root);
  }
});

test("devices cannot be made, and the host's file systems cannot be mounted", async (t) => {
  if (!can(t)) return;
  const makes = await inAlice(
    'mknod /tmp/disk b 254 0; mknod /tmp/loop b 7 0; mknod /tmp/mem c 1 1; ls /tmp/disk /tmp/loop /tmp/mem',
  );
  assert.equal(makes.stdout, '', 'a device was made');
  const kinds = [
    'ext4 /dev/loop0',
    'ext4 /dev/vda',
    'ext4 /etc/hostname',
    'debugfs none',
    'tracefs none',
    'securityfs none',
  ];
  const more = ['devtmpfs none', 'configfs none', 'pstore none', 'efivarfs none', 'hugetlbfs none', 'cgroup -omemory'];
  for (const kind of [...kinds, ...more]) {
    const [type, source] = kind.split(' ');
    const { status } = await inAlice(`mkdir -p /tmp/m && mount -t ${type} ${source} /tmp/m`);
    if (type === 'hugetlbfs' && status === 0) continue; // its pages are the group's own
    assert.notEqual(status, 0, `mount -t ${kind} went through`);
  }
  const mounts = (await inAlice('cat /proc/self/mountinfo')).stdout;
  assert.doesNotMatch(mounts, / - (debugfs|tracefs|securityfs|configfs|pstore) /);
  // of the host's devices single files only: null, zero, full, random, urandom, tty
  assert.doesNotMatch(mounts, /^\d+ \d+ \S+ \/ .* - devtmpfs /m);
});

/** In the v1 controllers: delegation is for cgroup2, and for the one that limits nothing. */
const filesOfOthers = (payload: string): string[] => {
  const controllers = readdirSync('/sys/fs/cgroup')
    .map((name) => `/sys/fs/cgroup/${name}/${payload}/ns`)
    .filter((path) => existsSync(path) && !/^\/sys\/fs\/cgroup\/(systemd|unified)\//.test(path));
  assert.equal(controllers.length > 0, existsSync('/sys/fs/cgroup/memory'), 'looked for where v1 is');
  if (controllers.length === 0) return [];
  const { stdout } = spawnSync('find', [...controllers, '!', '(', '-uid', '0', '-gid', '0', ')'], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '');
};

test('limits stand however the tenant writes to control groups, its own mounts of them included', async (t) => {
  if (!can(t)) return;
  const { payload } = box.place('alice');
  const read = () => (['cpu', 'cpuWeight', 'memory', 'pids'] as const).map((limit) => readLimit(payload, limit));
  const quiet = read();
  assert.ok(quiet.every((value) => value !== null));
  await inAlice(`
    mkdir -p /tmp/c2 && mount -t cgroup2 none /tmp/c2
    for file in $(find /sys/fs/cgroup /tmp/c2 -name "*.max" -o -name "*limit_in_bytes" -o -name "cpu.*" -o -name "*.high"); do
      for value in max -1 "max 100000" 1000000000; do echo "$value" > "$file"; done
    done 2>/dev/null
    for procs in $(find /sys/fs/cgroup /tmp/c2 -name cgroup.procs); do
      for up in "$procs" "$(dirname "$procs")/../cgroup.procs" "$(dirname "$procs")/../../cgroup.procs"; do echo $$ > "$up"; done
    done 2>/dev/null
    umount /tmp/c2`);
  assert.deepEqual(read(), quiet);
  assert.deepEqual(filesOfOthers(payload), [], 'where limits are, all files are root:root');
  const groups = readFileSync(`/proc/${await initPid(box, 'alice')}/cgroup`, 'utf8');
  assert.ok(groups.includes(payload), groups);
  // no process of hers left the folder that carries the limits
  for (const pid of pidsWith(await initPid(box, 'alice')))
    for (const line of readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n'))
      if (/:(memory|pids|cpu):|^0::\/./.test(line)) assert.ok(line.includes(payload), `${pid}: ${line}`);
});

test("the machine's own switches cannot be turned", async (t) => {
  if (!can(t)) return;
  const switches = [
    'kernel/core_pattern',
    'kernel/panic',
    'kernel/printk',
    'kernel/modprobe',
    'kernel/randomize_va_space',
    'vm/overcommit_memory',
    'vm/swappiness',
    'fs/file-max',
    'fs/protected_symlinks',
    'kernel/perf_event_paranoid',
  ].map((name) => `/proc/sys/${name}`);
  const present = switches.filter((path) => {
    try {
      return readFileSync(path, 'utf8') !== undefined;
    } catch {
      return false;
    }
  });
  assert.ok(present.length >= 6);
  const quiet = present.map((path) => readFileSync(path, 'utf8'));
  for (const path of [...present, '/proc/sysrq-trigger', '/proc/sys/vm/drop_caches', '/sys/power/state']) {
    const { status } = await inAlice(`echo 1 > ${path}`);
    assert.notEqual(status, 0, `${path} was written`);
  }
  assert.deepEqual(
    present.map((path) => readFileSync(path, 'utf8')),
    quiet,
  );
});

test('blocks of ids do not overlap, and every process of a tenant is somebody of its own block', async (t) => {
  if (!can(t)) return;
  const blocks = (await box.list()).map(({ name, firstId, idCount }) => ({ name, firstId, idCount }));
  const sorted = blocks.sort((a, b) => a.firstId - b.firstId);
  const [low, high] = sorted;
  assert.ok(low && high && sorted.length === 2);
  assert.ok(low.firstId + low.idCount <= high.firstId, `${JSON.stringify(sorted)} overlap`);
  for (const { name, firstId, idCount } of sorted)
    for (const pid of pidsWith(await initPid(box, name)))
      for (const field of ['Uid', 'Gid'])
        for (const id of statusField(pid, field).split('\t').map(Number))
          assert.ok(id >= firstId && id < firstId + idCount, `${name}: ${field} ${id} of ${pid}`);
});

test("a command has exactly init's capabilities and filters, and none that acts on the machine", async (t) => {
  if (!can(t)) return;
  const init = await initPid(box, 'alice');
  const attached = (await inAlice('cat /proc/self/status')).stdout;
  for (const field of ['CapBnd', 'CapPrm', 'CapEff', 'NoNewPrivs', 'Seccomp']) {
    const value = new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(attached)?.[1];
    assert.equal(value, statusField(init, field), field);
  }
  const bounding = BigInt(`0x${statusField(init, 'CapBnd')}`);
  // capabilities(7), by number: sys_module, sys_rawio, sys_resource, sys_time, mac_admin, syslog, bpf
  for (const bit of [16, 17, 24, 25, 33, 34, 39]) assert.equal((bounding >> BigInt(bit)) & 1n, 0n, `capability ${bit}`);
  assert.equal(statusField(init, 'Seccomp'), '2');
});
