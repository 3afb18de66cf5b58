#!/bin/sh
# The steps of test:vm, as root inside the machine: set-up and demo, then after a reboot the removal.
set -u
cd /mnt/tenantctl || exit 1
export LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
REPORT=/mnt/report
. ./test/install/checks.sh
snapshot() { sh /mnt/snapshot.sh > "/mnt/$1" 2>&1; sync; }
same() { diff -u "/mnt/$1" "/mnt/$2"; }
phase=$(cat /mnt/phase 2> /dev/null || echo 1)

unit_value() { systemctl show -P "$2" "$1"; }
inits() { for name in alice bob carol; do init_of "$name"; done | paste -sd ' '; }
are_same_inits() { now=$(inits) && echo "$before, now $now" && [ "$now" = "$before" ]; }
slices() { for pid in $(inits); do grep -c '^0::/tenantctl.slice/tenant-[a-z]*.scope/payload' "/proc/$pid/cgroup"; done | grep -c 1; }

profile_of() { cat "/proc/$(init_of "$1")/attr/current"; }
are_in_profile() {
  for name in "$@"; do
    profile_of "$name"
    [ "$(profile_of "$name")" = 'lxc-tenantctl-tenant (enforce)' ] || return 1
  done
}
# The monitor of LXC is the parent of the tenant's init.
are_monitors_spared() {
  for pid in $(inits); do
    monitor=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
    scores="$(cat "/proc/$monitor/oom_score_adj") $(cat "/proc/$pid/oom_score_adj")"
    echo "$scores"
    [ "$scores" = '-1000 0' ] || return 1
  done
}
scope_weight() { cat /sys/fs/cgroup/tenantctl.slice/tenant-alice.scope/cpu.weight; }
says() { test "$("$@")" = "$said"; }

# A weight acts between tenants: on the scope, which systemd owns and resets at each reload.
check_weight() {
  tenantctl set alice --cpu-weight 300 > /dev/null
  said=300
  check "the scope has the weight" within 20 says scope_weight
  systemctl daemon-reload
  # a reload writes what the manager knows; give it time to do so wrongly
  sleep 3
  check "the weight survives a reload of systemd" says scope_weight
  check_not "and needed no repair" sh -c 'tenantctl events --json | grep -q drift-repaired'
  tenantctl set alice --cpu-weight 100 > /dev/null
  said=100
  check "the scope has the old weight again" within 20 says scope_weight
}

# CPUs inside: by lxcfs for who reads files, by a variable for nproc.
check_cpus() {
  check "lxcfs counts CPUs by quota" sh -c 'tr "\0" " " < "/proc/$(pidof lxcfs)/cmdline" | grep -q -e "--enable-cfs"'
  said=1
  check "half a core is one CPU in /proc/cpuinfo" says tenantctl exec alice -- grep -c ^processor /proc/cpuinfo
  check "half a core is one processor to nproc" says tenantctl exec alice -- nproc
  tenantctl set alice --cpu 1.5 --overcommit > /dev/null
  said=2
  check "one and a half are two to nproc, live" says tenantctl exec alice -- nproc
  check "one and a half are two in /proc/cpuinfo, live" says tenantctl exec alice -- grep -c ^processor /proc/cpuinfo
  tenantctl set alice --cpu 0.5 > /dev/null
}

# A whole server with systemd, in the profile and under it.
check_server() {
  check "AppArmor is on here" sh -c 'test "$(cat /sys/module/apparmor/parameters/enabled)" = Y'
  check "every tenant's init is in our AppArmor profile" are_in_profile alice bob carol
  said='lxc-tenantctl-tenant (enforce)'
  check "a command of exec is in it too" says tenantctl exec alice -- cat /proc/self/attr/current
  start=$(date +%s)
  check "a server with systemd is added" \
    tenantctl add dora --template tar:/mnt/debian.tar --cpu 1 --memory 512M --disk 2G --overcommit
  said=running
  check "it comes to running in our profile" within 900 says tenantctl exec dora -- systemctl is-system-running
  note "which took $(($(date +%s) - start)) s with the unpacking"
  tenantctl exec dora -- systemctl --failed --no-pager --plain --no-legend < /dev/null | sed 's/^/#   failed: /' | tee -a "$REPORT"
  check "its init is in the profile" are_in_profile dora
  check_not "it mounts no debugfs" tenantctl exec dora -- mount -t debugfs none /mnt
  dmesg | grep 'apparmor="DENIED"' | sed 's/.*apparmor=/#   apparmor=/' | sort | uniq -c | sort -rn | head -n 20 | tee -a "$REPORT"
  check "it is removed" sh -c 'tenantctl rm dora --yes && tenantctl trash empty --yes'
}

if [ "$phase" = 1 ]; then
  note "$(uname -r), $(systemd --version | head -n 1), $(nproc) processors"
  within 60 ip route get 192.0.2.1
  snapshot before
  check "a dry run works and says what it would do" sh -c './install.sh --dry-run --demo | grep -q "^+ apt install"'
  snapshot after-dry
  check "a dry run changes nothing" same before after-dry

  start=$(date +%s)
  ./install.sh --demo > /mnt/install.log 2>&1
  status=$?
  note "install.sh --demo took $(($(date +%s) - start)) s; the end of what it said:"
  tail -n 60 /mnt/install.log | sed 's/^/#   /' | tee -a "$REPORT"
  check "install.sh --demo ends well" test "$status" = 0
  [ "$status" = 0 ] || exit 1
  check "Debian's LXC bridge is not there" sh -c '! ip link show lxcbr0'
  check_isolation
  check "each tenant is a scope of its own in tenantctl.slice" sh -c "test $(slices) = 3"
  check "the oom killer spares the monitors, not the tenants" are_monitors_spared
  note "systemd-analyze security tenantctl.service: $(systemd-analyze security --no-pager tenantctl.service 2>&1 | tail -n 1)"
  check "cgroup2 keeps nsdelegate and memory_recursiveprot beside lxcfs" \
    grep -q ' /sys/fs/cgroup .*nsdelegate,memory_recursiveprot' /proc/self/mountinfo

  check_weight
  check_cpus
  check_figures
  check_server

  before=$(inits)
  check "the daemon restarts" systemctl restart tenantctl.service
  check "tenants are the same processes after the restart" within 20 are_same_inits
  kill -KILL "$(unit_value tenantctl.service MainPID)"
  check "systemd brings a killed daemon back" within 120 are_three_running
  check "tenants are the same processes after kill -9 of the daemon" within 20 are_same_inits

  start=$(date +%s)
  ./install.sh > /mnt/again.log 2>&1
  note "a second run took $(($(date +%s) - start)) s"
  check "a second run does nothing but ask doctor" only_doctor /mnt/again.log
  echo 2 > /mnt/phase
  sync
  exit 0
fi

check "after a reboot all three are back" within 300 are_three_running
check_isolation
check "every tenant is in our AppArmor profile again" are_in_profile alice bob carol
check "each tenant is a scope again" sh -c "test $(slices) = 3"
check "uninstall ends well" ./install.sh --uninstall
check "uninstall leaves tenants running" sh -c 'test "$(ls -d /sys/fs/cgroup/tenantctl.slice/tenant-*.scope | wc -l)" = 3'
check "uninstall leaves data" test -f /var/lib/tenantctl/registry.json
check_not "uninstall leaves no program" test -e /usr/local/lib/tenantctl -o -e /usr/local/bin/tenantctl
check "purge ends well" sh -c './install.sh --uninstall --purge > /mnt/purge.log 2>&1 || { cat /mnt/purge.log; exit 1; }'
snapshot after
check "uninstall --purge leaves nothing at all" same before after
echo 3 > /mnt/phase
sync
