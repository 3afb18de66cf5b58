#!/bin/sh
# The steps of install.test.ts inside the box (box.sh): a life of an installation on a fresh Debian without systemd.
set -u
cd /mnt/tenantctl || exit 1
export LC_ALL=C.UTF-8 HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
REPORT=/tmp/report
. ./test/install/checks.sh
# What a killed run may leave: an entry in dpkg's journal, and a dpkg that still has the lock, here for some seconds.
leave_dpkg_locked() {
  dpkg-query -s base-files > /var/lib/dpkg/updates/0000
  perl -MFcntl -e 'open my $file, "+<", "/var/lib/dpkg/lock" or die;
    my $whole = pack "s s x4 q q l x4", F_WRLCK, 0, 0, 0, 0;
    fcntl $file, F_SETLK, $whole or die;
    open my $mark, ">", "/tmp/locked";
    sleep 3' &
  within 10 test -e /tmp/locked
}
heals_dpkg() { DRY=0 sh -e -c '. scripts/install/act.sh; . scripts/install/packages.sh; heal_dpkg' && apt-get check; }
snapshot() { sh ./test/install/snapshot.sh > "/tmp/$1" 2>&1; }
same() { diff -u "/tmp/$1" "/tmp/$2"; }
inits() { for name in alice bob carol; do init_of "$name"; done | paste -sd ' '; }
are_same_inits() { now=$(inits) && echo "$before, now $now" && [ "$now" = "$before" ]; }

snapshot before
check "a dry run says what it would do" sh -c './install.sh --dry-run --demo | grep -q "^+ apt install"'
snapshot after-dry
check "a dry run changes nothing" same before after-dry

leave_dpkg_locked
check_not "dpkg does not wait for another dpkg" dpkg --configure -a
check "install.sh waits for a dpkg at work, then ends what it began" heals_dpkg

# killed while packages are unpacked, and while the program is built
for second in 2 4 12; do
  timeout -s KILL "$second" ./install.sh > /tmp/killed.log 2>&1
  note "killed after $second s, at: $(grep "^+" /tmp/killed.log | tail -n 1)"
done
./install.sh --demo > /tmp/install.log 2>&1
status=$?
tail -n 70 /tmp/install.log | sed 's/^/#   /'
check "install.sh --demo ends well after three runs that were killed" test "$status" = 0
[ "$status" = 0 ] || exit 1
check_isolation
if grep -q ' /var/lib/lxcfs ' /proc/self/mountinfo; then check_figures; else note 'no lxcfs here'; fi

before=$(inits)
./install.sh > /tmp/again.log 2>&1
check "a second run does nothing but ask doctor" only_doctor /tmp/again.log
kill -KILL "$(cat /var/lib/tenantctl/daemon.lock)"
check "the next command brings a killed daemon back" within 30 are_three_running
check "tenants are the same processes after kill -9 of the daemon" within 20 are_same_inits

check "uninstall ends well" ./install.sh --uninstall
check_not "uninstall leaves no program" test -e /usr/local/lib/tenantctl -o -e /usr/local/bin/tenantctl
check "uninstall leaves tenants running" sh -c 'for pid in $0; do kill -0 "$pid" || exit 1; done' "$before"
check "a new set-up ends well" sh -c './install.sh > /tmp/new.log 2>&1 || { cat /tmp/new.log; exit 1; }'
check "a new set-up finds the tenants as they were" sh -c ". ./test/install/checks.sh; are_three_running"
check "tenants are the same processes after the new set-up" within 20 are_same_inits

check "purge ends well" sh -c './install.sh --uninstall --purge > /tmp/purge.log 2>&1 || { cat /tmp/purge.log; exit 1; }'
tail -n 40 /tmp/purge.log | sed 's/^/#   /'
snapshot after
check "uninstall --purge leaves nothing at all" same before after
exit 0
