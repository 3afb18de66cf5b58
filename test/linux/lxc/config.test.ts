// The whole lxc.conf of a tenant, the seccomp profile, the start hook and the scope: as they are written.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { buildInstance, buildPlace, DEFAULT_STATE } from '../../../src/domain/instance.ts';
import { buildLxcConfig, type LxcFacts } from '../../../src/linux/lxc/config.ts';
import { buildScopeArgs } from '../../../src/linux/lxc/scope.ts';
import { buildSeccompProfile } from '../../../src/linux/lxc/seccomp.ts';
import { buildStartHook } from '../../../src/linux/lxc/start-hook.ts';
import { makeTenant } from '../../domain/tenant-values.ts';

const instance = buildInstance(DEFAULT_STATE);
const FACTS: LxcFacts = {
  lxcfs: null,
  lxcfsFiles: [],
  apparmor: null,
  systemd: false,
  seccompProfile: '/var/lib/tenantctl/lxc/seccomp',
  startHook: '/var/lib/tenantctl/lxc/start-host',
};

const build = (facts: Partial<LxcFacts> = {}, ipv6 = true, threads: number | null = null): string =>
  buildLxcConfig({
    tenant: makeTenant({ slot: 3 }),
    place: buildPlace(instance, 'alice', facts.systemd ?? false),
    root: '/var/lib/tenantctl/tenants/alice/root',
    folder: '/var/lib/tenantctl/tenants/alice',
    notices: '/state/tenants/alice/told',
    cgroupLines: ['lxc.cgroup2.pids.max = 512'],
    haltSignal: 'SIGPWR',
    ipv6,
    threads,
    facts: { ...FACTS, ...facts },
  });

test('a plain host: the whole file', () => {
  assert.equal(
    build(),
    `# written by tenantctl at each start; changes are lost
lxc.uts.name = alice
lxc.rootfs.path = dir:/var/lib/tenantctl/tenants/alice/root
lxc.init.cmd = /sbin/init
lxc.signal.halt = SIGPWR
lxc.environment = container=lxc
lxc.environment = TERM=linux
lxc.pty.max = 256
lxc.tty.max = 0
lxc.idmap = u 0 1879244800 65536
lxc.idmap = g 0 1879244800 65536
lxc.cap.drop = sys_resource sys_module sys_rawio sys_time mac_admin mac_override audit_control audit_read syslog linux_immutable sys_pacct wake_alarm block_suspend perfmon bpf checkpoint_restore
lxc.seccomp.profile = /var/lib/tenantctl/lxc/seccomp
lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed
lxc.proc.oom_score_adj = 0
lxc.hook.start-host = /var/lib/tenantctl/lxc/start-host
lxc.cgroup.dir.monitor = tenantctl/alice/monitor
lxc.cgroup.dir.monitor.pivot = tenantctl/alice/pivot
lxc.cgroup.dir.container = tenantctl/alice/payload
lxc.cgroup.dir.container.inner = ns
lxc.cgroup2.pids.max = 512
lxc.net.0.type = veth
lxc.net.0.veth.mode = router
lxc.net.0.veth.pair = tct3
lxc.net.0.name = eth0
lxc.net.0.flags = up
lxc.net.0.ipv4.address = 10.96.0.5/32
lxc.net.0.ipv4.gateway = 169.254.77.1
lxc.net.0.ipv6.address = fd77:7465:6e61::5/128
lxc.net.0.ipv6.gateway = fe80::1
lxc.mount.entry = /state/tenants/alice/told dev/tenantctl none bind,ro,nosuid,nodev,noexec,create=dir 0 0
lxc.console.logfile = /var/lib/tenantctl/tenants/alice/console.log
lxc.console.size = 1MB
lxc.console.rotate = 1
lxc.log.file = /var/lib/tenantctl/tenants/alice/lxc.log
lxc.log.level = INFO
`,
  );
});

const diff = (text: string): string[] => text.split('\n').filter((line) => !build().split('\n').includes(line));

test('under systemd all groups are relative to the scope', () => {
  assert.deepEqual(diff(build({ systemd: true })), [
    'lxc.cgroup.relative = 1',
    'lxc.cgroup.dir.monitor = monitor',
    'lxc.cgroup.dir.monitor.pivot = pivot',
    'lxc.cgroup.dir.container = payload',
  ]);
});

test('a host without IPv6 gives its tenants none', () => {
  const without = build({}, false).split('\n');
  assert.deepEqual(
    build()
      .split('\n')
      .filter((line) => !without.includes(line)),
    ['lxc.net.0.ipv6.address = fd77:7465:6e61::5/128', 'lxc.net.0.ipv6.gateway = fe80::1'],
  );
});

test('lxcfs and AppArmor are used where they are', () => {
  assert.deepEqual(diff(build({ lxcfs: '/var/lib/lxcfs', lxcfsFiles: ['meminfo', 'stat'], apparmor: 'profile' })), [
    'lxc.apparmor.profile = profile',
    'lxc.mount.entry = /var/lib/lxcfs/proc/meminfo proc/meminfo none bind,optional 0 0',
    'lxc.mount.entry = /var/lib/lxcfs/proc/stat proc/stat none bind,optional 0 0',
    'lxc.mount.entry = /var/lib/lxcfs/sys/devices/system/cpu/online sys/devices/system/cpu/online none bind,optional 0 0',
  ]);
});

test('the seccomp profile is a version 2 deny list of known calls, each once', () => {
  const [version, kind, umount, arch, ...rules] = buildSeccompProfile().trimEnd().split('\n');
  assert.deepEqual([version, kind, umount, arch], ['2', 'denylist', 'reject_force_umount', '[all]']);
  for (const rule of rules)
    assert.match(rule, /^[a-z0-9_]+ errno (1|38|97)( \[\d+,\d+,SCMP_CMP_[A-Z_]+,0x[0-9a-f]+\])?$/);
  assert.equal(new Set(rules).size, rules.length);
  const calls = rules.map((rule) => rule.split(' ')[0]);
  for (const call of [
    'kexec_load',
    'open_by_handle_at',
    'init_module',
    'finit_module',
    'bpf',
    'keyctl',
    'perf_event_open',
    'userfaultfd',
  ])
    assert.ok(calls.includes(call), call);
});

test('the start hook is a shell script without a variable but those of LXC, that sh accepts', () => {
  assert.deepEqual([...new Set(buildStartHook([]).match(/\$\w+/g))], ['$LXC_PID']);
  const hook = buildStartHook(['/sys/fs/cgroup/cpu,cpuacct/x/$LXC_NAME/ns', '/sys/fs/cgroup/pids/x/$LXC_NAME/ns']);
  assert.deepEqual([...new Set(hook.match(/\$\w+/g))], ['$LXC_NAME', '$LXC_PID']);
  assert.match(hook, /^chown -h 0:0 "\/sys\/fs\/cgroup\/cpu,cpuacct\/x\/\$LXC_NAME\/ns" "\S+" 2> \/dev\/null \|\| :$/m);
  assert.equal(spawnSync('sh', ['-n', '-c', hook]).status, 0);
  for (const line of hook.split('\n').filter((text) => text.includes('echo')))
    assert.match(line, /^\[ ! -e (max_[a-z_]+) \] \|\| echo \d+ > \1$/);
});

test('a scope is named after the tenant and its instance, and ends with "--"', () => {
  const args = buildScopeArgs(instance, 'alice', true);
  assert.deepEqual(args.slice(0, 6), [
    'systemd-run',
    '--quiet',
    '--collect',
    '--scope',
    '--slice=tenantctl.slice',
    '--unit=tenant-alice.scope',
  ]);
  assert.equal(args.at(-1), '--');
  assert.ok(
    args.includes('Delegate=yes') && args.includes('KillSignal=SIGRTMIN+3') && args.includes('After=lxcfs.service'),
  );
  assert.equal(buildScopeArgs(instance, 'alice', false).includes('After=lxcfs.service'), false);
});

test('a scope outlives the daemon when the host goes down: it would take their end for their own will', () => {
  assert.ok(buildScopeArgs(instance, 'alice', false).includes('Before=tenantctl.service'));
});

test('init hears how many threads its CPU limit lets run, where that is less than the host has', () => {
  assert.match(build({}, true, 2), /^lxc\.environment = OMP_THREAD_LIMIT=2$/m);
  assert.doesNotMatch(build(), /OMP_/);
});
